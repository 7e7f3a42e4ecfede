"""Settings of the layers of a network of one's own: their bounds, and the check of what a form or a link gives."""

import math
from dataclasses import dataclass
from typing import Any

from cnn_core.errors import InputError

MAX_LAYERS = 100
MAX_SIDE = 4096
MAX_CHANNELS = 4096
MAX_FILTERS = 4096
MAX_UNITS = 65536
MAX_KERNEL = 31
MAX_VALUES = 2**31


@dataclass(frozen=True)
class LayerOption:
    """One setting of a layer.

    Attributes:
        name: the key in `LayerSpec.options`.
        title: what the form calls it.
        default: its value where nothing is said; its type is the option's type (bool, int, float or str).
        choices: the values allowed, or None for a number or a switch.
        minimum: smallest number allowed.
        maximum: largest number allowed.
    """

    name: str
    title: str
    default: bool | int | float | str
    choices: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None


def check_option(option: LayerOption, value: Any) -> bool | int | float | str:
    """The value as the option's type.

    Raises:
        InputError: another type, not among the choices, or out of bounds.

    Example:
        >>> check_option(LayerOption("rate", "Rate", 0.5, None, 0.0, 1.0), 0)
        0.0
    """
    default = option.default
    if option.choices is not None:
        if isinstance(value, str) and value in option.choices:
            return value
        raise InputError(
            f"{option.title} has no such choice",
            f"Choose one of {', '.join(option.choices)}",
            **{option.name: shortened(value)},
        )
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise InputError(f"{option.title} is on or off", "Choose true or false", **{option.name: shortened(value)})
    number = _number(value, whole=isinstance(default, int))
    minimum, maximum = option.minimum, option.maximum
    if number is None or (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
        what = "a whole number" if isinstance(default, int) else "a number"
        raise InputError(
            f"{option.title} must be {what} from {minimum:g} to {maximum:g}",
            f"Choose {what} in that range",
            **{option.name: shortened(value)},
        )
    return number


def check_input_shape(input_shape: Any) -> tuple[int, int, int]:
    """(rows, columns, channels) as ints.

    Raises:
        InputError: not three whole numbers, or one out of bounds.

    Example:
        >>> check_input_shape([32, 32, 3])
        (32, 32, 3)
    """
    values = tuple(input_shape) if isinstance(input_shape, tuple | list) else ()
    numbers = [_number(value, whole=True) for value in values]
    bounds = (MAX_SIDE, MAX_SIDE, MAX_CHANNELS)
    if len(numbers) != 3 or any(n is None or not 1 <= n <= most for n, most in zip(numbers, bounds, strict=True)):
        raise InputError(
            "The input is not rows, columns and channels of a picture",
            f"Choose 1 to {MAX_SIDE} rows and columns, and 1 to {MAX_CHANNELS} channels",
            input_shape=shortened(input_shape),
        )
    rows, columns, channels = (int(n) for n in numbers if n is not None)
    if rows * columns * channels > MAX_VALUES:
        raise InputError(
            f"The input has more than {MAX_VALUES:,} values",
            "Choose fewer rows, columns or channels",
            input_shape=(rows, columns, channels),
        )
    return rows, columns, channels


def _number(value: Any, *, whole: bool) -> int | float | None:
    """The value as int or float; None where it is none."""
    if isinstance(value, bool):
        return None
    if hasattr(value, "__index__"):
        return int(value) if whole else float(min(max(int(value), -(2**53)), 2**53))
    # A form may give 3.0 where 3 is meant.
    if isinstance(value, float) and math.isfinite(value) and (not whole or value.is_integer()):
        return int(value) if whole else value
    return None


def shortened(value: Any) -> Any:
    """What was received, cut where a link could hold a megabyte of it."""
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 10**18):
        return value
    try:
        text = value if isinstance(value, str) else repr(value)
    except (ValueError, RecursionError):  # an int of more digits than Python prints, lists in lists in lists
        return "something very long"
    return text if len(text) <= 40 else text[:39] + "…"
