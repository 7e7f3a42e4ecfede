"""Mask files of every kind: read by what they hold, fitted to the photo, and refused by value and remedy."""

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnn_core.decoding import decode_stored
from cnn_core.errors import InputError
from cnn_core.mask_files.coco_masks import write_coco_masks
from cnn_core.mask_files.colour_table import table_from_text, table_text
from cnn_core.mask_files.label_runs import labels_from_runs, runs_from_labels
from cnn_core.mask_files.palette_picture import write_palette_png
from cnn_core.mask_files.reading import fitted, read_mask
from cnn_core.masks import class_colours
from cnn_core.voc_names import VOC, voc_palette

TWO = ("background", "person")
LABELS = np.array([[0, 1, 2], [2, 255, 0]], np.uint8)
THREE = ("background", "cat", "dog")


def file_of(values, kind="PNG", mode=None, **options):
    buffer = io.BytesIO()
    picture = Image.fromarray(np.asarray(values))
    (picture.convert(mode) if mode else picture).save(buffer, kind, **options)
    return buffer.getvalue()


def read(content, name="a.png", size=LABELS.shape, classes=THREE, **options):
    return read_mask(content, name=name, size=size, classes=classes, **options)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 255))
def test_a_palette_png_comes_back(seed, classes):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, generator.integers(1, 12, 2)).astype(np.uint8)
    labels[generator.random(labels.shape) < 0.2] = 255
    content = write_palette_png(labels, colours=class_colours(classes))
    names = [f"class {number}" for number in range(classes)]
    np.testing.assert_array_equal(read(content, size=labels.shape, classes=names).labels, labels)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (file_of(LABELS), "a.png"),
        (file_of(LABELS, "BMP"), "a.bmp"),
        (file_of(LABELS.astype(np.uint16)), "a.png"),
        (file_of(np.repeat(LABELS[..., None], 3, axis=2)), "a.png"),
        (file_of(voc_palette()[[0, 8, 12]][np.where(LABELS == 255, 0, LABELS)]), "a.png"),
        (file_of(voc_palette()[[0, 8, 12, *[0] * 252, 255]][LABELS]), "a.png"),
        (write_coco_masks([("x/photo.jpg", LABELS)], names=THREE).encode(), "a.json"),
        (write_coco_masks([("b.jpg", LABELS), ("photo.jpg", LABELS)], names=THREE, way="runs").encode(), "a.json"),
    ],
)
def test_kinds_of_files(content, name):
    found = read(content, name, photo="photo.jpg")
    known = found.labels != 255
    np.testing.assert_array_equal(found.labels[known], np.where(LABELS == 255, 0, LABELS)[known])


def test_an_array_is_read_and_nothing_in_it_is_run():
    buffer = io.BytesIO()
    np.save(buffer, LABELS.astype(np.int64))
    np.testing.assert_array_equal(read(buffer.getvalue(), "a.npy").labels, LABELS)
    pickled = io.BytesIO()
    np.save(pickled, np.array([[print]], object), allow_pickle=True)
    head = np.lib.format.header_data_from_array_1_0(LABELS) | {"shape": (10**9, 10**9)}
    promised = io.BytesIO()
    np.lib.format.write_array_header_1_0(promised, head)
    floats = io.BytesIO()
    np.save(floats, LABELS / 2)
    for content in (
        pickled.getvalue(),
        promised.getvalue(),
        floats.getvalue(),
        b"",
        b"\x93NUMPY",
        buffer.getvalue()[:-3],
    ):
        with pytest.raises(InputError, match=r"a\.npy"):
            read(content, "a.npy")


