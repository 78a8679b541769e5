"""Prices: collected from sources, cleaned, checked against the exchange calendar and stored in the price store."""
