"""Does the output move with the input? Equivariance to translation, measured cell by cell.

With T a shift and F a layer, F is equivariant where F(T x) = T F(x). A convolution is, except where its window reaches
the padding, and, with a stride, only for shifts by whole multiples of it (Goodfellow et al., Deep Learning, 9.2).
"""

from dataclasses import dataclass

import numpy as np

from cnn_core.arrays import as_image
from cnn_core.convolution import convolve
from cnn_core.errors import InputError
from cnn_core.geometry import as_pair


@dataclass(frozen=True)
class Translation:
    """The two ways around the square: shift then convolve, convolve then shift.

    Attributes:
        shifted_input: T x, (H, W, C); pixels that come in are 0.
        output: F(x).
        output_of_shifted: F(T x).
        shifted_output: T F(x), moved by the nearest whole number of output cells; cells that come in are 0.
        inside: (H_out, W_out) bool; True where both ways saw picture alone, neither padding nor pixels that came in.
        steps: output cells moved, (rows, columns).
        exact: whether the shift is a whole number of output cells.
    """

    shifted_input: np.ndarray
    output: np.ndarray
    output_of_shifted: np.ndarray
    shifted_output: np.ndarray
    inside: np.ndarray
    steps: tuple[int, int]
    exact: bool

    @property
    def difference(self) -> np.ndarray:
        """F(T x) - T F(x), (H_out, W_out, C)."""
        return self.output_of_shifted - self.shifted_output

    @property
    def largest_inside(self) -> float:
        """Largest magnitude of the difference away from the border; 0 where nothing is left there."""
        part = self.difference[self.inside]
        return float(np.abs(part).max()) if part.size else 0.0

    @property
    def largest(self) -> float:
        """Largest magnitude of the difference anywhere."""
        return float(np.abs(self.difference).max())


def translate(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Move (H, W, C) values down by `rows` and right by `columns`, zeros coming in; same shape.

    Example:
        >>> translate(np.array([[[1.0], [2.0], [3.0]]]), 0, 1)[0, :, 0].tolist()
        [0.0, 1.0, 2.0]
    """
    height, width = values.shape[:2]
    moved = np.zeros_like(values)
    if abs(rows) < height and abs(columns) < width:
        moved[max(rows, 0) : height + min(rows, 0), max(columns, 0) : width + min(columns, 0)] = values[
            max(-rows, 0) : height + min(-rows, 0), max(-columns, 0) : width + min(-columns, 0)
        ]
    return moved


def translation_test(
    image: np.ndarray,
    kernel: np.ndarray,
    *,
    shift: tuple[int, int],
    stride: int = 1,
    padding: str = "same",
    dilation: int = 1,
    flip: bool = False,
) -> Translation:
    """Shift a picture by (rows, columns) pixels and compare the output with the shifted output.

    Raises:
        InputError: a shift as large as the picture, or what `convolve` refuses.

    Example:
        >>> test = translation_test(np.eye(16), np.ones((3, 3)), shift=(2, 0), stride=2, padding="valid")
        >>> test.exact, test.largest_inside
        (True, 0.0)
    """
    image = as_image(image)
    if any(abs(s) >= n for s, n in zip(shift, image.shape, strict=False)):
        raise InputError("The shift moves everything out of the picture", "Choose a smaller shift", shift=shift)
    step, _ = as_pair(stride, "stride")
    options = {"stride": stride, "padding": padding, "dilation": dilation, "flip": flip}
    steps = (round(shift[0] / step), round(shift[1] / step))
    shifted = translate(image, *shift)
    output = convolve(image, kernel, **options)  # type: ignore[arg-type]
    # A kernel of ones counts the picture pixels under each window, which tells padding from picture.
    ones = np.ones((*image.shape[:2], 1), np.float32)
    counting = np.ones(np.shape(kernel), np.float32)
    zero_padded = options | {"padding": "same" if padding == "reflect" else padding}
    seen = convolve(ones, counting, **zero_padded)[..., 0]  # type: ignore[arg-type]
    seen_shifted = convolve(translate(ones, *shift), counting, **zero_padded)[..., 0]  # type: ignore[arg-type]
    full = np.float32(counting.size) - 0.5
    return Translation(
        shifted_input=shifted,
        output=output,
        output_of_shifted=convolve(shifted, kernel, **options),  # type: ignore[arg-type]
        shifted_output=translate(output, *steps),
        inside=(translate(seen[..., None], *steps)[..., 0] > full) & (seen_shifted > full),
        steps=steps,
        exact=shift[0] % step == 0 and shift[1] % step == 0,
    )
