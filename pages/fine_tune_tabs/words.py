"""Words for what runs and figures say."""

STATES = {
    "queued": (":material/schedule:", "waiting", "gray"),
    "running": (":material/play_circle:", "running", "blue"),
    "stopped": (":material/pause_circle:", "stopped", "orange"),
    "failed": (":material/error:", "failed", "red"),
    "done": (":material/check_circle:", "done", "green"),
}

PHASES = {
    "features": "Computing features of the pictures",
    "feature_extraction": "Training the head",
    "fine_tuning": "Fine-tuning the last layers",
    "evaluating": "Asking about the held-out pictures",
    "saving": "Saving the network",
}

METHODS = {"feature_extraction": "Feature extraction", "fine_tuning": "Fine-tuning", "both": "Both"}


def state_badge(state: str) -> str:
    """A run's state as a Markdown badge."""
    icon, word, colour = STATES[state]
    return f":{colour}-badge[{icon} {word}]"
