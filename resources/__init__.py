"""What Chainrule ships besides code: data files, icons, examples."""
