"""What a trained classifier is worth: figures, mistakes, calibration, comparison of two runs, and answers on new photos."""
