r"""The overlap of two boxes as formulas with their numbers filled in (LaTeX)."""

from cnn_core.box_overlap import Overlap
from cnn_core.drawing import significant


def iou_steps(pair: Overlap) -> str:
    """Intersection, union and IoU.

    Example:
        >>> from cnn_core.box_overlap import overlap
        >>> print(iou_steps(overlap((0, 0, 2, 2), (1, 0, 3, 2))))
        \\begin{aligned}|A \\cap B| &= 1 \\cdot 2 = \\mathbf{2} \\\\
        |A \\cup B| &= 4 + 4 - 2 \\\\
        &= \\mathbf{6} \\\\
        \\text{IoU} &= \\tfrac{2}{6} = \\mathbf{0.333}\\end{aligned}
    """
    if pair.shared is None:
        shared = r"|A \cap B| &= \mathbf{0} \quad \text{(they do not touch)}"
    else:
        left, top, right, bottom = pair.shared
        sides = rf"{_number(right - left)} \cdot {_number(bottom - top)}"
        shared = rf"|A \cap B| &= {sides} = \mathbf{{{_number(pair.intersection)}}}"
    first, second, both = (_number(value) for value in (*pair.areas, pair.intersection))
    union = _number(pair.union)
    return _aligned(
        shared,
        rf"|A \cup B| &= {first} + {second} - {both}",
        rf"&= \mathbf{{{union}}}",
        rf"\text{{IoU}} &= {_part(pair.intersection, pair.union)} = {_bold(pair.values['iou'])}",
    )


def giou_steps(pair: Overlap) -> str:
    """The hull C and GIoU."""
    left, top, right, bottom = pair.hull
    hull, union = _number(pair.hull_area), _number(pair.union)
    return _aligned(
        rf"|C| &= {_number(right - left)} \cdot {_number(bottom - top)} = \mathbf{{{hull}}}",
        rf"\text{{GIoU}} &= {_value(pair.values['iou'])} - \tfrac{{{hull} - {union}}}{{{hull}}} = "
        rf"{_bold(pair.values['giou'])}",
    )


def diou_steps(pair: Overlap) -> str:
    """Distance of the centres, diagonal of the hull, and DIoU."""
    return _aligned(
        rf"\rho &= {_number(pair.distance**0.5)} \quad c = {_number(pair.diagonal**0.5)}",
        rf"\text{{DIoU}} &= {_value(pair.values['iou'])} - \tfrac{{{_number(pair.distance**0.5)}^2}}"
        rf"{{{_number(pair.diagonal**0.5)}^2}} = {_bold(pair.values['diou'])}",
    )


def ciou_steps(pair: Overlap) -> str:
    """Difference of the aspects, its weight, and CIoU."""
    return _aligned(
        rf"v &= {_value(pair.aspect)} \quad \alpha = {_value(pair.weight)}",
        rf"\text{{CIoU}} &= {_value(pair.values['diou'])} - {_value(pair.weight)} \cdot {_value(pair.aspect)} = "
        rf"{_bold(pair.values['ciou'])}",
    )


def _aligned(*lines: str) -> str:
    return r"\begin{aligned}" + " \\\\\n".join(lines) + r"\end{aligned}"


def _number(value: float) -> str:
    """Pixels and square pixels: LaTeX would set a space behind a comma."""
    return significant(round(value, 1), 7).replace(",", r"\,")


def _value(value: float) -> str:
    return f"{value:.3f}"


def _bold(value: float) -> str:
    return rf"\mathbf{{{value:.3f}}}"


def _part(part: float, whole: float) -> str:
    return rf"\tfrac{{{_number(part)}}}{{{_number(whole)}}}"
