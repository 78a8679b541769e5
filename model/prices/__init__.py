"""Prices: collected from sources, cleaned, checked against the calendar, kept in the price store."""
