"""A summary as a file: CSV, JSON, Markdown, and text laid out as Keras prints it."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cnn_core.summary import DTYPES, LayerRow, Summary
from cnn_core.weightless import read_model

COLUMNS = (
    "name",
    "kind",
    "inputs",
    "block",
    "output_shape",
    "parameters",
    "trainable",
    "macs",
    "field_rows",
    "field_columns",
    "field_stride_rows",
    "field_stride_columns",
    "field_start_row",
    "field_start_column",
    "activation_bytes",
    "detail",
)


def to_csv(summary: Summary) -> str:
    """One line per layer under a heading; shapes are joined by " x " and inputs by "; "; a field of None is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_csv_cells(row) for row in summary.rows)
    return text.getvalue()


def _csv_cells(row: LayerRow) -> list[Any]:
    field = [value for pair in (row.field_size, row.field_stride, row.field_start) for value in pair or ("", "")]
    cells = [
        row.name,
        row.kind,
        "; ".join(row.inputs),
        row.block,
        _shape(row.output_shape),
        row.parameters,
        row.trainable,
        row.macs,
        *field,
        row.activation_bytes,
        row.detail,
    ]
    # Keras accepts any layer name, and a spreadsheet takes a cell that starts with one of these for a formula.
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")) else cell for cell in cells]


def to_json(summary: Summary) -> str:
    """Everything in the summary: `totals`, then `layers` with the fields of `LayerRow`."""
    totals = {
        "parameters": summary.parameters,
        "trainable": summary.trainable,
        "non_trainable": summary.non_trainable,
        "macs": summary.macs,
        "flops": summary.flops,
        "weight_bytes": summary.weight_bytes,
        "activation_bytes": summary.activation_bytes,
        "peak_inference_bytes": summary.peak_inference_bytes,
        "training_bytes": summary.training_bytes,
    }
    described = {
        "name": summary.name,
        "input_shape": summary.input_shape,
        "output_shape": summary.output_shape,
        "batch_size": summary.batch_size,
        "dtype": summary.dtype,
        "totals": totals,
        "layers": [asdict(row) for row in summary.rows],
    }
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


def to_markdown(summary: Summary) -> str:
    """A table of the layers and a line of totals."""
    lines = [
        f"### {_escaped(summary.name)}",
        "",
        "| layer | kind | output | parameters | MACs | receptive field |",
        "| --- | --- | --- | ---: | ---: | --- |",
    ]
    for row in summary.rows:
        field = _shape(row.field_size) if row.field_size else "whole input"
        cells = (
            _escaped(row.name),
            row.kind,
            _shape(row.output_shape),
            f"{row.parameters:,}",
            f"{row.macs:,}",
            field,
        )
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        f"{summary.parameters:,} parameters ({summary.trainable:,} trainable), {summary.macs:,} MACs "
        f"({summary.flops:,} FLOPs) for one picture of {_shape(summary.input_shape)}.",
    ]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\|`*<[_" else letter for letter in text)


def to_text(summary: Summary) -> str:
    """The layers as Keras lists them, with multiply-adds and receptive fields beside; as wide as it needs to be."""
    heading = ("Layer (type)", "Output shape", "Param #", "MACs", "Receptive field", "Connected to")
    table = [
        (
            f"{row.name} ({row.kind})",
            str((None, *row.output_shape)),
            f"{row.parameters:,}",
            f"{row.macs:,}",
            _shape(row.field_size) if row.field_size else "whole input",
            ", ".join(row.inputs) or "-",
        )
        for row in summary.rows
    ]
    widths = [max(len(line[column]) for line in (heading, *table)) for column in range(len(heading))]
    rule = "-" * (sum(widths) + 3 * (len(widths) - 1))
    size = DTYPES[summary.dtype][1]
    totals = (
        f"Total params: {summary.parameters:,} ({_readable(summary.weight_bytes)})",
        f"Trainable params: {summary.trainable:,} ({_readable(summary.trainable * size)})",
        f"Non-trainable params: {summary.non_trainable:,} ({_readable(summary.non_trainable * size)})",
        f"MACs: {summary.macs:,} (FLOPs = 2 x MACs: {summary.flops:,})",
    )
    lines = (_line(line, widths) for line in table)
    return "\n".join((f'Model: "{summary.name}"', rule, _line(heading, widths), rule, *lines, rule, *totals)) + "\n"


def keras_summary_text(build_or_model: Any) -> str:
    """What `model.summary()` prints, for a model that is built without its weights if a function is given.

    Raises:
        TypeError: the function does not return a `keras.Model`.
        Exception: whatever the function raises, unchanged.

    Example:
        >>> def build():
        ...     import keras
        ...     return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()], name="tiny")
        >>> print(keras_summary_text(build).splitlines()[0])
        Model: "tiny"
    """

    def read(model: Any) -> str:
        printed: list[str] = []
        model.summary(print_fn=lambda text, **_: printed.append(text))
        return "\n".join(printed)

    return read_model(build_or_model, read)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    # Numbers to the right, as in Keras.
    placed = [
        cell.rjust(width) if column in {2, 3} else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "   ".join(placed).rstrip()


def _shape(shape: Sequence[int | None]) -> str:
    return " x ".join("?" if length is None else str(length) for length in shape)


def _readable(size: int) -> str:
    value, units = float(size), ["B", "KB", "MB", "GB", "TB"]
    while value >= 1024 and len(units) > 1:
        value, units = value / 1024, units[1:]
    return f"{value:.2f} {units[0]}"
