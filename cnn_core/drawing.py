"""Numbers to pictures: grey and signed scales, enlarging, boxes, and encoding for the browser.

Pictures are (H, W, 3) uint8 unless said otherwise. Signed values use one diverging scale, blue through white to
vermilion, symmetrical about zero, safe for the common colour deficiencies (ends from Okabe and Ito 2008).
"""

import base64
import io
import math

import numpy as np
from PIL import Image, ImageDraw

from cnn_core.errors import InputError

# Lightness falls evenly on both sides of white, so the sign is in the hue and the size in the lightness.
DIVERGING = ("#053061", "#0072B2", "#6BAED6", "#C6DFEF", "#F7F7F7", "#FBD9C3", "#F4A26A", "#D55E00", "#7A2E00")
ACCENT = "#E69F00"
# Okabe and Ito's colours for classes, which colour-blind people tell apart.
OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of "#RRGGBB".

    Example:
        >>> rgb("#E69F00")
        (230, 159, 0)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def diverging_table(entries: int = 255) -> np.ndarray:
    """The diverging scale as (entries, 3) uint8; the middle entry is the colour of zero.

    Example:
        >>> diverging_table()[127].tolist()
        [247, 247, 247]
    """
    stops = np.array([rgb(colour) for colour in DIVERGING], np.float32)
    places = np.linspace(0, len(stops) - 1, entries)
    return np.stack([np.interp(places, range(len(stops)), stops[:, c]) for c in range(3)], axis=1).round().astype("u1")


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Clip (H, W, 1 or 3) float to [0, 1] and round to (H, W, 3) uint8; uint8 input is only expanded to three channels.

    Example:
        >>> to_uint8(np.array([[[-1.0], [0.5]]]))[0, :, 0].tolist()
        [0, 128]
    """
    if image.ndim == 2:
        image = image[..., None]
    if image.dtype != np.uint8:
        image = np.rint(np.clip(np.nan_to_num(image), 0, 1) * 255).astype(np.uint8)
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image


def signed_limit(values: np.ndarray) -> float:
    """The largest magnitude in `values`: the end of a scale centred at zero; 1 where all values are zero.

    Example:
        >>> signed_limit(np.array([-3.0, 2.0]))
        3.0
    """
    limit = float(max(-values.min(), values.max(), 0)) if values.size else 0.0
    return limit if limit > 0 else 1.0


def signed_heat(values: np.ndarray, *, limit: float) -> np.ndarray:
    """Colour (H, W) or (H, W, 1) signed values: -limit is blue, 0 white, +limit vermilion; (H, W, 3) uint8.

    Raises:
        InputError: `limit` is not positive.

    Example:
        >>> signed_heat(np.zeros((1, 1)), limit=1.0).tolist()
        [[[247, 247, 247]]]
    """
    if not limit > 0:
        raise InputError("The scale has no extent", "Choose a limit above 0", limit=limit)
    table = diverging_table()
    middle = len(table) // 2
    plane = values[..., 0] if values.ndim == 3 else values
    index = np.rint(np.clip(plane / limit, -1, 1) * middle).astype(np.int16) + middle
    return table[index]


def rescaled(values: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Map the smallest value to 0 and the largest to 1; gives (float32 values, smallest, largest).

    Example:
        >>> rescaled(np.array([2.0, 4.0]))
        (array([0., 1.], dtype=float32), 2.0, 4.0)
    """
    low, high = float(values.min()), float(values.max())
    span = high - low if high > low else 1.0
    return ((values - low) / span).astype(np.float32), low, high


