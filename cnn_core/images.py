"""Pictures in: safe decoding, and the few conversions that every page needs.

An image is (H, W, 3) or (H, W, 1) float32 in [0, 1], RGB; pixels are the same in uint8, 0 to 255.

Decoding trusts nothing in a file: the size stated in its header is checked before a pixel is decoded, only the formats
listed in `file_kinds.FORMATS` are tried, and every failure is an `InputError` that names the file and what to do. Colour profiles
are not applied; 16-bit grey keeps its 16 bits, and 16-bit colour is read with 8.
"""

import io
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from cnn_core.errors import InputError
from cnn_core.file_kinds import FORMATS, what_it_is

MAX_PIXELS = 64_000_000
MAX_BYTES = 256_000_000
MAX_SIDE = 65_535
WORKING_SIDE = 1024

Source = str | Path | bytes | bytearray | memoryview | BinaryIO
Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

# One large picture is decoded at a time, so that a class that uploads together needs the memory of one.
_ONE_AT_A_TIME = threading.Lock()
_LARGE = 8_000_000

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION_TAG = 0x0112

_SAVE_AS = "Save it as JPEG or PNG and open that file"


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture made ready to work with.

    Attributes:
        name: what to call it.
        pixels: (H, W, 3) uint8, the longer side at most the working side.
        original_size: (width, height) in the file, after the camera's rotation.
        notes: what was done to it that a reader should know, one sentence each.
    """

    name: str
    pixels: Pixels
    original_size: tuple[int, int]
    notes: tuple[str, ...] = ()

    @property
    def reduced(self) -> bool:
        """Whether it has fewer pixels than its file."""
        height, width = self.pixels.shape[:2]
        return (width, height) != self.original_size


def load_image(source: Source, *, name: str | None = None, working_side: int | None = None) -> Floats:
    """Read a picture file as an RGB image.

    Args:
        source: path, bytes, or a binary file.
        name: what error messages call it; by default the file's own name.
        working_side: reduce the longer side to this many pixels (antialiased); None keeps every pixel.

    Returns:
        (H, W, 3) float32 in [0, 1], upright (EXIF), transparent parts on white, the first frame of an animation.

    Raises:
        InputError: no picture in an allowed format, broken, empty, or larger than `MAX_PIXELS`.

    Example:
        >>> file = io.BytesIO()
        >>> Image.new("L", (4, 2), 51).save(file, "PNG")
        >>> load_image(file.getvalue())[0, 0]
        array([0.2, 0.2, 0.2], dtype=float32)
    """
    values, _, _ = _decode(source, name, working_side)
    return to_float(values)


def open_photo(source: Source, *, name: str, working_side: int = WORKING_SIDE) -> Photo:
    """Read a picture file once, at a size to work with.

    Args:
        source: path, bytes, or a binary file.
        name: what to call it, in messages and on screen.
        working_side: the longer side is reduced to this many pixels (antialiased), never enlarged.

    Returns:
        The photo with uint8 pixels, and notes on what was changed.

    Raises:
        InputError: as `load_image`.

    Example:
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (3000, 1500)).save(file, "JPEG")
        >>> photo = open_photo(file, name="field.jpg")
        >>> photo.original_size, photo.pixels.shape
        ((3000, 1500), (512, 1024, 3))
    """
    values, size, notes = _decode(source, name, working_side)
    pixels = values if values.dtype == np.uint8 else np.rint(values * 255).astype(np.uint8)
    return Photo(name, np.ascontiguousarray(pixels), size, notes)


def to_float(pixels: NDArray[Any]) -> Floats:
    """Scale pixels to [0, 1].

    Args:
        pixels: (H, W), (H, W, 1) or (H, W, 3) of uint8 (0 to 255), uint16 (0 to 65535), bool, or floats in [0, 1].

    Returns:
        float32 of the same size; (H, W) becomes (H, W, 1).

    Raises:
        InputError: another shape or dtype.

    Example:
        >>> to_float(np.array([[0, 255]], np.uint8))[..., 0]
        array([[0., 1.]], dtype=float32)
    """
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in {1, 3}:
        raise InputError("This is no image", "Give (H, W), (H, W, 1) or (H, W, 3)", shape=pixels.shape)
    if pixels.dtype in (np.uint8, np.uint16):
        return np.divide(pixels, np.iinfo(pixels.dtype).max, dtype=np.float32)
    if pixels.dtype == bool or np.issubdtype(pixels.dtype, np.floating):
        return pixels.astype(np.float32)
    raise InputError("Pixels of this type have no known range", "Give uint8, uint16, bool or float", dtype=pixels.dtype)


def resize(image: Floats, *, height: int, width: int) -> Floats:
    """Change an image's size: bilinear, with antialiasing where it shrinks; values stay in their range.

    Equal to `keras.ops.image.resize(…, interpolation="bilinear", antialias=True)` to within rounding.

    Args:
        image: (H, W, C) float32.
        height: rows of the result, at least 1.
        width: columns of the result, at least 1.

    Returns:
        (height, width, C) float32.

    Raises:
        InputError: a height or width below 1.

    Example:
        >>> resize(np.ones((4, 6, 3), np.float32), height=2, width=3).shape
        (2, 3, 3)
    """
    if height < 1 or width < 1:
        raise InputError("A picture has at least one pixel", "Choose 1 or more", height=height, width=width)
    planes = [
        Image.fromarray(np.ascontiguousarray(image[..., c], np.float32)).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        for c in range(image.shape[2])
    ]
    return np.stack([np.asarray(plane) for plane in planes], axis=-1)


def fill(image: Floats, *, height: int, width: int) -> Floats:
    """Fill a frame: cut the image to the frame's aspect about its centre, then `resize` it.

    Args:
        image: (H, W, C) float32.
        height: rows of the frame.
        width: columns of the frame.

    Returns:
        (height, width, C) float32.

    Raises:
        InputError: a height or width below 1.

    Example:
        >>> fill(np.ones((300, 100, 3), np.float32), height=50, width=100).shape
        (50, 100, 3)
    """
    if height < 1 or width < 1:
        raise InputError("A picture has at least one pixel", "Choose 1 or more", height=height, width=width)
    rows = min(image.shape[0], max(round(image.shape[1] * height / width), 1))
    columns = min(image.shape[1], max(round(image.shape[0] * width / height), 1))
    top, left = (image.shape[0] - rows) // 2, (image.shape[1] - columns) // 2
    return resize(image[top : top + rows, left : left + columns], height=height, width=width)


def to_grey(image: Floats) -> Floats:
    """Brightness of an image: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601, on the values as stored).

    Args:
        image: (H, W, 3) float32; an (H, W, 1) image is returned as it is.

    Returns:
        (H, W, 1) float32.

    Example:
        >>> float(to_grey(np.ones((1, 1, 3), np.float32))[0, 0, 0])
        1.0
    """
    if image.shape[2] == 1:
        return image
    return (image @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]


def _decode(source: Source, name: str | None, working_side: int | None) -> tuple[Any, tuple[int, int], tuple[str, ...]]:
    """Read a file into (H, W, 3) uint8, or float32 in [0, 1] where it has 16 bits; original (width, height); notes."""
    if working_side is not None and working_side < 1:
        raise InputError("A working size has at least one pixel", "Choose 1 or more", working_side=working_side)
    data, name = _read(source, name)
    picture = _open(data, name)
    _check_size(picture, name)
    width, height = picture.size
    notes = []
    with _ONE_AT_A_TIME if width * height > _LARGE else nullcontext():
        # A decoder that meets a damaged file can raise nearly anything (struct.error, IndexError, zlib.error, …): all
        # of it means the same to a user. Nothing but Pillow runs inside this block.
        try:
            turn = _orientation(picture)
            frames = getattr(picture, "n_frames", 1) if picture.format != "MPO" else 1
            if working_side is not None and picture.format in {"JPEG", "MPO"}:
                # JPEG decodes at 1/2, 1/4 or 1/8 directly: less memory, and the filter below does the rest.
                picture.draft(picture.mode, (2 * working_side, 2 * working_side))
            picture.load()
            plain, see_through = _plain_mode(picture, name)
            # Reduce before anything else is done: every later copy is then small.
            plain = _reduce(plain, (width, height), working_side)
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"{name} is damaged or cut short: {_reason(error)}",
                "Download, copy or export the file again, or choose another picture",
            ) from error
    if see_through and plain.mode == "RGBA":
        if int(np.asarray(plain)[..., 3].min()) < 255:
            notes.append("Transparent parts are shown on white.")
        white = Image.new("RGBA", plain.size, "white")
        plain = Image.alpha_composite(white, plain).convert("RGB")
    if turn is not None:
        plain = plain.transpose(turn)
        if turn in {_TURNS[5], _TURNS[6], _TURNS[7], _TURNS[8]}:
            width, height = height, width
    if frames > 1:
        notes.append(f"This is the first of {frames} frames.")
    return _as_array(plain, name), (width, height), tuple(notes)


def _read(source: Source, name: str | None) -> tuple[bytes, str]:
    if isinstance(source, str | Path):
        path = Path(source)
        name = name or path.name
        if not path.is_file():
            raise InputError(f"There is no file {path}", "Check the path")
        _check_bytes(path.stat().st_size, name)
        data = path.read_bytes()
    elif isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    else:
        source.seek(0)
        data = source.read(MAX_BYTES + 1)
        own_name = getattr(source, "name", None)
        name = name or (Path(own_name).name if isinstance(own_name, str) else None)
    name = name or "The picture"
    _check_bytes(len(data), name)
    if not data:
        raise InputError(f"{name} is empty (0 bytes)", "Copy or export the file again, or choose another picture")
    return data, name


def _check_bytes(count: int, name: str) -> None:
    if count > MAX_BYTES:
        raise InputError(
            f"{name} is larger than {MAX_BYTES // 1_000_000} MB", "Save it as JPEG, or at a smaller size", bytes=count
        )


def _open(data: bytes, name: str) -> Image.Image:
    """Read the header alone; say what the file is where it is no picture."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(name) from error
    # Headers are parsed by the same decoders that `_decode` distrusts.
    except Exception as error:
        kind, remedy = what_it_is(data)
        raise InputError(f"{name} {kind}", remedy) from (None if isinstance(error, UnidentifiedImageError) else error)


