"""How large a picture is, from its header alone."""

from pathlib import Path

from PIL import Image

from cnn_core.decoding import MAX_PIXELS
from cnn_core.errors import InputError
from cnn_core.file_kinds import FORMATS
from cnn_core.folders.names import shown

_SIDEWAYS = {5, 6, 7, 8}
_ORIENTATION = 0x0112


def picture_size(path: Path) -> tuple[int, int]:
    """(height, width) of a picture file, upright, from its header alone.

    Raises:
        InputError: it cannot be opened as a picture.
    """
    try:
        with Image.open(path, formats=FORMATS) as picture:
            width, height = picture.size
            turned = picture.getexif().get(_ORIENTATION) in _SIDEWAYS
    # A damaged header can raise nearly anything; all of it means the same.
    except Exception as error:
        raise InputError(f"{shown(path.name)} cannot be opened as a picture", "Save it as JPEG or PNG") from error
    if not 0 < width * height <= MAX_PIXELS:
        raise InputError(f"{shown(path.name)} has too many pixels", "Make it smaller", width=width, height=height)
    return (width, height) if turned else (height, width)
