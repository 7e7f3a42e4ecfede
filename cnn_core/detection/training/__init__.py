"""Training this project's detector on one's own boxes: a run like any other, see `cnn_core.runs`."""
