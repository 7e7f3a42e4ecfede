"""Layers, initialisers and plain values as Python expressions, with no more arguments than are needed.

An argument is needed if the object made without it has another configuration. So an object is made from its required
arguments first, then with those added that differ.
"""

import json
from collections.abc import Mapping
from typing import Any

from cnn_core.errors import InputError

_IGNORED = {"name", "build_config", "compile_config", "shared_object_id"}
_LINE = 100


class CodeValues:
    """Writes expressions and remembers which imports they need."""

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self._arguments: dict[tuple[type, str], dict[str, Any]] = {}

    def instance(self, thing: Any, *, named: bool) -> str:
        """A layer or another object with a configuration: `keras.layers.Conv2D(64, 3, name="conv")`.

        Raises:
            InputError: it cannot be made again from its configuration.
        """
        kind = type(thing)
        config = thing.get_config()
        arguments = self._needed(kind, config)
        required, _ = _parameters(kind)
        keywords = {name: value for name, value in arguments.items() if name not in required}
        parts = [self.value(arguments[name]) for name in required]
        parts += [f"{name}={self.value(value)}" for name, value in keywords.items()]
        if named:
            parts.append(f"name={quoted(str(config['name']))}")
        return call(self._class(kind), parts)

    def value(self, value: Any) -> str:
        """A plain value, or the configuration of an object, as an expression."""
        if isinstance(value, Mapping) and "class_name" in value and "config" in value:
            return self._described(value)
        if isinstance(value, Mapping):
            return "{" + ", ".join(f"{self.value(key)}: {self.value(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list | tuple):
            items = ", ".join(self.value(item) for item in value)
            return f"({items},)" if len(value) == 1 else f"({items})"
        if isinstance(value, str):
            return quoted(value)
        if value is None or isinstance(value, bool | int | float):
            return _number(value)
        raise InputError(f"A value of type {type(value).__name__} cannot be written as code", "Export it as .keras")

    def _described(self, value: Mapping[str, Any]) -> str:
        import keras

        if value["class_name"] == "DTypePolicy":
            return quoted(value["config"]["name"])
        thing = keras.saving.deserialize_keras_object(dict(value))
        if not hasattr(thing, "get_config"):
            raise InputError(f"{value['class_name']} cannot be written as code", "Export it as .keras")
        if isinstance(thing, keras.initializers.Initializer) and not self._needed(type(thing), thing.get_config()):
            return quoted(_snake(type(thing).__name__))
        return self.instance(thing, named=isinstance(thing, keras.layers.Layer))

    def _class(self, kind: type) -> str:
        """The public name of a class, imported where it is not one of Keras'."""
        import keras

        for package in ("layers", "initializers", "regularizers", "constraints"):
            if getattr(getattr(keras, package), kind.__name__, None) is kind:
                return f"keras.{package}.{kind.__name__}"
        module = kind.__module__
        if module.split(".")[0] == "keras" or "<locals>" in kind.__qualname__ or module == "__main__":
            raise InputError(f"{kind.__name__} has no public name to import it by", "Export the network as .keras")
        self.imports.add(f"from {module} import {kind.__name__}")
        return kind.__name__

    def _needed(self, kind: type, config: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments, required ones first, that give an object of this configuration."""
        wanted = {key: plain(value) for key, value in config.items() if key not in _IGNORED}
        key = (kind, json.dumps(wanted, sort_keys=True, default=repr))
        if key not in self._arguments:
            self._arguments[key] = _shorten(kind, _fewest(kind, wanted), wanted)
        return self._arguments[key]


def _fewest(kind: type, wanted: dict[str, Any]) -> dict[str, Any]:
    required, optional = _parameters(kind)
    if any(name not in wanted for name in required):
        raise InputError(f"{kind.__name__} does not say how it was made", "Export the network as .keras")
    chosen = {name: wanted[name] for name in required}
    # Signature order; behind it what only **kwargs takes, "trainable" and "dtype".
    order = [name for name in optional if name in wanted] + [name for name in wanted if name not in optional]
    while True:
        found = _configuration(kind, chosen)
        different = [name for name in order if found.get(name) != wanted[name]]
        if not different:
            return chosen
        if different[0] in chosen:
            raise InputError(f"{kind.__name__} cannot be made again from its configuration", "Export it as .keras")
        chosen[different[0]] = wanted[different[0]]


def _shorten(kind: type, arguments: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """3 in place of (3, 3), where that means the same."""
    for name, value in arguments.items():
        flat = _flat(value)
        if isinstance(value, list) and len(flat) > 1 and all(type(v) is int and v == flat[0] for v in flat):
            shorter = {**arguments, name: flat[0]}
            try:
                same = _configuration(kind, shorter) == wanted
            except (InputError, TypeError, ValueError, AttributeError):
                same = False
            if same:
                arguments = shorter
    return arguments


def _configuration(kind: type, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What `get_config` says of an object made with these arguments."""
    import keras

    values = {name: _made(value) for name, value in arguments.items()}
    if issubclass(kind, keras.layers.Layer):
        # A name of its own, so that Keras' counters of automatic names stay where they are.
        values["name"] = "probe"
    config = kind(**values).get_config()
    return {key: plain(value) for key, value in config.items() if key not in _IGNORED}


def _made(value: Any) -> Any:
    import keras

    if isinstance(value, Mapping) and "class_name" in value and "config" in value:
        return keras.saving.deserialize_keras_object(dict(value))
    return tuple(_made(item) for item in value) if isinstance(value, list) else value


def _parameters(kind: type) -> tuple[list[str], list[str]]:
    """Names of the required arguments and of the optional ones."""
    import inspect

    parameters = [
        parameter
        for name, parameter in list(inspect.signature(kind.__init__).parameters.items())[1:]  # type: ignore[misc]
        if parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY} and name != "name"
    ]
    required = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    return required, [p.name for p in parameters if p.name not in required]


def call(function: str, parts: list[str]) -> str:
    """`function(part, part)`, over several lines where one would be too long."""
    line = f"{function}({', '.join(parts)})"
    if len(line) <= _LINE and "\n" not in line:
        return line
    return f"{function}(\n" + "".join(f"{indent(part)},\n" for part in parts) + ")"


def indent(text: str) -> str:
    """The text, four spaces further in; a quoted text holds no line break of its own."""
    return "\n".join("    " + line for line in text.split("\n"))


def quoted(text: str) -> str:
    """A string literal on one line, whatever the text holds; in double quotes where it is plain."""
    return json.dumps(text) if text.isascii() and text.isprintable() else ascii(text)


def plain(value: Any) -> Any:
    """Tuples and arrays as lists, so that configurations can be compared."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items() if key not in {"build_config", "shared_object_id"}}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


def _flat(value: Any) -> list[Any]:
    return [leaf for item in value for leaf in _flat(item)] if isinstance(value, list) else [value]


def _number(value: bool | int | float | None) -> str:
    text = repr(value)
    return f'float("{text}")' if text in {"inf", "-inf", "nan"} else text


def _snake(name: str) -> str:
    """HeNormal -> he_normal, as Keras itself abbreviates it."""
    import re

    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
