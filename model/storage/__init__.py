"""Files at an address, in a folder or an object store, with errors that say what to check. Knows no format."""
