"""A network's map brought back over the photo, whatever the frame and the map's resolution."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from cnn_core.errors import InputError
from cnn_core.letterbox import framed
from cnn_core.masks import masks_of
from cnn_core.segmentation.photo_map import over_photo


@settings(max_examples=60, deadline=None)
@given(st.integers(20, 90), st.integers(20, 90), st.sampled_from(["stretch", "centre", "corner"]), st.integers(1, 2))
def test_a_ramp_comes_back_where_it_was(height: int, width: int, placement: str, stride: int) -> None:
    """A network that answers with its own input: a ramp over the photo is found again, whatever the frame."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    image = np.stack([(x + 0.5) / width, (y + 0.5) / height, np.zeros_like(x)], axis=-1)
    frame = framed(image, (64, 48), placement=placement)
    answer = frame.image.reshape(64 // stride, stride, 48 // stride, stride, 3).mean(axis=(1, 3))
    back = over_photo(answer, frame)
    masks = masks_of(np.abs(back) + 1e-3, size=(height, width), names=("a", "b", "c"))
    for place in (0, 1):
        # At the borders, and where the frame begins, half a cell is averaged with what lies beside it.
        inner = np.s_[height // 4 : -(height // 4), width // 4 : -(width // 4)]
        np.testing.assert_allclose(masks.probability(place)[inner], image[inner][..., place], atol=0.035)


def test_cells_on_the_corners_are_told_from_cells_side_by_side() -> None:
    """513 pixels give 65 cells at a stride of 8 where the outermost cells' middles lie on the outermost pixels."""
    frame = framed(np.zeros((33, 33, 3)), 33)
    ramp = np.linspace(0, 32, 5, dtype=np.float32)[None, :, None].repeat(5, axis=0)
    np.testing.assert_allclose(over_photo(ramp, frame)[0, :, 0], np.arange(33), atol=1e-4)
    assert over_photo(ramp[:, :3].repeat(11, 0)[:33], frame).shape == (33, 3, 1), "33 rows are there already"


def test_refusals() -> None:
    frame = framed(np.zeros((4, 4, 3)), (8, 8))
    with pytest.raises(InputError, match="no map"):
        over_photo(np.zeros((10,)), frame)
    with pytest.raises(InputError, match="placement"):
        framed(np.zeros((4, 4, 3)), (8, 8), placement="left")
