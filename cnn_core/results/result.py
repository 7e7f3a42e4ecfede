"""`result.json` of a run: the figures of each part in JSON, for lists of runs, model cards and programs.

    {"classes": [...], "parts": {"validation": {"count", "accuracy": {"value", "low", "high", "level"},
     "balanced_accuracy", "macro_f1", "top5", "log_loss", "calibration_error", "surplus", "brier", "matrix",
     "by_class": [{"name", "support", "predicted", "precision", "recall", "f1"}], "warnings": [...]}, "test": {...}}}

and beside them what training adds (`best_accuracy`, `seconds`, …). A figure that does not exist is null.
"""

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.results.calibration import calibration
from cnn_core.results.certainty import too_small_to_tell
from cnn_core.results.figures import classification_figures
from cnn_core.results.predictions import Predictions, only

FILE = "result.json"
PARTS = ("validation", "test")


def result_of(predictions: Predictions) -> dict[str, Any]:
    """The figures of every part that has pictures, as JSON takes them.

    Example:
        >>> from cnn_core.results.predictions import make_predictions
        >>> result = result_of(make_predictions(classes=("cat", "dog"), files=("a", "b"), parts=("test",) * 2,
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


def write_result(run: Path, predictions: Predictions, **more: Any) -> dict[str, Any]:
    """Write result.json into a run's folder, and give back what is in it.

    Args:
        run: the folder.
        predictions: of validation and test pictures.
        more: what training knows besides, such as `seconds=12.5`.
    """
    result = {**_plain(more), **result_of(predictions)}
    write_json(run / FILE, result)
    return result


def read_result(run: Path) -> dict[str, Any]:
    """The figures of a run.

    Raises:
        InputError: the run is not done.
    """
    result = read_json(run / FILE)
    if not isinstance(result, dict) or not isinstance(result.get("parts"), dict):
        raise InputError("This run has no figures yet", "Wait until it has been evaluated, or resume it")
    return result


def _plain(value: Any) -> Any:
    """JSON has no NaN: browsers refuse the whole file."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
