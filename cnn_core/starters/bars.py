"""What each starter was to reach on held-out pictures, by the names of the figures that measure it."""

BARS: dict[str, dict[str, float]] = {
    "starter_classifier": {"cifar10_top1": 0.92, "cats_dogs_linear_probe": 0.80},
    "starter_detector_cells": {"map50": 0.85},
    "starter_detector_shapes": {"map50": 0.95},
    "starter_segmenter_people": {"mean IoU": 0.80},
    "starter_segmenter_membranes": {"cell Dice": 0.90},
    "starter_segmenter_shapes": {"mean IoU": 0.97},
}
