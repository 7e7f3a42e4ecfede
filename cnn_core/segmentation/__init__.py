"""Segmenters: one interface over starters, own files and presets; large photos by tiles; overlays and exports."""
