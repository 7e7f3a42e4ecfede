"""Text that `predict.py` and `train.py` share. They are read by people who have none of this project's code.

What stands here does with Pillow and OpenCV exactly what `folders.pictures` does with a file.
"""

import re

IMPORTS = """\
import cv2
import keras
import numpy as np
{more}from PIL import Image, ImageOps
"""

READ = '''\
def read(path):
    """The picture as the network wants it: upright, on white, stretched to SIZE; 0 to 255, RGB."""
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    pixels = np.asarray(Image.alpha_composite(white, picture).convert("RGB"))
    rows, columns = min(SIZE[0], len(pixels)), min(SIZE[1], len(pixels[0]))
    pixels = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA)
    return cv2.resize(pixels, (SIZE[1], SIZE[0]), interpolation=cv2.INTER_LINEAR).astype("float32")
'''

SAVING = """\
if len(test):
    print("test", model.evaluate(test, verbose=0, return_dict=True))
model.save(HERE / "model.keras")
(HERE / "labels.txt").write_text("".join(f"{name}\\n" for name in CLASSES), encoding="utf-8")
"""

PACKAGES = "keras tensorflow numpy pillow opencv-python-headless"


def in_text(words: str) -> str:
    """Words of a visitor, such as the name of a run, made harmless inside a docstring or a comment.

    Example:
        >>> in_text('cats \\\\ "dogs"\\n')
        "cats / 'dogs'"
    """
    return re.sub(r"\s+", " ", words.replace("\\", "/").replace('"', "'")).strip()[:200]
