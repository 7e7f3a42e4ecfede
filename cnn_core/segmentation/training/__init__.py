"""Training U-Net or FCN on one's own masks: a run like any other, see `cnn_core.runs`."""
