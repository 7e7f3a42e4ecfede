"""What a trained classifier is worth: figures, mistakes, calibration, two runs compared, answers on new photos."""
