"""The tabs of the architectures page, one file each; `summary_view` is what they share."""
