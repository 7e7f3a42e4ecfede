"""Text that `predict.py` and `train.py` share. They are read by people who have none of this project's code.

What stands here does with Pillow and OpenCV exactly what `folders.pictures` does with a file.
"""

import re
from collections.abc import Sequence

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


def setting_lines(*, classes: Sequence[str], size: tuple[int, int], batch: int, seed: int, precision: str) -> list[str]:
    """The lines that name what a training script goes by.

    Example:
        >>> setting_lines(classes=["a"], size=(8, 8), batch=4, seed=0, precision="auto")[:2]
        ["CLASSES = ['a']", 'SIZE = (8, 8)  # rows, columns']
    """
    lines = [
        f"CLASSES = {list(classes)!r}",
        f"SIZE = {size!r}  # rows, columns",
        f"BATCH = {batch}",
        f"SEED = {seed}",
        "",
        "keras.utils.set_random_seed(SEED)",
    ]
    if precision == "mixed":
        lines.append('keras.mixed_precision.set_global_policy("mixed_float16")')
    return lines


def in_text(words: str) -> str:
    """Words of a visitor, such as the name of a run, made harmless inside a docstring or a comment.

    Example:
        >>> in_text('cats \\\\ "dogs"\\n')
        "cats / 'dogs'"
    """
    return re.sub(r"\s+", " ", words.replace("\\", "/").replace('"', "'")).strip()[:200]
