"""Values of a `config.json`, checked one by one."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cnn_core.errors import InputError


def whole_number(values: Mapping[str, Any], name: str, low: int, high: int, default: int) -> int:
    """A whole number by its name.

    Raises:
        InputError: it is none, or out of its range.

    Example:
        >>> whole_number({"epochs": 3}, "epochs", 1, 10, 5), whole_number({}, "epochs", 1, 10, 5)
        (3, 5)
    """
    value = values.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{name} is out of its range", f"Choose a whole number from {low} to {high}", **{name: value})
    return value


def number(values: Mapping[str, Any], name: str, low: float, high: float, default: float) -> float:
    """A number by its name.

    Raises:
        InputError: it is none, or out of its range.

    Example:
        >>> number({"rate": 1}, "rate", 0.0, 1.0, 0.5)
        1.0
    """
    value = values.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(f"{name} is out of its range", f"Choose a number from {low:g} to {high:g}", **{name: value})
    return float(value)


def pair(
    values: Mapping[str, Any], name: str, low: float, high: float, default: tuple[float, float]
) -> tuple[float, float]:
    """A smallest and a largest number by their name.

    Raises:
        InputError: they are none, out of their range or not in order.

    Example:
        >>> pair({"zoom": [1, 2]}, "zoom", 0.1, 10, (0.5, 1.5))
        (1.0, 2.0)
    """
    value = values.get(name, default)
    two = isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(one, int | float) for one in value)
    if not two or not low <= value[0] <= value[1] <= high:
        raise InputError(
            f"{name} is out of its range", f"Choose a smallest and a largest from {low:g} to {high:g}", **{name: value}
        )
    return float(value[0]), float(value[1])


def one_of(values: Mapping[str, Any], name: str, allowed: Sequence[Any], default: Any) -> Any:
    """One of some values by its name.

    Raises:
        InputError: it is none of them.

    Example:
        >>> one_of({}, "optimizer", ("adam", "sgd"), "adam")
        'adam'
    """
    value = values.get(name, default)
    if value not in allowed:
        said = ", ".join(str(one) for one in allowed)
        raise InputError(f"There is no such {name}", f"Choose one of {said}", **{name: value})
    return value


def check_fields(values: Mapping[str, Any], known: Collection[str], what: str) -> None:
    """Refuse fields that do not exist.

    Raises:
        InputError: names the first.

    Example:
        >>> check_fields({"epochs": 3}, {"epochs"}, "The configuration")
    """
    for name in values:
        if name not in known:
            raise InputError(f"{what} has a field that does not exist", "Leave it out", field=name)


def input_sides(size: Any, *, low: int, high: int, step: int) -> tuple[int, int]:
    """Rows and columns of an input.

    Raises:
        InputError: no such pair, out of range, or no multiples of `step`.

    Example:
        >>> input_sides([64, 96], low=32, high=640, step=32)
        (64, 96)
    """
    two = isinstance(size, list | tuple) and len(size) == 2 and all(isinstance(side, int) for side in size)
    if not two or not all(low <= side <= high and side % step == 0 for side in size):
        raise InputError(
            "The network does not take pictures of this size",
            f"Choose rows and columns from {low} to {high} that are multiples of {step}",
            input_size=size,
        )
    return size[0], size[1]
