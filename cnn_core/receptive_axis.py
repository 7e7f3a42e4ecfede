"""Receptive fields along one axis through any chain: strides, gaps, borders, upsampling and branches.

Upsampling gives neighbouring cells different fields, in a pattern that repeats; so a field is kept for each cell of one
repetition. All numbers stay whole pixels. As in the literature the picture has no edges: cells in the padding have
fields too, outside the picture.

Source: Araujo, Norris and Sim 2019, https://distill.pub/2019/computing-receptive-fields.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# The first and last pixel of a cell that sees nothing, as between the stamps of a sparse transposed convolution.
NOTHING = (1 << 60, -(1 << 60))

# Above this the pattern is cut to the cells there are; only resizing by odd ratios, twice, gets near it.
LONGEST_PATTERN = 4096


@dataclass(frozen=True)
class AxisField:
    """The pixels each cell sees: cell q x len(first) + r sees first[r] + q x shift to last[r] + q x shift.

    Attributes:
        cells: cells along the axis.
        shift: pixels from one repetition of the pattern to the next.
        first: first pixel seen by each cell of the pattern; negative where it lies in the padding.
        last: last pixel seen by each cell of the pattern.
    """

    cells: int
    shift: int
    first: tuple[int, ...]
    last: tuple[int, ...]

    @property
    def size(self) -> int:
        """Pixels that a cell sees; the largest where cells differ."""
        return max(0, *(last - first + 1 for first, last in zip(self.first, self.last, strict=True)))

    @property
    def stride(self) -> float:
        """Input pixels from cell to cell, on average."""
        return self.shift / len(self.first)

    def of(self, cell: int) -> tuple[int, int]:
        """First and last pixel that the cell sees; may reach beyond the picture.

        Example:
            >>> gather(pixels(10), [[-1, 0, 1]], step=2, cells=5).of(3)
            (5, 7)
        """
        turn, phase = divmod(cell, len(self.first))
        return self.first[phase] + turn * self.shift, self.last[phase] + turn * self.shift


def pixels(size: int) -> AxisField:
    """The field before any layer: each pixel sees itself."""
    return AxisField(size, 1, (0,), (0,))


def gather(field: AxisField, taps: Sequence[Sequence[int]], *, step: int, cells: int) -> AxisField:
    """The field after a layer whose output cell q x len(taps) + r reads input cells q x step + taps[r].

    Args:
        field: the field of the layer's input.
        taps: the cells that each of the first outputs reads, in rising order; the pattern repeats.
        step: input cells from one repetition to the next.
        cells: output cells.

    Example:
        >>> up = gather(pixels(8), [[0], [0]], step=1, cells=16)
        >>> after = gather(up, [[-1, 0, 1]], step=1, cells=16)
        >>> after.size, after.stride, after.of(0), after.of(1)
        (2, 0.5, (-1, 0), (0, 1))
    """
    period, phases = len(field.first), len(taps)
    turns = period // math.gcd(period, step)
    length = turns * phases if turns * phases <= LONGEST_PATTERN else cells
    first, last = [], []
    for index in range(length):
        turn, phase = divmod(index, phases)
        seen = [field.of(turn * step + tap) for tap in taps[phase]]
        first.append(min((low for low, _ in seen), default=NOTHING[0]))
        last.append(max((high for _, high in seen), default=NOTHING[1]))
    shift = field.shift * step * turns // period
    if length != turns * phases:
        shift = round(shift * length / (turns * phases))
    return AxisField(cells, shift, tuple(first), tuple(last))


def window(field: AxisField, kernel: int, *, stride: int, before: int, dilation: int, cells: int) -> AxisField:
    """The field after a convolution or pooling with `before` cells of padding in front.

    Example:
        >>> window(pixels(224), 7, stride=2, before=2, dilation=1, cells=112).of(0)
        (-2, 4)
    """
    # However long the kernel, the taps at its ends reach furthest: one repetition of the pattern each, and where that
    # is long (odd resizing) the outermost two.
    ends = len(field.first) if len(field.first) <= 64 else 1
    places = range(kernel) if kernel <= 2 * ends else [*range(ends), *range(kernel - ends, kernel)]
    return gather(field, [[place * dilation - before for place in places]], step=stride, cells=cells)


def stamped(field: AxisField, kernel: int, *, stride: int, before: int, dilation: int, cells: int) -> AxisField:
    """The field after a transposed convolution that cuts `before` cells off the front of its output.

    Example:
        >>> stamped(pixels(4), 2, stride=2, before=0, dilation=1, cells=8).size
        1
    """
    taps = []
    for phase in range(stride):
        places = range((phase + before) % stride, kernel, stride) if dilation == 1 else range(kernel)
        reach = [phase + before - place * dilation for place in places]
        taps.append(sorted(offset // stride for offset in reach if offset % stride == 0))
    return gather(field, taps, step=1, cells=cells)


def resized(field: AxisField, cells: int, *, interpolation: str) -> AxisField:
    """The field after stretching to `cells` cells: "nearest", "bilinear" (two neighbours) or any other (four).

    Cells are centred as Keras centres them: output cell j lies at (j + 0.5) x input / output - 0.5.
    """
    common = math.gcd(field.cells, cells)
    step, phases = field.cells // common, cells // common
    taps = []
    for phase in range(phases):
        above = (2 * phase + 1) * step - phases  # 2 x phases x the centre, in input cells
        low, rest = divmod(above, 2 * phases)
        if interpolation == "nearest":
            taps.append([(2 * phase + 1) * step // (2 * phases)])
        elif rest == 0:
            taps.append([low])
        elif interpolation == "bilinear":
            taps.append([low, low + 1])
        else:
            taps.append([low - 1, low, low + 1, low + 2])
    return gather(field, taps, step=step, cells=cells)


def union(a: AxisField, b: AxisField) -> AxisField:
    """What a cell sees where two branches meet: from the smallest first pixel to the largest last one.

    Example:
        >>> wide = window(pixels(8), 5, stride=1, before=2, dilation=1, cells=8)
        >>> union(pixels(8), wide).size
        5
    """
    length = math.lcm(len(a.first), len(b.first))
    if a.shift * len(b.first) == b.shift * len(a.first) and length <= LONGEST_PATTERN:
        shift = a.shift * (length // len(a.first))
    else:
        # Branches that drift apart, as after resizing to an odd size: every cell on its own.
        length, shift = a.cells, round(max(a.stride, b.stride) * a.cells)
    pairs = [(a.of(cell), b.of(cell)) for cell in range(length)]
    return AxisField(a.cells, shift, tuple(min(x[0], y[0]) for x, y in pairs), tuple(max(x[1], y[1]) for x, y in pairs))
