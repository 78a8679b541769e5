"""Files at an address, in a folder or an object store, with error messages that name the settings to check."""