def enlarge(picture: np.ndarray, *, side: int) -> np.ndarray:
    """Repeat pixels by a whole factor so that the longer side comes close to `side` pixels, and never beyond.

    Example:
        >>> enlarge(np.zeros((4, 2, 3), np.uint8), side=11).shape
        (8, 4, 3)
    """
    factor = max(side // max(picture.shape[:2]), 1)
    return picture if factor == 1 else picture.repeat(factor, axis=0).repeat(factor, axis=1)


def shrink(picture: np.ndarray, *, side: int) -> np.ndarray:
    """Average a picture down so that its longer side is at most `side` pixels.

    Example:
        >>> shrink(np.zeros((400, 200, 3), np.uint8), side=100).shape
        (100, 50, 3)
    """
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return picture
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def thicken(picture: np.ndarray, *, aspect: int = 4) -> np.ndarray:
    """Repeat the rows or columns of a very thin picture until its sides differ by no more than about `aspect` times.

    Example:
        >>> thicken(np.zeros((1, 40, 3), np.uint8)).shape
        (10, 40, 3)
    """
    height, width = picture.shape[:2]
    rows, columns = max(width // (aspect * height), 1), max(height // (aspect * width), 1)
    return picture if rows == columns == 1 else picture.repeat(rows, axis=0).repeat(columns, axis=1)


def outline(
    picture: np.ndarray, box: tuple[float, float, float, float], *, colour: str = ACCENT, width: int = 3
) -> np.ndarray:
    """A copy of the picture with a box drawn on it, edged in black so that it shows on any photo.

    Args:
        picture: (H, W, 3) uint8.
        box: x_min, y_min, x_max, y_max in pixels; parts outside the picture are cut off.

    Example:
        >>> outline(np.zeros((9, 9, 3), np.uint8), (2, 2, 7, 7), width=1)[2, 4].tolist()
        [230, 159, 0]
    """
    image = Image.fromarray(picture).copy()
    draw = ImageDraw.Draw(image)
    x_min, y_min, x_max, y_max = box
    right, bottom = max(x_max - 1, x_min), max(y_max - 1, y_min)
    if width > 1:
        draw.rectangle((x_min - 1, y_min - 1, right + 1, bottom + 1), outline="#000000", width=width + 2)
    draw.rectangle((x_min, y_min, right, bottom), outline=colour, width=width)
    return np.asarray(image)


def encode(picture: np.ndarray, *, lossless: bool = True) -> bytes:
    """WebP bytes of a (H, W, 3) uint8 picture; lossless keeps every value, lossy (quality 90) is for plain photos.

    Example:
        >>> encode(np.zeros((2, 2, 3), np.uint8))[8:12]
        b'WEBP'
    """
    buffer = io.BytesIO()
    # Method 0: 1.3 x the time of JPEG at no loss; the higher methods take ten times as long for a few per cent.
    Image.fromarray(picture).save(buffer, "WEBP", lossless=lossless, quality=0 if lossless else 90, method=0)
    return buffer.getvalue()


def jpeg(picture: np.ndarray, *, quality: int = 90) -> bytes:
    """JPEG bytes of a (H, W, 3) uint8 photo: larger than lossy WebP, in an eighth of its time.

    Example:
        >>> jpeg(np.zeros((2, 2, 3), np.uint8))[:2]
        b'\xff\xd8'
    """
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()


def png(picture: np.ndarray) -> bytes:
    """PNG bytes of a picture, for downloads.

    Example:
        >>> png(np.zeros((2, 2, 3), np.uint8))[:4]
        b'\\x89PNG'
    """
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def npy(values: np.ndarray) -> bytes:
    """The bytes of a `.npy` file, readable with `numpy.load`.

    Example:
        >>> np.load(io.BytesIO(npy(np.arange(3)))).tolist()
        [0, 1, 2]
    """
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()


def data_uri(picture: np.ndarray, *, lossless: bool = True) -> str:
    """A picture as `data:image/webp;base64,...`, for components that draw it themselves.

    Example:
        >>> data_uri(np.zeros((2, 2, 3), np.uint8))[:23]
        'data:image/webp;base64,'
    """
    return "data:image/webp;base64," + base64.b64encode(encode(picture, lossless=lossless)).decode("ascii")


def significant(value: float, digits: int = 3) -> str:
    """A number for a label: `digits` significant digits, no exponent between 0.001 and a million.

    Example:
        >>> significant(0.33333), significant(-1250.0), significant(0.0)
        ('0.333', '-1,250', '0')
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    exponent = math.floor(math.log10(abs(value)))
    if not -4 <= exponent < 6:
        return f"{value:.{digits - 1}e}"
    text = f"{value:,.{max(digits - 1 - exponent, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
