"""The tabs of the segmentation page."""
