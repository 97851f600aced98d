"""The demonstration: two invented companies and a year of their business, up to today."""
