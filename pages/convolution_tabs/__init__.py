"""The tabs of the convolution page, one file each; `controls` is what they share."""