def _check_size(picture: Image.Image, name: str) -> None:
    width, height = picture.size
    if width < 1 or height < 1:
        raise InputError(f"{name} has no pixels", "Choose another picture", width=width, height=height)
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise _too_large(name, width=width, height=height)


def _too_large(name: str, **size: int) -> InputError:
    return InputError(
        f"{name} has more pixels than this app opens: the limit is {MAX_PIXELS // 1_000_000} million",
        "Save it at a smaller size and open that file",
        **size,
    )


def _orientation(picture: Image.Image) -> Image.Transpose | None:
    # A damaged EXIF block is no reason to refuse the picture.
    try:
        return _TURNS.get(picture.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:
        return None


def _plain_mode(picture: Image.Image, name: str) -> tuple[Image.Image, bool]:
    """Convert any of Pillow's modes to L, RGB, RGBA or F (grey in [0, 1]); say whether it may be see-through."""
    mode = picture.mode
    if mode.startswith("I;16") or mode in {"I", "F"}:
        return _grey_floats(picture, name), False
    if mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in picture.info:
        return picture if mode == "RGBA" else picture.convert("RGBA"), True
    if mode in {"L", "RGB"}:
        return picture, False
    return picture.convert("L" if mode == "1" else "RGB"), False


def _grey_floats(picture: Image.Image, name: str) -> Image.Image:
    values = np.asarray(picture).astype(np.float32)
    if picture.mode != "F":
        values /= np.float32(65535)
    # Written so that NaN is refused too.
    if not ((values >= 0) & (values <= 1)).all():
        raise InputError(f"{name} holds numbers whose black and white are not known", "Save it with 8 or 16 bits")
    return Image.fromarray(values)


def _reduce(picture: Image.Image, size: tuple[int, int], working_side: int | None) -> Image.Image:
    width, height = size
    if working_side is None or max(size) <= working_side:
        return picture
    scale = working_side / max(size)
    target = (max(round(width * scale), 1), max(round(height * scale), 1))
    # Lanczos keeps edges crisp; the box reduction in front of it saves time and stays antialiased.
    return picture.resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _as_array(picture: Image.Image, name: str) -> NDArray[Any]:
    if picture.mode == "F":
        # Lanczos overshoots a little at edges.
        return np.repeat(np.clip(np.asarray(picture), 0, 1)[..., None], 3, axis=2)
    pixels = np.asarray(picture.convert("RGB"))
    if pixels.ndim != 3:
        raise InputError(f"{name} could not be turned into RGB", _SAVE_AS, mode=picture.mode)
    return pixels


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text[:160] if text else type(error).__name__
