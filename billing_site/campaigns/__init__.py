"""Campaigns: random faults on the real thing, for minutes, with a verdict in numbers."""
