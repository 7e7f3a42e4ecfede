"""The matrix editor in a real browser: typing, pasting, what reaches Python."""

from typing import Any

import pytest

from tests.browser.components.cells import WAIT, matrix_cell, mount_matrix, wait_for_text

pytestmark = pytest.mark.browser


def test_matrix_cells_are_typed_and_walked_through(page: Any) -> None:
    field = mount_matrix(page, "1,2;3,4")
    matrix_cell(page, 0, 0).click()
    page.keyboard.type("1/9")
    page.keyboard.press("Enter")
    page.keyboard.type("-5")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("0,5")
    page.keyboard.press("Tab")
    wait_for_text(page, field, "1/9,0.5;-5,4")
    page.keyboard.type("7")
    page.keyboard.press("Shift+Tab")
    wait_for_text(page, field, "1/9,0.5;7,4")


def test_matrix_sends_a_bad_cell_as_typed_and_the_page_explains(page: Any) -> None:
    field = mount_matrix(page, "1,2;3,4")
    matrix_cell(page, 1, 1).fill("nan")
    page.keyboard.press("Enter")
    wait_for_text(page, field, "1,2;3,nan")
    assert matrix_cell(page, 1, 1).get_attribute("aria-invalid") == "true"
    page.get_by_text("row 2, column 2 is not a number (NaN)").wait_for(timeout=WAIT)
    matrix_cell(page, 1, 1).fill("4")
    page.keyboard.press("Enter")
    wait_for_text(page, field, "1,2;3,4")


def test_matrix_takes_a_block_from_a_spreadsheet(page: Any) -> None:
    field = mount_matrix(page, "1,2;3,4")
    paste = """(input, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text", text);
      input.focus();
      input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }"""
    matrix_cell(page, 0, 0).evaluate(paste, "5\t6\r\n7\t8\r\n")
    wait_for_text(page, field, "5,6;7,8")
    matrix_cell(page, 1, 1).evaluate(paste, "1\t2\n3\t4")
    wait_for_text(page, field, "5,6,0;7,1,2;0,3,4")
    assert page.get_by_test_id("matrix-cell").count() == 9


def test_matrix_keeps_quick_edits_while_a_slow_page_answers(page: Any) -> None:
    field = mount_matrix(page, "1,2,3;4,5,6", slow=0.4)
    matrix_cell(page, 0, 0).click()
    for number in (7, 8, 9):
        page.keyboard.type(str(number))
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(250)
    wait_for_text(page, field, "7,8,9;4,5,6")
    cells = page.get_by_test_id("matrix-cell").evaluate_all("all => all.map((one) => one.value)")
    assert cells == ["7", "8", "9", "4", "5", "6"]


def test_matrix_typesets_its_signs_and_keeps_what_fits(page: Any) -> None:
    field = mount_matrix(page, "-1,1/9;-0.25,0")
    cells = page.get_by_test_id("matrix-cell")
    assert cells.evaluate_all("all => all.map((one) => one.value)") == ["−1", "1/9", "−0.25", "0"]
    matrix_cell(page, 0, 0).click()
    assert matrix_cell(page, 0, 0).input_value() == "-1"
    page.keyboard.type("-3")
    page.keyboard.press("ArrowRight")
    wait_for_text(page, field, "-3,1/9;-0.25,0")
    assert matrix_cell(page, 0, 0).input_value() == "−3"
    assert page.get_by_test_id("matrix-readout").is_hidden()
