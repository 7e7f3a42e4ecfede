"""The bundled samples: all there, the same every time, and the drawn ones are what they claim to be."""

from pathlib import Path

import numpy as np
import pytest

from cnn_core import samples
from cnn_core.errors import InputError
from cnn_core.samples import DEFAULT_SAMPLE, SAMPLES, sample


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_sample_is_an_rgb_picture_with_a_credit(name: str) -> None:
    pixels = sample(name)
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert max(pixels.shape) <= 1024
    assert int(pixels.max()) - int(pixels.min()) > 90
    assert SAMPLES[name].title
    assert SAMPLES[name].credit


def test_titles_differ_because_links_carry_them() -> None:
    titles = [entry.title for entry in SAMPLES.values()]
    assert len(set(titles)) == len(titles)
    assert DEFAULT_SAMPLE in SAMPLES


def test_photos_equal_scikit_image() -> None:
    data = pytest.importorskip("skimage.data")
    np.testing.assert_array_equal(sample("cat"), data.chelsea())
    np.testing.assert_array_equal(sample("astronaut"), data.astronaut())
    np.testing.assert_array_equal(sample("coins")[..., 1], data.coins())


def test_drawings_are_the_same_every_time() -> None:
    for name, draw in samples._DRAWINGS.items():
        np.testing.assert_array_equal(draw(), sample(name))


def test_samples_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        sample("cat")[0, 0, 0] = 1


def test_checkerboard_alternates() -> None:
    cells = sample("checkerboard")[24::48, 24::48, 0]
    rows, columns = np.indices(cells.shape)
    np.testing.assert_array_equal(cells, (rows + columns) % 2 * 255)


def test_zone_plate_stays_below_half_a_cycle_per_pixel_on_its_axes() -> None:
    # Along the middle row the phase is pi x^2 / side, so its slope at the edge is pi per pixel: the Nyquist limit.
    row = sample("zone_plate")[192, :, 0].astype(float)
    middle = row[150:234]
    assert np.abs(np.diff(middle)).max() < 100, "slow in the middle"
    assert np.abs(np.diff(row[-24:])).max() > 200, "fast at the edge"


def test_gradient_runs_from_corner_to_corner() -> None:
    pixels = sample("gradient")
    assert pixels[0, 0].tolist() == [0, 0, 255]
    assert pixels[-1, -1].tolist() == [255, 255, 0]


def test_unknown_name_lists_the_names() -> None:
    with pytest.raises(InputError, match=r"Choose one of cat, astronaut.*name='dog'"):
        sample("dog")


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match="pip install scikit-image"):
        samples._scikit_image_data()


def test_the_files_come_with_the_package() -> None:
    folder: Path = samples._scikit_image_data()
    assert [entry.file for entry in SAMPLES.values() if entry.file and not (folder / entry.file).is_file()] == []
