"""The tabs of the page Predictions."""
