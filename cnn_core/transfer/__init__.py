"""A pretrained network, a folder of pictures, a run folder: `python -m cnn_core.transfer RUN_FOLDER`."""
