"""Blocks of networks, one a file: functions from tensor to tensor, usable alone."""
