"""A sheet holds each picture first, then views that the augmentation itself makes."""

import numpy as np
import pytest

from cnn_core.augmentation import Augmentation, augmented
from cnn_core.augmentation_sheet import view_sheet
from cnn_core.errors import InputError

PICTURES = [np.random.default_rng(n).integers(0, 256, (6, 9, 3), np.uint8) for n in range(2)]


def at(sheet: np.ndarray, row: int, column: int) -> np.ndarray:
    return sheet[row * 10 : row * 10 + 6, column * 13 : column * 13 + 9]


def test_pictures_come_first_and_views_behind_them() -> None:
    options = Augmentation(rotation=30, flip=True, brightness=0.2)
    sheet = view_sheet(PICTURES, options, views=2, seed=5)
    for view in range(2):
        random = np.random.default_rng((5, view))
        for row, picture in enumerate(PICTURES):
            np.testing.assert_array_equal(at(sheet, row, 0), picture)
            np.testing.assert_array_equal(at(sheet, row, 1 + view), augmented(picture, options, random))
    assert not np.array_equal(sheet, view_sheet(PICTURES, options, views=2, seed=6))


def test_mixup_mixes_the_pictures_of_a_column() -> None:
    black, white = np.zeros((6, 9, 3), np.uint8), np.full((6, 9, 3), 255, np.uint8)
    sheet = view_sheet([black, white], Augmentation(mixup=5.0), views=6, seed=0)
    levels = {int(at(sheet, 0, column).mean()) for column in range(1, 7)}
    assert any(20 < level < 235 for level in levels)


@pytest.mark.parametrize(("pictures", "views"), [([], 1), (PICTURES, 0), ([PICTURES[0], PICTURES[0][:3]], 1)])
def test_what_is_no_sheet_is_refused(pictures: list, views: int) -> None:
    with pytest.raises(InputError):
        view_sheet(pictures, Augmentation(), views=views, seed=0)
