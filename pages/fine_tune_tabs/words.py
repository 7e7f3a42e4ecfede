"""Words for what trainings do."""

PHASES = {
    "features": "Computing features of the pictures",
    "feature_extraction": "Training the head",
    "fine_tuning": "Fine-tuning the last layers",
    "evaluating": "Evaluating on the validation pictures",
    "saving": "Saving the network",
}

METHODS = {"feature_extraction": "Feature extraction", "fine_tuning": "Fine-tuning", "both": "Both"}
