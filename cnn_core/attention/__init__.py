"""Attention on feature maps, in NumPy: channels weighed, places weighed, and places that look at one another."""
