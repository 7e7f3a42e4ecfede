"""The model card of a run: what the network is, what it was trained on, how well it does, and what that cannot tell.

Source of the headings: Mitchell et al. 2019, "Model Cards for Model Reporting", https://arxiv.org/abs/1810.03993.
"""

import math
import time
from pathlib import Path
from typing import Any

from cnn_core.augmentation import Augmentation
from cnn_core.backbones.catalog import backbone_named
from cnn_core.backbones.preprocessing import preprocessing_sentence
from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.exports.formats import FORMATS
from cnn_core.exports.record import Export, read_exports
from cnn_core.exports.scratch_card import data_lines, network_lines, training_lines
from cnn_core.folders.listing import PARTS, load_listing
from cnn_core.results.calibration import calibration
from cnn_core.results.certainty import too_small_to_tell
from cnn_core.results.figures import Figures, classification_figures
from cnn_core.results.predictions import Predictions, only, read_predictions
from cnn_core.training.config import JOB as SCRATCH
from cnn_core.training.config import config_of as scratch_config_of
from cnn_core.transfer.config import FEATURE_EXTRACTION, TransferConfig, config_of
from cnn_core.transfer.history import chose_an_epoch

FILE = "MODEL_CARD.md"


def model_card(run: Path) -> str:
    """The card, in Markdown.

    Args:
        run: the folder of a run that is done.

    Raises:
        InputError: the run is not done.
    """
    values = read_json(run / "config.json") or {}
    predictions = read_predictions(run)
    result = read_json(run / "result.json") or {}
    about = _from_scratch if values.get("job") == SCRATCH else _fine_tuned
    sections = [
        f"# {_cell(str(values.get('name') or '')) or 'A classifier of pictures'}",
        *about(values, predictions.classes, result),
        *(_measured(part, only(predictions, part), chosen=chose_an_epoch(run)) for part in ("validation", "test")),
        _limits(predictions),
        _files(read_exports(run)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _fine_tuned(values: dict[str, Any], classes: tuple[str, ...], result: dict[str, Any]) -> list[str]:
    config = config_of(values)
    backbone = backbone_named(config.backbone)
    lines = [
        f"The preprocessing is inside: {_lower(preprocessing_sentence(config.backbone))}",
        f"Base: {backbone.title} ({backbone.family}), weights under {backbone.licence}.",
    ]
    what = _what(config.input_size, classes, result, lines)
    return [what, _data(config, classes), _training(_transfer_lines(config), result)]


def _from_scratch(values: dict[str, Any], classes: tuple[str, ...], result: dict[str, Any]) -> list[str]:
    config = scratch_config_of(values)
    augmentation = f"Augmentation: {_augmentation(config.augmentation)}."
    return [
        _what(config.input_size, classes, result, network_lines(config)),
        "## Data\n\n" + "\n\n".join(data_lines(config, result)),
        _training([*training_lines(config), augmentation], result),
    ]


def _what(size: tuple[int, int], classes: tuple[str, ...], result: dict[str, Any], lines: list[str]) -> str:
    rows, columns = size
    parameters = result.get("parameters")
    many = f" It has {parameters:,} parameters." if isinstance(parameters, int) else ""
    return (
        f"Says which of {len(classes)} classes a picture shows: {', '.join(_cell(name) for name in classes)}.{many}\n\n"
        f"- In: (N, {rows}, {columns}, 3) float32, raw pixels from 0 to 255, RGB; a picture is stretched to this"
        f" size.\n- Out: (N, {len(classes)}) probabilities, in the order of labels.txt.\n"
        + "\n".join(f"- {line}" for line in lines)
    )


def _data(config: TransferConfig, classes: tuple[str, ...]) -> str:
    # A card of a run whose pictures were deleted still says everything else.
    try:
        counts = load_listing(config.listing).counts()
    except InputError:
        return "## Data\n\nThe list of pictures is no longer there."
    rows = [[_cell(name), *(str(counts[name][part]) for part in PARTS)] for name in classes if name in counts]
    total = ["all", *(str(sum(row[part] for row in counts.values())) for part in PARTS)]
    return "## Data\n\nPictures by class and part.\n\n" + _table(["class", *PARTS], [*rows, total])


def _transfer_lines(config: TransferConfig) -> list[str]:
    head, tuning = config.head, config.fine_tuning
    lines = []
    if FEATURE_EXTRACTION in config.phases:
        lines.append(
            f"Feature extraction, at most {_epochs(config.epochs)}: the base is frozen, {config.optimizer} at"
            f" {config.learning_rate:g}, {config.schedule}."
        )
    if len(config.phases) > 1 or not lines:
        layers = f"the last {tuning.layers} layers" if isinstance(tuning.layers, int) else f"from {tuning.layers} on"
        norm = "; batch norm keeps its statistics" if tuning.batch_norm_inference else ""
        lines.append(
            f"Fine-tuning, at most {_epochs(tuning.epochs)}: {layers}, {config.optimizer} at"
            f" {tuning.learning_rate:g}{norm}."
        )
    hidden = f"dense {head.dense} with ReLU, " if head.dense else ""
    lines += [
        f"Head: global {head.pooling} pooling, {hidden}dropout {head.dropout:g}, softmax; L2 {head.l2:g}, label"
        f" smoothing {head.label_smoothing:g}.",
        f"Batches of {config.batch_size}, early stopping {config.early_stopping or 'off'}, class weights"
        f" {'on' if config.class_weights else 'off'}, seed {config.seed}.",
        f"Augmentation: {_augmentation(config.augmentation)}.",
    ]
    return lines


def _training(lines: list[str], result: dict[str, Any]) -> str:
    software = ", ".join(f"{name} {version}" for name, version in (result.get("software") or {}).items())
    where = [str(result["device"])] if result.get("device") else []
    where += [f"{result['seconds']:,.0f} s"] if result.get("seconds") else []
    where += [time.strftime("%Y-%m-%d", time.gmtime(result["finished"]))] if result.get("finished") else []
    where += [software] if software else []
    lines = [*lines, "On " + "; ".join(where) + "."] if where else lines
    return "## Training\n\n" + "\n".join(f"- {line}" for line in lines)


def _measured(part: str, predictions: Predictions, *, chosen: bool) -> str:
    if not len(predictions):
        return ""
    figures, reliability = classification_figures(predictions), calibration(predictions)
    accuracy = figures.accuracy
    note = (
        " Training chose its best epoch by these pictures, so the figures are a little too good."
        if part == "validation" and chosen
        else ""
    )
    lines = [
        f"Accuracy {_percent(accuracy.value)} on {figures.count:,} pictures"
        f" (95 % interval {_percent(accuracy.low)} to {_percent(accuracy.high)}).{note}",
        f"Mean recall of the classes {_percent(figures.balanced_accuracy)}, mean F1 {figures.macro_f1:.3f}, expected"
        f" calibration error {_percent(reliability.error)}.",
    ]
    return f"## Measured on the {part} part\n\n" + "\n\n".join([*lines, _classes(figures), _confusion(figures)])


def _classes(figures: Figures) -> str:
    rows = [
        [_cell(row.name), str(row.support), *(_figure(value) for value in (row.precision, row.recall, row.f1))]
        for row in figures.by_class
    ]
    return _table(["class", "pictures", "precision", "recall", "F1"], rows)


def _confusion(figures: Figures) -> str:
    """The most frequent confusions: a table of a hundred classes cannot be read."""
    names = [_cell(row.name) for row in figures.by_class]
    pairs = [
        (int(count), names[t], names[p])
        for t, row in enumerate(figures.matrix)
        for p, count in enumerate(row)
        if t != p and count
    ]
    if not pairs:
        return "No picture was mistaken for another class."
    shown = [f"{truth} for {said} ({count})" for count, truth, said in sorted(pairs, key=lambda pair: -pair[0])[:10]]
    return f"Most often mistaken: {', '.join(shown)}."


def _limits(predictions: Predictions) -> str:
    lines = [
        "It always names one of its classes, also for a picture that shows none of them.",
        "The figures hold for pictures like those it was measured on, taken in the same way.",
    ]
    part = only(predictions, "test" if "test" in predictions.parts else "validation")
    lines += too_small_to_tell(classification_figures(part)) if len(part) else ["It was not measured on any picture."]
    return "## What this cannot tell\n\n" + "\n".join(f"- {line}" for line in lines)


def _files(exports: dict[str, Export]) -> str:
    rows = [
        [export.file, FORMATS[name].title, f"{export.size / 1e6:,.1f} MB", f"{export.difference:.1g}"]
        for name, export in exports.items()
        if name in FORMATS and export.state == "done" and export.difference is not None
    ]
    if not rows:
        return ""
    return (
        "## Files\n\nEach was read again and compared with the trained network; the last column is the largest"
        " difference of a probability.\n\n" + _table(["file", "format", "size", "difference"], rows)
    )


def _augmentation(options: Augmentation) -> str:
    names = ("rotation", "shift", "zoom", "brightness", "contrast", "cutout", "mixup")
    used = ["flip"] if options.flip else []
    used += [f"{name} {getattr(options, name):g}" for name in names if getattr(options, name)]
    return ", ".join(used) or "none"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    """A visitor's word inside Markdown, whose marks would otherwise make a table, a link or HTML of it."""
    plain = " ".join(text.split())
    return "".join("\\" + letter if letter in "\\|*_`[]<>#" else letter for letter in plain)


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count} epochs"


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def _figure(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
