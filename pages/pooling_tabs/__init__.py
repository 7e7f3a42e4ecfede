"""The tabs of the pooling page, one file each; `controls` and `pictures` are what they share."""
