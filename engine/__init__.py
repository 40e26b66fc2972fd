"""The engine of Chainrule: everything that is not a window. It never imports Qt."""
