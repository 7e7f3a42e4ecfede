"""The tabs of the page Detection."""
