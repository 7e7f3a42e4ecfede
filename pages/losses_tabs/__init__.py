"""The tabs of the losses page, one file each."""
