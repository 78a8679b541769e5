"""Sources of prices, one module each, behind the protocol in `source`."""