def test_the_bits_of_small_greys_are_numbers():
    for bits in (2, 4):
        labels = np.arange(2**bits, dtype=np.uint8).reshape(2, -1)
        picture = Image.fromarray(labels).convert("P")
        picture.putpalette([value for level in range(256) for value in [level * 255 // (2**bits - 1) % 256] * 3])
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", bits=bits)
        # The same file as grey: another colour type in its header, and no palette.
        np.testing.assert_array_equal(decode_stored(buffer.getvalue()).values, labels)
    flags = np.array([[True, False]])
    assert decode_stored(file_of(flags)).values.tolist() == [[1, 0]]


def test_black_and_white_is_two_classes_of_which_the_second_can_be_named():
    mask = np.array([[0, 255]], np.uint8)
    found = read(file_of(mask), size=(1, 2))
    assert found.labels.tolist() == [[0, 1]]
    assert found.two
    assert "0 and 255 alone: they are read as background and cat" in found.notes[0]
    assert read(file_of(mask), size=(1, 2), object_label=2).labels.tolist() == [[0, 2]]
    y, x = np.indices((64, 64))
    blob = np.hypot(x - 32, y - 32)
    soft = np.clip((24 - blob) * 140 + 128, 0, 255).astype(np.uint8)
    for content in (file_of(soft), file_of(soft, "JPEG", quality=95)):
        found = read(content, size=(64, 64), classes=TWO)
        assert ((found.labels == 1) == (blob < 24)).mean() > 0.99
        assert "cut at half" in found.notes[0]


def test_voc_masks_are_read_as_they_are(data_folder):
    folder = data_folder / "voc3"
    if not folder.is_dir():
        pytest.skip("no voc3")
    for path in sorted((folder / "SegmentationClass").glob("*.png")):
        expected = np.asarray(Image.open(path))
        photo = Image.open(folder / "JPEGImages" / f"{path.stem}.jpg").size[::-1]
        np.testing.assert_array_equal(read(path.read_bytes(), path.name, photo, VOC).labels, expected)
        coloured = file_of(np.asarray(Image.open(path).convert("RGB")))
        np.testing.assert_array_equal(read(coloured, "a.png", photo, VOC).labels, expected)


def test_colours_are_looked_up_typed_or_guessed():
    pixels = np.array([[[0, 0, 0], [0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 9, 0]]], np.uint8)
    found = read(file_of(pixels), size=(1, 5))
    assert found.labels.tolist() == [[0, 0, 2, 1, 1]]
    assert "guessed: #000000 is background, #000900 is cat, #090000 is dog" in found.notes[0]
    text = "#000000 = dog\n9 0 0 cat; 0,9,0 = ignore"
    table = table_from_text(text, classes=THREE)
    assert read(file_of(pixels), size=(1, 5), table=table).labels.tolist() == [[2, 2, 1, 255, 255]]
    assert table_from_text(table_text(table, classes=THREE), classes=THREE) == table
    own = class_colours(3)
    painted = np.array([[[0x80] * 3, [0xE6, 0x9F, 0], [0x56, 0xB4, 0xE9]]], np.uint8)
    assert read(file_of(painted), size=(1, 3), colours=own).labels.tolist() == [[0, 1, 2]]
    with pytest.raises(InputError, match=r"#000900 \(2 pixels\).*colour table"):
        read(file_of(pixels), size=(1, 5), table={(0, 0, 0): 0, (9, 0, 0): 1})
    for line in ("red = cat", "#12 = cat", "1 2 999 cat", "#000000 = cow"):
        with pytest.raises(InputError, match="Line 2"):
            table_from_text(f"#FFFFFF = cat\n{line}", classes=THREE)
    photo = np.random.default_rng(0).integers(0, 256, (80, 80, 3)).astype(np.uint8)
    with pytest.raises(InputError, match="a photo, or a mask that was saved with losses"):
        read(file_of(photo), size=(80, 80))


def test_values_outside_the_classes_are_said_by_value_and_count():
    values = np.array([[0, 1, 7, 7, 9]], np.uint8)
    with pytest.raises(InputError, match=r"outside the classes 0 to 2: 7 \(2 pixels\), 9 \(1 pixels\).*colour table"):
        read(file_of(values), size=(1, 5))
    table = table_from_text("#000000 = 0; #010101 = 1; #070707 = 2; #090909 = ignore", classes=THREE)
    assert read(file_of(values), size=(1, 5), table=table).labels.tolist() == [[0, 1, 2, 2, 255]]


def test_another_size_is_resized_and_said_and_another_shape_refused():
    labels = np.array([[0, 1], [2, 0]], np.uint8)
    found = read(file_of(labels), size=(4, 4))
    assert found.labels.tolist() == labels.repeat(2, axis=0).repeat(2, axis=1).tolist()
    assert "2 x 2 pixels, the photo 4 x 4" in found.notes[-1]
    assert fitted(np.zeros((201, 300), np.uint8), (100, 150), name="a")[0].shape == (100, 150)
    with pytest.raises(InputError, match=r"another shape.*mask='100 x 97', photo='100 x 100'"):
        fitted(np.zeros((97, 100), np.uint8), (100, 100), name="a.png")


def test_an_empty_mask_is_said():
    assert "marks nothing" in read(file_of(np.zeros((2, 3), np.uint8))).notes[-1]
    assert "leaves out every pixel" in read(write_palette_png(np.full((2, 3), 255), colours=["#000000"])).notes[-1]


def test_a_coco_file_of_other_pictures_or_classes():
    two = write_coco_masks([("b.jpg", LABELS), ("c.jpg", LABELS)], names=THREE)
    with pytest.raises(InputError, match=r"says nothing about photo\.jpg.*b\.jpg"):
        read(two.encode(), "a.json", photo="photo.jpg")
    one = write_coco_masks([("b.jpg", LABELS)], names=("background", "cat", "cow"))
    found = read(one.encode(), "a.json", photo="photo.jpg")
    assert found.labels.max() == 1
    assert "b.jpg alone" in found.notes[0]
    assert "2 objects of class cow" in found.notes[1]
    cells = read(one.encode(), "a.json", classes=("cow", "cat"))
    assert cells.labels.tolist() == [[255, 1, 0], [0, 255, 255]]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 400))
def test_a_painted_mask_comes_back_from_its_text(seed, width):
    generator = np.random.default_rng(seed)
    labels = generator.choice(np.array([0, 1, 255], np.uint8), (generator.integers(1, 5), width), p=[0.8, 0.1, 0.1])
    text = runs_from_labels(labels)
    np.testing.assert_array_equal(labels_from_runs(text, labels.shape), labels)
    for wrong in (text[:-4], text + "AAAB", "é", "A", "AP////////8P"):
        with pytest.raises(InputError, match="did not arrive whole"):
            labels_from_runs(wrong, labels.shape)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["a.png", "a.json", "a.npy", "a.bmp"]))
