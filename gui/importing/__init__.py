"""The import of data: one page that shows what is in a file and how it will be read."""
