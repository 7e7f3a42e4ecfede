"""A builder that is imported when it is called, so that listing networks loads no Keras."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any


def later(module: str, function: str, **fixed: Any) -> Callable[..., Any]:
    """`function` of a module of this package, with some arguments fixed; it can be pickled.

    Example:
        >>> later("limits", "check_classes")(num_classes=3)
        3
    """
    return partial(_call, module, function, **fixed)


def _call(module: str, function: str, **arguments: Any) -> Any:
    return getattr(import_module(f"cnn_core.architectures.{module}"), function)(**arguments)
