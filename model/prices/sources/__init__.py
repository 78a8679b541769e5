"""Price sources, one module each, that implement the protocol in `source`."""
