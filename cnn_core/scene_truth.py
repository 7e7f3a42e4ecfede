"""What is in a procedural scene, as a picture and as rows: boxes, masks and names, exactly as the scene was drawn."""

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.drawing import OKABE_ITO, rgb
from cnn_core.scenes import CLASSES, Scene

_TINT = 0.45
_FONT = (cv2.FONT_HERSHEY_SIMPLEX, 0.45)


def truth_picture(scene: Scene, *, side: int = 384) -> npt.NDArray[np.uint8]:
    """The scene with each shape tinted, boxed and named in its class' colour, its longer side `side` pixels.

    Returns:
        (H, W, 3) uint8.

    Example:
        >>> from cnn_core.scenes import scene
        >>> truth_picture(scene(7, size=(96, 128)), side=256).shape
        (192, 256, 3)
    """
    colours = np.array([rgb(OKABE_ITO[label % len(OKABE_ITO)]) for label in range(len(CLASSES))], np.float32)
    tinted = scene.pixels.astype(np.float32)
    inside = scene.label_map > 0
    tinted[inside] = (1 - _TINT) * tinted[inside] + _TINT * colours[scene.label_map[inside] - 1]
    rows, columns = scene.pixels.shape[:2]
    scale = side / max(rows, columns)
    size = (round(columns * scale), round(rows * scale))
    canvas = cv2.resize(np.rint(tinted).astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
    for box, label in zip(scene.boxes * scale, scene.labels, strict=True):
        # OpenCV's corners are pixels, a box's are the edges between them.
        left, top, right, bottom = (int(value) for value in np.rint(box) - (0, 0, 1, 1))
        colour = [int(value) for value in colours[label]]
        cv2.rectangle(canvas, (left, top), (right, bottom), colour, 2)
        (wide, high), below = cv2.getTextSize(CLASSES[label], *_FONT, 1)
        corner = (left - 1, max(top, high + below + 4))
        cv2.rectangle(canvas, (corner[0], corner[1] - high - below - 4), (corner[0] + wide + 6, corner[1]), colour, -1)
        # Black or white, whichever reads better on the colour (ITU-R BT.601).
        ink = (0, 0, 0) if np.dot(colour, (0.299, 0.587, 0.114)) > 110 else (255, 255, 255)
        cv2.putText(canvas, CLASSES[label], (corner[0] + 3, corner[1] - below), *_FONT, ink, 1, cv2.LINE_AA)
    return np.asarray(canvas, np.uint8)


def truth_rows(scene: Scene) -> list[dict[str, str]]:
    """A row for each shape: its name, its box in pixels, its visible pixels, and how much of it can be seen.

    Example:
        >>> from cnn_core.scenes import scene
        >>> truth_rows(scene(7, size=(96, 96), shapes=(1, 1)))[0]["Shape"]
        'star'
    """
    areas = np.bincount(scene.instances.ravel(), minlength=len(scene.labels) + 1)[1:]
    return [
        {
            "Shape": CLASSES[label],
            "Box (x, y, x, y)": ", ".join(f"{side:.0f}" for side in box),
            "Pixels": f"{area:,}",
            "Visible": f"{seen:.0%}",
        }
        for label, box, area, seen in zip(scene.labels, scene.boxes, areas, scene.visible, strict=True)
    ]
