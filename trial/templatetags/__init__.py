"""Template tags: how values, states and controls look."""
