"""Folders of pictures, one folder a class: taken in, listed, split, checked, and read for training."""
