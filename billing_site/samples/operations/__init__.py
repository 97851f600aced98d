"""Making and removing sample companies."""