def test_whatever_bytes_there_are_an_error_says_so(content, name):
    with pytest.raises(InputError):
        read(content, name)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["png", "npy", "json"]))
def test_a_damaged_file_is_an_input_error_or_a_mask(seed, kind):
    generator = np.random.default_rng(seed)
    buffer = io.BytesIO()
    np.save(buffer, LABELS)
    whole = {"png": file_of(LABELS), "npy": buffer.getvalue()}.get(kind) or json.dumps(
        json.loads(write_coco_masks([("a.png", LABELS)], names=THREE))
    ).encode()
    broken = bytearray(whole)
    for place in generator.integers(0, len(broken), 3):
        broken[place] = generator.integers(0, 256)
    with contextlib.suppress(InputError):
        assert read(bytes(broken), f"a.{kind}").labels.shape == LABELS.shape


def test_values_left_by_smoothing_are_noted_by_value_and_count(photos):
    found = read((photos / "bird_segmentation_mask.bmp").read_bytes(), "bird.bmp", size=(513, 513), classes=VOC)
    (note,) = found.notes
    assert "1 (680 pixels, read as aeroplane), 2 (557 pixels, read as bicycle)" in note
    with pytest.raises(InputError, match=r"2 \(557 pixels\), 3 \(51,377 pixels\)"):
        read((photos / "bird_segmentation_mask.bmp").read_bytes(), "bird.bmp", size=(513, 513), classes=TWO)


def test_objects_are_no_stray_values():
    labels = np.zeros((60, 60), np.uint8)
    labels[5:8, 5:8], labels[20:50, 20:50], labels[19, 20:49] = 1, 2, 1
    assert not read(file_of(labels), size=labels.shape).notes
    labels[5:8, 5:8] = 0
    assert "1 (29 pixels, read as cat)" in read(file_of(labels), size=labels.shape).notes[0]
