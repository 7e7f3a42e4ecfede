"""Summaries as files: each reads back to what the summary says."""

import csv
import io
import json
import re
from dataclasses import asdict

import keras
import pytest

from cnn_core.summary import Summary, summarize
from cnn_core.summary_export import COLUMNS, keras_summary_text, to_csv, to_json, to_markdown, to_text

layers = keras.layers


def build() -> keras.Model:
    inputs = keras.Input((16, 16, 3), name="input")
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="=conv", activation="relu")(inputs)
    y = layers.Conv2D(8, 1, name="branch|two")(x)
    x = layers.Add(name="add")([layers.BatchNormalization(name="norm")(x), y])
    x = layers.GlobalAveragePooling2D(name="average")(x)
    return keras.Model(inputs, layers.Dense(10, name="head")(x), name="small_net")


@pytest.fixture(scope="module")
def summary() -> Summary:
    return summarize(build, batch_size=2)


def test_csv_reads_back(summary: Summary) -> None:
    lines = list(csv.DictReader(io.StringIO(to_csv(summary))))
    assert tuple(lines[0]) == COLUMNS
    assert len(lines) == len(summary.rows)
    for line, row in zip(lines, summary.rows, strict=True):
        assert line["name"].lstrip("'") == row.name
        for column in ("parameters", "trainable", "macs", "activation_bytes"):
            assert int(line[column]) == getattr(row, column)
        field = (int(line["field_rows"]), int(line["field_columns"])) if line["field_rows"] else None
        assert field == row.field_size
        assert line["output_shape"] == " x ".join(map(str, row.output_shape))
    assert lines[4]["inputs"] == "norm; branch|two"


def test_csv_holds_no_formula_of_a_spreadsheet(summary: Summary) -> None:
    cells = [cell for line in csv.reader(io.StringIO(to_csv(summary))) for cell in line]
    assert "'=conv" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_json_reads_back(summary: Summary) -> None:
    read = json.loads(to_json(summary))
    assert read["layers"] == json.loads(json.dumps([asdict(row) for row in summary.rows]))
    for name, value in read["totals"].items():
        assert value == getattr(summary, name)
    assert (read["name"], read["input_shape"], read["batch_size"]) == ("small_net", [16, 16, 3], 2)


def test_markdown_is_a_table_with_totals(summary: Summary) -> None:
    text = to_markdown(summary)
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == len(summary.rows) + 2
    assert {len(re.split(r"(?<!\\)\|", line)) for line in table} == {8}
    assert f"{summary.parameters:,} parameters" in text
    assert "whole input" in text
    assert f"({summary.flops:,} FLOPs)" in text


def test_text_is_aligned_and_names_every_layer(summary: Summary) -> None:
    lines = to_text(summary).splitlines()
    assert lines[0] == 'Model: "small_net"'
    assert len({line.index("Connected") for line in lines if "Connected" in line}) == 1
    for row in summary.rows:
        line = next(line for line in lines if line.startswith(f"{row.name} ("))
        assert f" {row.parameters:,} " in line
    keras_totals = [line.strip() for line in keras_summary_text(build).splitlines()[-3:]]
    assert lines[-4:-1] == keras_totals


def test_the_text_of_keras_is_that_of_the_ordinary_model() -> None:
    printed: list[str] = []
    build().summary(print_fn=lambda text, **_: printed.append(text))
    assert keras_summary_text(build) == "\n".join(printed)
    assert keras_summary_text(build()) == "\n".join(printed)
    assert "Total params" in printed[0]
