"""Detectors behind one interface: a photo goes in, all candidate boxes come out; thresholds are applied afterwards."""
