"""The window of Chainrule. It never imports torch; it shows what the engine leaves in its mailbox."""
