"""Ready data sets, one file per kind, and what is done to rows before they reach a network."""
