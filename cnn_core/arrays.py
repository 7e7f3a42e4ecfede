"""Arrays that the layers can rely on: checked once, at the door, with messages that say what to change."""

from typing import Any

import numpy as np

from cnn_core.errors import InputError


def as_image(image: Any) -> np.ndarray:
    """A picture as a contiguous (H, W, C) float32 array; (H, W) gets one channel.

    Raises:
        InputError: no rows, columns or channels, or another number of axes.

    Example:
        >>> as_image([[1, 2], [3, 4]]).shape
        (2, 2, 1)
    """
    image = np.ascontiguousarray(image, np.float32)
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.size == 0:
        raise InputError(
            "The picture is not an array of rows, columns and channels",
            "Give it the shape (H, W, C)",
            shape=image.shape,
        )
    return image


def as_rgb(image: Any) -> np.ndarray:
    """A picture with three channels: grey is repeated.

    Args:
        image: (H, W, 3), or (H, W) or (H, W, 1).

    Returns:
        (H, W, 3) float32.

    Raises:
        InputError: no picture, or another number of channels.

    Example:
        >>> as_rgb([[0.5, 1.0]]).shape
        (1, 2, 3)
    """
    picture = as_image(image)
    if picture.shape[2] == 1:
        picture = np.repeat(picture, 3, axis=2)
    if picture.shape[2] != 3:
        raise InputError("The picture does not have red, green and blue", "Give it three channels", shape=picture.shape)
    return picture


def as_kernel(kernel: Any) -> np.ndarray:
    """A kernel as a contiguous (k_h, k_w) float32 array of finite numbers.

    Raises:
        InputError: empty, not 2-D, or with NaN or infinite cells.

    Example:
        >>> as_kernel([[1, 0], [0, -1]]).dtype
        dtype('float32')
    """
    kernel = np.ascontiguousarray(kernel, np.float32)
    if kernel.ndim != 2 or kernel.size == 0:
        raise InputError("The kernel is not a grid of numbers", "Give it rows and columns", shape=kernel.shape)
    if not np.isfinite(kernel).all():
        raise InputError("The kernel holds a value that is not a number", "Replace NaN and infinite cells")
    return kernel


def as_kernel4d(kernel: Any, order: str) -> np.ndarray:
    """A layer's kernel as a float32 array of four axes; `order` names them in the message.

    Raises:
        InputError: empty, or another number of axes.

    Example:
        >>> as_kernel4d(np.ones((3, 3, 1, 8)), "(k_h, k_w, C_in, C_out)").shape
        (3, 3, 1, 8)
    """
    kernel = np.ascontiguousarray(kernel, np.float32)
    if kernel.ndim != 4 or kernel.size == 0:
        raise InputError("The kernel needs four axes", f"Give it the shape {order}", shape=kernel.shape)
    return kernel


def check_channels(image: np.ndarray, expected: int) -> None:
    """Refuse a picture whose channels are not those that the kernel is made for.

    Raises:
        InputError: another number of channels.

    Example:
        >>> check_channels(np.ones((2, 2, 3)), 3)
    """
    if image.shape[2] != expected:
        raise InputError(
            f"The kernel is made for {expected} channels and the picture has {image.shape[2]}",
            "Give both the same number of input channels",
            channels=image.shape[2],
        )


def with_bias(values: np.ndarray, bias: Any) -> np.ndarray:
    """Add one bias per channel to (H, W, C) values; None adds nothing.

    Raises:
        InputError: not one bias per channel.

    Example:
        >>> with_bias(np.zeros((1, 1, 2)), [1.0, 2.0])[0, 0].tolist()
        [1.0, 2.0]
    """
    if bias is None:
        return values
    bias = np.asarray(bias, np.float32)
    if bias.shape != values.shape[2:]:
        raise InputError("The bias needs one value per output channel", f"Give {values.shape[2]}", shape=bias.shape)
    return values + bias
