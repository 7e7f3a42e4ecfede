"""Tabs of the attention page, one file each."""
