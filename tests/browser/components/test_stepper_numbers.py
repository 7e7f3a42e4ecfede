"""What the stepper computes in the browser equals the core, cell by cell."""

import re
from typing import Any

import numpy as np
import pytest

from tests.browser.components.cells import (
    EDGE,
    OUTLINE,
    RAMP,
    SQUARE,
    cell,
    channels_of,
    convolution,
    expected_output,
    mount,
    pool_by_hand,
    pooling,
    position,
    total,
    values_of,
)

pytestmark = pytest.mark.browser

TIES = "3,3,1,0;3,3,2,5;0,-4,5,5;-4,-1,2,2"
CASES = [
    convolution(grid=RAMP, kernel=OUTLINE),
    convolution(grid=SQUARE, kernel=EDGE),
    *(convolution(padding=padding, stride=s) for padding in ("valid", "same", "full", "reflect") for s in (1, 2)),
    *(convolution(kernel="1,2;3,-4", padding=padding, stride=[2, 1]) for padding in ("same", "reflect")),
    *(convolution(dilation=2, padding=padding) for padding in ("valid", "same", "full")),
    convolution(dilation=[1, 3], kernel="1,-2", padding="same"),
    convolution(dilation=2, stride=2, padding="same"),
    *(convolution(flip=True, padding=padding) for padding in ("valid", "same")),
    convolution(flip=True, kernel="1,2,3,4", dilation=[1, 2], padding="full"),
    convolution(kernel="2"),
    convolution(channels=3, bias=0.5),
    convolution(channels=2, stride=2, padding="same", flip=True),
    convolution(bias=-1.25),
    *(
        {"operation": "transposed", "grid": RAMP, "kernel": kernel, "stride": stride, "padding": padding, "channels": c}
        for kernel, stride, padding, c in [
            ("1,2;3,4", 2, "valid", 1),
            ("1,2,3;4,5,6;7,8,9", 2, "valid", 1),
            ("1,2,3;4,5,6;7,8,9", 2, "same", 1),
            ("1,2,3,4", [1, 3], "same", 2),
            ("1,2;3,4", 3, "same", 1),
            ("1,2;3,4", 3, "valid", 2),
        ]
    ),
    {"operation": "transposed", "grid": RAMP, "kernel": "1,2;3,4", "dilation": 2},
    *(pooling(mode, size=2, grid=TIES) for mode in ("max", "average", "min", "l2")),
    *(pooling(mode, size=3, stride=2, padding="same") for mode in ("max", "average", "min", "l2")),
    pooling("max", size=[2, 3], stride=1),
    pooling("average", size=[3, 2], stride=[1, 2], channels=2),
]
PAGES = [CASES[start : start + 8] for start in range(0, len(CASES), 8)]


@pytest.mark.parametrize("cases", PAGES, ids=lambda cases: "-".join(sorted({c["operation"] for c in cases})))
def test_every_output_cell_is_what_the_core_computes(page: Any, cases: list[dict[str, Any]]) -> None:
    mount(page, *cases)
    for number, case in enumerate(cases):
        stepper = page.get_by_test_id("stepper").nth(number)
        expected = expected_output(case)
        np.testing.assert_allclose(values_of(stepper, "output"), expected, rtol=1e-5, atol=1e-4, err_msg=str(case))
        middle = (expected.shape[0] // 2, expected.shape[1] // 2)
        cell(stepper, "output", *middle).hover()
        assert position(stepper) == ("output", *middle)
        assert total(stepper) == pytest.approx(float(expected[middle]), rel=1e-5, abs=1e-4)
        if case.get("gradient"):
            _, gradient = pool_by_hand(case, channels_of(case["grid"], case, "grid")[:, :, 0])
            np.testing.assert_allclose(values_of(stepper, "gradient"), gradient, atol=1e-6, err_msg=str(case))


def test_channels_have_sums_then_the_bias_then_the_total(page: Any) -> None:
    case = convolution(grid=RAMP, kernel="1,0;0,-1", channels=3, bias=0.5, channel_names=["Red", "Green", "Blue"])
    stepper = mount(page, case)
    sums = stepper.get_by_test_id("stepper-channel-sum").evaluate_all("all => all.map((one) => +one.dataset.value)")
    assert sums == [-5, -20, -45]
    text = stepper.get_by_test_id("stepper-arithmetic").inner_text()
    assert re.sub(r"\s+", " ", text).endswith("Total −5 + (−20) + (−45) + bias 0.5 = −69.5")


def test_winner_is_marked_and_padding_left_out(page: Any) -> None:
    stepper = mount(page, pooling("max", grid=RAMP, size=3, stride=3, padding="same"))
    assert stepper.locator("[data-testid=stepper-input-grid] .winner").count() == 1
    assert stepper.get_by_test_id("stepper-arithmetic").inner_text() == "max(1, 2, 5, 6) = 6"


def test_transposed_shows_the_stamp_and_what_adds_up(page: Any) -> None:
    case = {"operation": "transposed", "grid": "1,2;3,4", "kernel": "1,1,1;1,1,1;1,1,1", "stride": 2}
    stepper = mount(page, case)
    cell(stepper, "input", 1, 0).hover()
    assert position(stepper) == ("input", 1, 0)
    np.testing.assert_array_equal(values_of(stepper, "products"), np.full((3, 3), 3))
    assert "added to output rows 3 to 5, columns 1 to 3" in stepper.get_by_test_id("stepper-arithmetic").inner_text()
    cell(stepper, "output", 2, 2).hover()
    assert total(stepper) == 10
    assert cell(stepper, "output", 2, 2).get_attribute("data-stamps") == "4"
    assert stepper.locator("[data-testid=stepper-input-grid] .mark").count() == 4


def test_noise_of_the_addition_is_zero_and_small_numbers_are_not(page: Any) -> None:
    stepper = mount(page, convolution(grid="0.1,0.2,0.3;1e-12,0,0", kernel="1,1,-1"))
    texts = stepper.get_by_test_id("stepper-output-cell").all_inner_texts()
    assert texts == ["0", "1e−12"]
