"""Forms that grow from the catalog: every editor is made from a `Field`."""
