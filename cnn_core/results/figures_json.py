"""All figures of a run as JSON takes them, for download, model cards and programs.

    {"classes": [...], "parts": {"validation": {"count", "accuracy": {"value", "low", "high", "level"},
     "balanced_accuracy", "macro_f1", "top5", "log_loss", "calibration_error", "surplus", "brier", "matrix",
     "by_class": [{"name", "support", "predicted", "precision", "recall", "f1"}], "warnings": [...]}, "test": {...}}}

A figure that does not exist is null.
"""

import math
from dataclasses import asdict
from typing import Any

from cnn_core.results.calibration import calibration
from cnn_core.results.certainty import too_small_to_tell
from cnn_core.results.figures import classification_figures
from cnn_core.results.predictions import Predictions, only

PARTS = ("validation", "test")


def figures_as_json(predictions: Predictions) -> dict[str, Any]:
    """The figures of every part that has pictures, as JSON takes them.

    Example:
        >>> from cnn_core.results.predictions import make_predictions
        >>> result = figures_as_json(make_predictions(classes=("cat", "dog"), files=("a", "b"), parts=("test",) * 2,
        ...     truth=[0, 1], probabilities=[[0.7, 0.3], [0.1, 0.9]]))
        >>> list(result["parts"]), result["parts"]["test"]["accuracy"]["value"]
        (['test'], 1.0)
    """
    parts = {}
    for name in PARTS:
        part = only(predictions, name)
        if not len(part):
            continue
        figures, reliability = classification_figures(part), calibration(part)
        parts[name] = _plain(
            {
                "count": figures.count,
                "accuracy": asdict(figures.accuracy),
                "balanced_accuracy": figures.balanced_accuracy,
                "macro_f1": figures.macro_f1,
                "top5": figures.top5,
                "log_loss": figures.log_loss,
                "calibration_error": reliability.error,
                "surplus": reliability.surplus,
                "brier": reliability.brier,
                "matrix": figures.matrix.tolist(),
                "by_class": [asdict(row) for row in figures.by_class],
                "warnings": list(too_small_to_tell(figures)),
            }
        )
    return {"classes": list(predictions.classes), "parts": parts}


def _plain(value: Any) -> Any:
    """JSON has no NaN: browsers refuse the whole file."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
