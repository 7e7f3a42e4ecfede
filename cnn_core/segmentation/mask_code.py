"""The code that draws the masks that a page shows."""

from cnn_core.detection.box_code import imports_first
from cnn_core.segmentation.overlay import Look
from cnn_core.segmentation.segmenter import Segmenter

_START = """\
from cnn_core.images import load_image

image = load_image("{file}")
"""
_END = """\
from PIL import Image
from cnn_core.drawing import to_uint8
from cnn_core.masks import decided
{imports}

labels = decided(masks, {least:g})
pixels = to_uint8(image)
{drawing}
Image.fromarray(drawn).save("masks.png")
for label, name in enumerate(masks.names):
    print(f"{{name:16}} {{(labels == label).mean():.1%}}")
"""


def masks_code(segmenter: Segmenter, look: Look, *, least: float, file: str = "picture.png") -> str:
    """A script that reads a picture, asks the segmenter, and draws the masks.

    Args:
        segmenter: who is asked.
        look: how masks are drawn.
        least: least confidence.
        file: the picture's file.

    Example:
        >>> segmenter = Segmenter("a", "A", ("cat",), "", "masks = look(image)", (8, 8), lambda image: None)
        >>> code = masks_code(segmenter, Look(view="cutout"), least=0.5)
        >>> [line for line in code.splitlines() if line.startswith(("labels", "drawn"))]
        ['labels = decided(masks, 0.5)', 'drawn = cut_out(pixels, labels, hidden=[])']
    """
    if look.view == "cutout":
        imports = "from cnn_core.segmentation.overlay import cut_out"
        drawing = f"drawn = cut_out(pixels, labels, hidden={sorted(look.hidden)})"
    else:
        imports = "from cnn_core.segmentation.overlay import Look, overlay"
        drawing = (
            f"look = Look(view={look.view!r}, opacity={look.opacity:g}, dim={look.dim}, outline={look.outline}, "
            f"hidden=frozenset({sorted(look.hidden)}))\n"
            "drawn = overlay(pixels, labels, colours=masks.colours, look=look)"
        )
    return imports_first(
        _START.format(file=file), segmenter.code, _END.format(imports=imports, drawing=drawing, least=least)
    )
