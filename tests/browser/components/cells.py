"""Components in a real browser: have them drawn, point at a cell, read it."""

import json
from itertools import count
from typing import Any

import numpy as np

from cnn_core.convolution import conv2d_transpose, window
from cnn_core.geometry import as_pair, output_size, padding_amounts
from cnn_core.grids import format_grid, parse_grid

# What tells that a component has been drawn.
READY = {"stepper": "stepper-sum", "matrix": "matrix-cell", "crop": "crop-stage", "graph": "network-node"}
WAIT = 15_000
RAMP = "1,2,3,4;5,6,7,8;9,10,11,12;13,14,15,16"
SQUARE = "0,0,0,0,0;0,1,1,1,0;0,1,1,1,0;0,1,1,1,0;0,0,0,0,0"
OUTLINE = "-1,-1,-1;-1,8,-1;-1,-1,-1"
EDGE = "-1,0,1;-1,0,1;-1,0,1"
UNEVEN = format_grid(np.random.default_rng(0).uniform(-2, 3, (7, 6)))
_numbers = count(1)


def convolution(**options: Any) -> dict[str, Any]:
    return {"operation": "convolution", "grid": UNEVEN, "kernel": "1,2,3;4,5,6;7,8,-9"} | options


def pooling(mode: str, **options: Any) -> dict[str, Any]:
    return {"operation": mode, "grid": UNEVEN, "gradient": True} | options


def channels_of(text: str, case: dict[str, Any], name: str) -> np.ndarray:
    grid = parse_grid(text, name=name, max_side=32)
    return np.stack([grid * (1 if c == 0 else (c + 1) * (-1) ** c) for c in range(case.get("channels", 1))], axis=2)


def pool_by_hand(case: dict[str, Any], grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Output and gradient of pooling one channel, with plain loops over the definition."""
    size = as_pair(case["size"], "size")
    stride = as_pair(case.get("stride", size), "stride")
    padding = case.get("padding", "valid")
    output = np.zeros(output_size(grid.shape, size, stride=stride, padding=padding))
    gradient = np.zeros(grid.shape)
    before = [padding_amounts(grid.shape[a], size[a], stride=stride[a], padding=padding)[0] for a in (0, 1)]
    for row, column in np.ndindex(output.shape):
        starts = row * stride[0] - before[0], column * stride[1] - before[1]
        places = [(starts[0] + r, starts[1] + c) for r in range(size[0]) for c in range(size[1])]
        places = [(r, c) for r, c in places if 0 <= r < grid.shape[0] and 0 <= c < grid.shape[1]]
        values = [float(grid[place]) for place in places]
        mode = case["operation"]
        if mode in ("max", "min"):
            best = max(values) if mode == "max" else min(values)
            output[row, column] = best
            gradient[places[values.index(best)]] += 1
            continue
        total = sum(values) / len(values) if mode == "average" else np.sqrt(sum(v * v for v in values))
        output[row, column] = total
        for place, value in zip(places, values, strict=True):
            gradient[place] += 1 / len(values) if mode == "average" else value / total
    return output, gradient


def expected_output(case: dict[str, Any]) -> np.ndarray:
    grid = channels_of(case["grid"], case, "grid")
    if "size" in case:
        return pool_by_hand(case, grid[:, :, 0])[0]
    kernel = channels_of(case["kernel"], case, "kernel")
    options = {name: case[name] for name in ("stride", "padding", "dilation") if name in case}
    if case["operation"] == "transposed":
        return conv2d_transpose(grid, kernel[:, :, None, :], **options)[:, :, 0]
    shape = output_size(grid.shape[:2], kernel.shape[:2], **options)
    output = np.full(shape, case.get("bias", 0.0))
    for row, column in np.ndindex(shape):
        for c in range(grid.shape[2]):
            seen = window(grid[:, :, c], kernel[:, :, c], row, column, flip=case.get("flip", False), **options)
            output[row, column] += seen.sums[0]
    return output


def mount(page: Any, *cases: dict[str, Any]) -> Any:
    """Have these cases drawn instead of those before, each anew, and wait until all are; gives the first stepper."""
    number = next(_numbers)
    asked = page.get_by_label("Cases", exact=True)
    asked.fill(json.dumps({"number": number, "cases": cases}))
    asked.press("Enter")
    mine = f"st-key-case{number}_"
    page.locator(f"[class*=st-key-case]:not([class*={mine}])").first.wait_for(state="detached", timeout=WAIT)
    for place, case in enumerate(cases):
        ready = page.locator(f".{mine}{place}").get_by_test_id(READY[case.get("component", "stepper")])
        ready.first.wait_for(timeout=WAIT)
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    return page.get_by_test_id("stepper").first


def values_of(stepper: Any, name: str) -> np.ndarray:
    """The full-precision numbers of a grid's cells; cells without a number are NaN."""
    cells = stepper.get_by_test_id(f"stepper-{name}-cell").evaluate_all(
        "cells => cells.map(({dataset: d}) => [Number(d.row), Number(d.col), d.value === undefined ? null : +d.value])"
    )
    grid = np.full((max(c[0] for c in cells) + 1, max(c[1] for c in cells) + 1), np.nan)
    for row, column, value in cells:
        grid[row, column] = np.nan if value is None else value
    return grid


def cell(stepper: Any, name: str, row: int, column: int) -> Any:
    return stepper.get_by_test_id(f"stepper-{name}-cell").and_(
        stepper.locator(f"[data-row='{row}'][data-col='{column}']")
    )


def total(stepper: Any) -> float:
    return float(stepper.get_by_test_id("stepper-sum").get_attribute("data-value"))


def position(stepper: Any) -> tuple[str | None, int, int]:
    element = stepper.get_by_test_id("stepper-position")
    return (
        element.get_attribute("data-grid"),
        int(element.get_attribute("data-row")),
        int(element.get_attribute("data-col")),
    )


def matrix_cell(page: Any, row: int, column: int) -> Any:
    return page.locator(f"[data-testid=matrix-cell][data-row='{row}'][data-col='{column}']")


def mount_matrix(page: Any, text: str, **options: Any) -> Any:
    """Have one matrix editor drawn; gives the field that holds its text."""
    mount(page, {"component": "matrix", "kernel": text} | options)
    return page.get_by_label("Kernel", exact=True)


def wait_for_text(page: Any, field: Any, text: str) -> None:
    page.wait_for_function("([field, text]) => field.value === text", arg=[field.element_handle(), text], timeout=WAIT)
