"""Which input pixels one output cell of a chain of windows can see.

Source: Araujo, Norris and Sim 2019, https://distill.pub/2019/computing-receptive-fields.
"""

from dataclasses import dataclass

from cnn_core.geometry import dilated_size, output_length, padding_amounts


@dataclass(frozen=True)
class Field:
    """The receptive field along one axis, in input pixels.

    Attributes:
        size: pixels that one output cell sees.
        stride: input pixels between the fields of neighbouring cells.
        start: first pixel that cell 0 sees; negative where it begins in the padding.
        cells: output cells.
    """

    size: int
    stride: int
    start: int
    cells: int

    def of(self, cell: int) -> tuple[int, int]:
        """First pixel and the one behind the last that the cell sees; may reach beyond the picture.

        Example:
            >>> Field(size=5, stride=2, start=-1, cells=10).of(3)
            (5, 10)
        """
        first = self.start + cell * self.stride
        return first, first + self.size


def whole(size: int) -> Field:
    """The field before any layer: each pixel sees itself.

    Example:
        >>> whole(8)
        Field(size=1, stride=1, start=0, cells=8)
    """
    return Field(1, 1, 0, size)


def through(field: Field, kernel: int, *, stride: int = 1, padding: str = "valid", dilation: int = 1) -> Field:
    """The field after one more layer: size + (dilated kernel - 1) x stride, start - padding x stride.

    Raises:
        InputError: the window does not fit.

    Example:
        >>> through(through(whole(32), 3), 3).size
        5
    """
    before, _ = padding_amounts(field.cells, kernel, stride=stride, padding=padding, dilation=dilation)
    return Field(
        size=field.size + (dilated_size(kernel, dilation) - 1) * field.stride,
        stride=field.stride * stride,
        start=field.start - before * field.stride,
        cells=output_length(field.cells, kernel, stride=stride, padding=padding, dilation=dilation),
    )
