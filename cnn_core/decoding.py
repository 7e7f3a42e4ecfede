"""Decoding picture files that nobody vouches for.

The size stated in the header is checked before a pixel is decoded, only the formats listed in `file_kinds.FORMATS` are
tried, and every failure is an `InputError` that names the file and what to do. Colour profiles are not applied; 16-bit
grey keeps its 16 bits, and 16-bit colour is read with 8.
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

Source = str | Path | bytes | bytearray | memoryview | BinaryIO

# One large picture is decoded at a time, so that a class that uploads together needs the memory of one.
_ONE_AT_A_TIME = threading.Lock()
_LARGE = 8_000_000
# A JPEG decoded at a fraction keeps so many times the working size: photos of 4,000 pixels are halved for 1,024.
_DRAFT = 1.9
# The last block of a row or column may be cut: with so many times the pixels needed the shift that it makes is nothing.
_MARGIN = 4

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


def decode(
    source: Source, name: str | None, working_side: int | None, *, enough: int | None = None
) -> tuple[Any, tuple[int, int], tuple[str, ...]]:
    """Read a file into (H, W, 3) uint8, or float32 in [0, 1] where it has 16 bits; original (width, height); notes.

    Where `enough` is given, a picture that will be made smaller anyway is read at a fraction of its pixels, averaged in
    whole blocks: both sides keep at least so many, or as many as they have.
    """
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
                # JPEG decodes at 1/2, 1/4 or 1/8 directly: less time and memory, and the filter below does the rest.
                # Both sides must reach what is asked for.
                part = _DRAFT * working_side / max(width, height)
                picture.draft(picture.mode, (max(int(width * part), 1), max(int(height * part), 1)))
            if enough is not None and picture.format in {"JPEG", "MPO"}:
                picture.draft(picture.mode, (enough, enough))
            picture.load()
            plain, see_through = _plain_mode(picture, name)
            # Reduce before anything else is done: every later copy is then small.
            plain = _reduce(plain, (width, height), working_side)
            if enough is not None and width * height > _LARGE and min(plain.size) >= 2 * _MARGIN * enough:
                plain = plain.reduce(min(plain.size) // (_MARGIN * enough))
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


@dataclass(frozen=True, eq=False)
class Stored:
    """The numbers of a picture file as they are stored: what a mask is made of.

    Attributes:
        values: (H, W) uint8 or uint16 grey values or places in the palette; or (H, W, 3) uint8 colours.
        palette: (n, 3) uint8, where the file has one.
        lossy: whether the format changes values a little, as JPEG does.
    """

    values: NDArray[Any]
    palette: NDArray[np.uint8] | None = None
    lossy: bool = False


def decode_stored(source: Source, name: str | None = None) -> Stored:
    """Read a picture file without turning its palette into colours or its class numbers into brightness.

    Grey of 1, 2 or 4 bits keeps its numbers; wholly transparent pixels are black.

    Args:
        source: path, bytes, or a binary file.
        name: what error messages call it.

    Raises:
        InputError: no picture in an allowed format, broken, empty, too large, or with fractions as values.

    Example:
        >>> file = io.BytesIO()
        >>> Image.fromarray(np.array([[0, 7]], np.uint8)).save(file, "PNG")
        >>> decode_stored(file.getvalue()).values.tolist()
        [[0, 7]]
    """
    data, name = _read(source, name)
    picture = _open(data, name)
    _check_size(picture, name)
    with _ONE_AT_A_TIME if picture.width * picture.height > _LARGE else nullcontext():
        # As in `decode`: a decoder can raise nearly anything.
        try:
            turn = _orientation(picture)
            picture.load()
            if turn is not None:
                turned = picture.transpose(turn)
                turned.info = picture.info
            else:
                turned = picture
            values, palette = _stored(turned)
        except Exception as error:
            raise InputError(
                f"{name} is damaged or cut short: {_reason(error)}", "Export the file again, or choose another"
            ) from error
    if values.dtype.kind == "f" or (
        values.dtype.kind == "i" and values.size and not 0 <= values.min() <= values.max() <= 65535
    ):
        raise InputError(f"{name} holds numbers that are no class numbers", "Save it with 8 or 16 bits")
    if values.dtype not in (np.uint8, np.uint16):
        values = values.astype(np.uint16)
    bits = data[24] if picture.format == "PNG" and data[25:26] == b"\0" else 8
    if bits in {2, 4}:
        # Pillow spreads them to 0 to 255.
        values //= 255 // (2**bits - 1)
    return Stored(values, palette, picture.format in {"JPEG", "MPO", "WEBP", "AVIF"})


def _stored(picture: Image.Image) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    if picture.mode == "P":
        palette = np.array(picture.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
        return np.array(picture), palette
    if picture.mode == "1":
        return np.array(picture).astype(np.uint8), None
    if picture.mode in {"L", "I", "F"} or picture.mode.startswith("I;16"):
        return np.array(picture), None
    if picture.mode in {"RGBA", "LA", "PA", "La", "RGBa"}:
        pixels = np.array(picture.convert("RGBA"))
        return np.where(pixels[..., 3:] == 0, 0, pixels[..., :3]), None
    return np.array(picture.convert("RGB")), None


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
    # Headers are parsed by the same decoders that `decode` distrusts.
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
