"""Figures of so few customers that somebody may know who they are, are not told."""

MIN_CUSTOMERS = 5
"""Of a group that has a row of its own."""
FEWER = f"fewer than {MIN_CUSTOMERS}"
"""In place of a count that is below it, and not zero."""
