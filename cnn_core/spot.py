"""A small crop around one output cell, placed so that the same layer on the crop gives that cell the same value."""

from cnn_core.geometry import dilated_size, output_length, padding_amounts


def spot_crop(
    size: int, kernel: int, cell: int, *, side: int, stride: int = 1, padding: str = "valid", dilation: int = 1
) -> tuple[int, int]:
    """Along one axis: where the crop starts in the picture, and which output cell of the crop is `cell` of the picture.

    The window of that cell meets the same pixels in both where the crop has room for it; near an edge of the picture
    the crop lies at that edge.

    Args:
        size: pixels of the picture.
        kernel: taps of the kernel.
        cell: output cell of the picture.
        side: pixels of the crop, at most `size`.
        stride: of the layer; likewise `padding` and `dilation`.
        padding: see `stride`.
        dilation: see `stride`.

    Raises:
        InputError: a window that does not fit.

    Example:
        >>> spot_crop(100, 3, 50, side=8, padding="same")
        (46, 4)
    """
    settings = {"stride": stride, "padding": padding, "dilation": dilation}
    before, _ = padding_amounts(size, kernel, **settings)  # type: ignore[arg-type]
    before_crop, _ = padding_amounts(side, kernel, **settings)  # type: ignore[arg-type]
    cells = output_length(side, kernel, **settings)  # type: ignore[arg-type]
    # The crop's cell c reads from start + c * stride - before_crop; the picture's from cell * stride - before.
    offset = cell * stride - before + before_crop
    starts = {inner: offset - inner * stride for inner in range(cells)}
    possible = {inner: start for inner, start in starts.items() if 0 <= start <= size - side}
    if not possible:
        start = min(max(offset - cells // 2 * stride, 0), size - side)
        return start, min(max(round((offset - start) / stride), 0), cells - 1)
    span = dilated_size(kernel, dilation)

    def cut_off(inner: int) -> int:
        """Taps' reach beyond the crop: those should be padding in the picture too."""
        first = starts[inner] + inner * stride - before_crop
        return max(starts[inner] - first, 0) + max(first + span - starts[inner] - side, 0)

    inner = min(possible, key=lambda c: (cut_off(c), abs(c - cells // 2)))
    return possible[inner], inner
