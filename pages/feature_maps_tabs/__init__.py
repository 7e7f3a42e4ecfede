"""The tabs of the page Feature maps."""
