"""Every format reads to the right numbers; every broken file gives an InputError and nothing else."""

import io
import os
import struct
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from cnn_core import decoding
from cnn_core.decoding import MAX_PIXELS
from cnn_core.errors import InputError
from cnn_core.file_kinds import FORMATS
from cnn_core.images import fill, load_image, open_photo, resize, to_float, to_grey

RNG = np.random.default_rng(7)
RGB = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
SMOOTH = np.stack(np.broadcast_arrays(np.arange(0, 240, 8)[None, :], np.arange(0, 200, 10)[:, None], 90), -1).astype(
    np.uint8
)


def saved(picture: Image.Image, file_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def png_header(width: int, height: int, *, packed: bytes = b"") -> bytes:
    """A PNG that claims a size, with whatever pixel data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("PPM", {}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_lossless_formats_give_the_exact_pixels(file_format: str, options: dict[str, object]) -> None:
    image = load_image(saved(Image.fromarray(RGB), file_format, **options))
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, RGB / np.float32(255), atol=1e-7)


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_come_close(file_format: str) -> None:
    if file_format not in FORMATS:
        pytest.skip(f"this Pillow cannot read {file_format}")
    image = load_image(saved(Image.fromarray(SMOOTH), file_format, quality=95))
    assert np.abs(image - SMOOTH / 255).mean() < 0.01


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    # What a camera stores for each tag value, as the inverse of what a viewer must do.
    stored: dict[int, Callable[[np.ndarray], np.ndarray]] = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(np.ascontiguousarray(stored[orientation](RGB))), "PNG", exif=exif)
    photo = open_photo(data, name="phone.png")
    np.testing.assert_array_equal(photo.pixels, RGB)
    assert photo.original_size == (30, 20)


def test_alpha_is_composited_on_white_and_said() -> None:
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[..., 0] = 255
    rgba[0, 0, 3], rgba[0, 1, 3], rgba[1:, :, 3] = 0, 128, 255
    photo = open_photo(saved(Image.fromarray(rgba), "PNG"), name="logo.png")
    assert photo.pixels[0, 0].tolist() == [255, 255, 255]
    assert photo.pixels[0, 1].tolist() == [255, 127, 127]
    assert photo.pixels[2, 2].tolist() == [255, 0, 0]
    assert "white" in photo.notes[0]
    rgba[..., 3] = 255
    assert open_photo(saved(Image.fromarray(rgba), "PNG"), name="logo.png").notes == ()


@pytest.mark.parametrize("mode", ["LA", "P", "RGB"])
def test_other_transparent_modes_end_on_white(mode: str) -> None:
    if mode == "P":
        palette = Image.new("P", (3, 2), 1)
        palette.putpalette([0, 0, 0, 9, 9, 9])
        data = saved(palette, "PNG", transparency=1)
    elif mode == "RGB":
        data = saved(Image.new("RGB", (3, 2), (7, 8, 9)), "PNG", transparency=(7, 8, 9))
    else:
        data = saved(Image.new("LA", (3, 2), (0, 0)), "PNG")
    np.testing.assert_array_equal(load_image(data), np.ones((2, 3, 3), np.float32))


def test_reduced_transparent_edges_keep_their_colour() -> None:
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[:, 1::2] = (255, 0, 0, 255)  # every other column is see-through black
    pixels = open_photo(saved(Image.fromarray(rgba), "PNG"), name="stripes.png", working_side=8).pixels
    assert pixels[..., 0].min() > 250  # no black shines through: red over white is red = 255


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_grey_bilevel_and_palette(mode: str) -> None:
    ramp = Image.fromarray(np.tile(np.arange(0, 256, 8, dtype=np.uint8), (8, 1)))
    picture = ramp.convert(mode)
    image = load_image(saved(picture, "PNG"))
    np.testing.assert_allclose(image, np.asarray(picture.convert("RGB")) / 255, atol=1e-6)
    assert image.shape == (8, 32, 3)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey_keeps_its_precision(file_format: str) -> None:
    values = np.array([[0, 1, 255, 256, 32768, 65535]], np.uint16)
    image = load_image(saved(Image.fromarray(values), file_format))
    np.testing.assert_allclose(image[0, :, 0], values[0] / 65535, atol=1e-7)
    np.testing.assert_array_equal(image[..., 0], image[..., 2])
    photo = open_photo(saved(Image.fromarray(values), file_format), name="scan")
    assert photo.pixels[0, :, 0].tolist() == [0, 0, 1, 1, 128, 255]


def test_16_bit_colour_is_scaled_and_not_clipped() -> None:
    cv2 = pytest.importorskip("cv2")
    values = np.zeros((2, 2, 3), np.uint16)
    values[..., 0], values[..., 1] = 65535, 32768
    _, data = cv2.imencode(".png", values[..., ::-1])
    np.testing.assert_allclose(load_image(data.tobytes())[0, 0], [1, 0.5, 0], atol=1 / 255)


def test_float_tiffs_in_range_load_and_others_are_refused() -> None:
    np.testing.assert_allclose(load_image(saved(Image.fromarray(np.full((2, 2), 0.25, np.float32)), "TIFF")), 0.25)
    for bad in (np.float32(7), np.float32(np.nan), np.float32(-1)):
        with pytest.raises(InputError, match=r"depth\.tif"):
            load_image(saved(Image.fromarray(np.full((2, 2), bad)), "TIFF"), name="depth.tif")


def test_cmyk_jpeg() -> None:
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    np.testing.assert_allclose(load_image(saved(cyan, "JPEG", quality=95))[8, 8], [0, 1, 1], atol=0.03)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_animations_give_their_first_frame(file_format: str) -> None:
    frames = [Image.new("RGB", (5, 4), colour) for colour in ("red", "blue", "lime")]
    options = {"lossless": True} if file_format == "WEBP" else {}
    data = saved(frames[0], file_format, save_all=True, append_images=frames[1:], **options)
    photo = open_photo(data, name="moving")
    assert photo.pixels[0, 0].tolist() == [255, 0, 0]
    assert photo.notes == ("This is the first of 3 frames.",)


@pytest.mark.parametrize("size", [(1, 1), (20_000, 1), (1, 20_000), (2, 3)])
def test_unusual_sizes_load(size: tuple[int, int]) -> None:
    data = saved(Image.new("RGB", size, (10, 20, 30)), "PNG")
    assert load_image(data).shape == (size[1], size[0], 3)
    photo = open_photo(data, name="thin.png")
    assert photo.original_size == size
    assert max(photo.pixels.shape[:2]) == min(max(size), 1024)
    assert min(photo.pixels.shape[:2]) == min(size)
    assert np.abs(photo.pixels.astype(int) - [10, 20, 30]).max() <= 1


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_reduction_is_antialiased(file_format: str) -> None:
    # A board of single pixels must become even grey and not a pattern.
    board = (np.indices((2048, 1024)).sum(axis=0) % 2 * 255).astype(np.uint8)
    photo = open_photo(saved(Image.fromarray(board), file_format), name="board", working_side=256)
    assert photo.pixels.shape == (256, 128, 3)
    assert photo.reduced
    assert photo.pixels.std() < 3
    assert abs(photo.pixels.mean() - 127.5) < 2


@pytest.mark.parametrize(
    ("size", "read"), [((4000, 3000), (2000, 1500)), ((3024, 4032), (1512, 2016)), ((3000, 1000), None)]
)
def test_a_large_jpeg_is_decoded_at_a_fraction(
    size: tuple[int, int], read: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[tuple[int, int]] = []
    reduce = decoding._reduce

    def noted(plain: Image.Image, *rest: Any) -> Image.Image:
        sizes.append(plain.size)
        return reduce(plain, *rest)

    monkeypatch.setattr(decoding, "_reduce", noted)
    waves = 127 + 100 * np.sin(np.linspace(0, 300, size[1])[:, None]) * np.cos(np.linspace(0, 200, size[0]))
    picture = Image.fromarray(waves.astype(np.uint8)).convert("RGB")
    photo = open_photo(saved(picture, "JPEG"), name="waves.jpg")
    assert sizes == [read or size]
    assert photo.original_size == size
    whole = np.asarray(picture.resize(photo.pixels.shape[1::-1], Image.Resampling.LANCZOS), float)
    assert np.abs(whole - photo.pixels).mean() < 1.5


def test_a_50_megapixel_jpeg_is_reduced_once_within_bounded_memory(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    path = tmp_path / "large.jpg"
    Image.new("RGB", (8000, 6250), (200, 100, 50)).save(path, quality=50)
    script = """
        import resource, sys
        from cnn_core.images import open_photo
        peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        before = peak()
        photo = open_photo(sys.argv[1], name="large.jpg")
        print(photo.pixels.shape, photo.original_size, peak() - before)
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    shape, _, rest = ran.stdout.partition(") (")
    assert shape + ")" == "(800, 1024, 3)"
    assert rest.startswith("8000, 6250)")
    assert float(rest.split()[-1]) < 100, "the full picture alone would be 150 MB"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_png_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("L", (10_000, 10_000)).save(path)
    assert path.stat().st_size < 200_000
    with pytest.raises(InputError, match=r"bomb\.png has more pixels .* smaller size .*width=10000, height=10000"):
        load_image(path)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(("width", "height"), [(MAX_PIXELS + 1, 1), (40_000, 40_000), (2**31 - 1, 2**31 - 1)])
def test_headers_that_claim_too_much_are_refused(width: int, height: int) -> None:
    with pytest.raises(InputError, match="claim"):
        load_image(png_header(width, height), name="claim.png")


def test_zero_size_is_refused() -> None:
    for size in ((0, 5), (5, 0)):
        with pytest.raises(InputError, match=r"none\.png"):
            load_image(png_header(*size), name="none.png")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.jpg", b"", "is empty"),
        ("letter.jpg", b"Dear Sir or Madam,\nplease find enclosed", "holds text"),
        ("drawing.svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        ("paper.pdf", b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        ("IMG_0001.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        ("photo.jxl", b"\xff\x0a\x00\x10", "JPEG XL"),
        ("clip.mp4", b"\0\0\0\x18ftypisom\0\0\0\0mp42", "video"),
        ("photos.zip", b"PK\x03\x04" + bytes(40), "zip"),
        ("half.png", b"\x89PNG\r\n\x1a\n", "damaged"),
        ("noise.bin", bytes(range(256)), "no picture"),
    ],
)
def test_what_is_no_picture_is_named_with_its_remedy(name: str, data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        open_photo(data, name=name)
    assert name in caught.value.problem
    assert caught.value.remedy


def test_a_png_named_jpg_just_works(tmp_path: Path) -> None:
    path = tmp_path / "renamed.jpg"
    path.write_bytes(saved(Image.fromarray(RGB), "PNG"))
    np.testing.assert_array_equal(load_image(str(path)), load_image(path))


def test_sources_path_bytes_and_file_agree(tmp_path: Path) -> None:
    data = saved(Image.fromarray(RGB), "PNG")
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with path.open("rb") as file:
        file.read(10)  # a file that has been read from is read from its start
        np.testing.assert_array_equal(load_image(file), load_image(data))
    np.testing.assert_array_equal(load_image(bytearray(data)), load_image(memoryview(data)))


def test_a_missing_path_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        load_image(tmp_path / "nothing.png")
    with pytest.raises(InputError, match="no file"):
        load_image(tmp_path)


@pytest.mark.parametrize(
    "file_format", [f for f in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF") if f in FORMATS]
)
def test_a_file_cut_in_the_middle_is_refused(file_format: str) -> None:
    data = saved(Image.fromarray(RNG.integers(0, 256, (60, 80, 3), dtype=np.uint8)), file_format)
    with pytest.raises(InputError, match=r"cut\.xyz"):
        load_image(data[: len(data) // 2], name="cut.xyz")


def check_read_or_refused(data: bytes) -> None:
    try:
        photo = open_photo(data, name="fuzzed")
    except InputError as error:
        message = str(error)
    else:
        assert photo.pixels.dtype == np.uint8
        assert photo.pixels.shape[2:] == (3,)
        return
    assert message.startswith("fuzzed ")


VALID = {
    file_format: saved(Image.fromarray(RGB), file_format)
    for file_format in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", *(("AVIF",) if features.check("avif") else ()))
}
DAMAGE = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6)


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=600, deadline=None)
@given(file_format=st.sampled_from(sorted(VALID)), keep=st.floats(0, 1), damage=DAMAGE)
def test_damaged_files_give_a_picture_or_an_input_error(
    file_format: str, keep: float, damage: list[tuple[float, int]]
) -> None:
    data = bytearray(VALID[file_format])
    for place, value in damage:
        data[int(place * len(data))] = value
    check_read_or_refused(bytes(data if damage else data[: round(keep * len(data))]))


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_give_a_picture_or_an_input_error(data: bytes) -> None:
    check_read_or_refused(data)


def test_real_photos(photos: Path) -> None:
    for path in sorted(photos.glob("*.jpg")) + sorted(photos.glob("*.bmp")):
        if path.name == "skimage_truncated.jpg":
            with pytest.raises(InputError, match=r"skimage_truncated\.jpg .*damaged or cut short"):
                load_image(path)
            continue
        photo = open_photo(path, name=path.name)
        assert max(photo.pixels.shape[:2]) <= 1024
        assert photo.pixels.min() < photo.pixels.max()
        assert load_image(path).shape[:2] == photo.original_size[::-1]


@pytest.mark.parametrize(("height", "width"), [(10, 15), (7, 30), (40, 60), (1, 1)])
def test_resize_equals_keras(height: int, width: int) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    keras = pytest.importorskip("keras")
    image = to_float(RGB)
    expected = keras.ops.image.resize(image, (height, width), interpolation="bilinear", antialias=True)
    np.testing.assert_allclose(resize(image, height=height, width=width), np.asarray(expected), atol=1e-5)


def test_fill_cuts_about_the_centre() -> None:
    image = to_float(SMOOTH)
    np.testing.assert_array_equal(fill(image, height=20, width=10), image[:, 10:20])
    assert fill(image[:1, :1], height=5, width=9).shape == (5, 9, 3)


def test_to_grey_equals_pillow() -> None:
    expected = np.asarray(Image.fromarray(RGB).convert("L"), np.float32) / 255
    np.testing.assert_allclose(to_grey(to_float(RGB))[..., 0], expected, atol=0.6 / 255)
    grey = to_float(RGB[..., :1])
    assert to_grey(grey) is grey


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 2, 4), np.uint8), np.zeros((2,), np.uint8), np.zeros((2, 2), np.int32)], ids=str
)
def test_to_float_refuses_what_it_cannot_scale(pixels: np.ndarray) -> None:
    with pytest.raises(InputError):
        to_float(pixels)


@pytest.mark.parametrize("size", [(0, 5), (5, -1)])
def test_sizes_below_one_are_refused(size: tuple[int, int]) -> None:
    for function in (resize, fill):
        with pytest.raises(InputError, match="at least one pixel"):
            function(to_float(RGB), height=size[0], width=size[1])
    with pytest.raises(InputError, match="working_side=0"):
        load_image(saved(Image.fromarray(RGB), "PNG"), working_side=0)
