"""Complete Keras code of a model: readable, and running it builds a model of the same names, connections and shapes.

A chain is written as `x = layer(x)`; a tensor that is used again later has the name of its layer. Nested models become
functions. Arguments at their default are left out.
"""

import inspect
import keyword
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cnn_core.errors import InputError
from cnn_core.keras_code_values import CodeValues, call, indent, plain, quoted
from cnn_core.weightless import read_model

_RESERVED = {"keras", "model", "x", "float"}
_ANOTHER_WAY = "Download it as .keras"


def keras_code(model: Any) -> str:
    """Code that ends with `model`; it imports Keras, and layers that are not Keras' own from where they live.

    Args:
        model: a Sequential or functional model, built or not; one without weights too, inside `read_model`.

    Raises:
        InputError: a subclassed model, or a part that cannot be made again from its configuration.
    """
    writer = _Writer()
    if _is_sequential(model):
        body = f"model = {writer.sequential(model)}\n" + writer.frozen(model, "model")
    else:
        body = writer.functional(model, ending="model = ")
    imports = "\n".join(["import keras", *([""] if writer.values.imports else []), *sorted(writer.values.imports)])
    return "\n\n\n".join([imports, *writer.functions, body]) if writer.functions else f"{imports}\n\n{body}"


def keras_code_of(build: Callable[[], Any]) -> str:
    """The code of the model that `build` returns; no weights are allocated.

    Raises:
        InputError: as `keras_code`, and what `build` raises.
    """
    return read_model(build, keras_code)


class _Writer:
    """Functions and imports that the code needs, gathered while it is written."""

    def __init__(self) -> None:
        self.values = CodeValues()
        self.functions: list[str] = []
        self._makers: dict[int, str] = {}
        self._taken: set[str] = set(_RESERVED)

    def layer(self, layer: Any) -> str:
        """The expression that makes a layer or a nested model."""
        if _is_sequential(layer) or _is_functional(layer):
            return f"{self._maker(layer)}()"
        return self.values.instance(layer, named=True)

    def _maker(self, model: Any) -> str:
        """Name of the function that makes a nested model; written once."""
        if id(model) not in self._makers:
            name = _unused(f"make_{_identifier(model.name).lstrip('_')}", self._taken)
            self._makers[id(model)] = name
            if _is_sequential(model):
                made = self.sequential(model)
                thawed = model.trainable
                body = f"return {made}\n" if thawed else f"model = {made}\nmodel.trainable = False\nreturn model\n"
            else:
                body = self.functional(model, ending="return ")
            self.functions.append(f"def {name}():\n{indent(body.rstrip())}")
        return self._makers[id(model)]

    def sequential(self, model: Any) -> str:
        """`keras.Sequential([...])`."""
        first = model.get_config()["layers"]
        parts = [self.layer(layer) for layer in model.layers]
        if first and first[0]["class_name"] == "InputLayer":
            parts.insert(0, _input(first[0]["config"], self.values))
        elif model.built and model.inputs:
            parts.insert(0, call("keras.Input", [self.values.value(tuple(model.inputs[0].shape[1:]))]))
        listing = "[\n" + "".join(f"{indent(part)},\n" for part in parts) + "]"
        return f"keras.Sequential(\n{indent(listing)},\n    name={quoted(model.name)},\n)"

    def frozen(self, model: Any, variable: str) -> str:
        """The line that keeps a whole model from being trained, where it is."""
        return "" if model.trainable else f"{variable}.trainable = False\n"

    def functional(self, model: Any, *, ending: str) -> str:
        """One line per call, from inputs to `ending` + keras.Model(...)."""
        if not _is_functional(model):
            raise InputError("This model is neither Sequential nor functional", _ANOTHER_WAY, name=model.name)
        graph = _Graph(model)
        lines = []
        names: dict[int, str] = {}
        taken = {*_RESERVED, *self._taken}
        for tensor in model.inputs:
            layer = tensor._keras_history.operation
            names[id(tensor)] = _unused(_identifier(layer.name), taken)
            lines.append(f"{names[id(tensor)]} = {_input(layer.get_config(), self.values)}")
        shared: dict[int, str] = {}
        for place, node in enumerate(graph.nodes):
            operation = node.operation
            if graph.calls(operation) > 1 and _is_layer(operation):
                if id(operation) not in shared:
                    shared[id(operation)] = _unused(f"{_identifier(operation.name)}_layer", taken)
                    lines.append(f"{shared[id(operation)]} = {self.layer(operation)}")
                made = shared[id(operation)]
            else:
                made = self.layer(operation) if _is_layer(operation) else ""
            expression = self._call(node, made, names)
            variable = "x" if graph.is_passing(node, place) else _unused(_identifier(operation.name), taken)
            lines.append(f"{variable} = {expression}")
            for tensor, part in zip(node.outputs, _parts(node), strict=True):
                names[id(tensor)] = variable + part
        inputs = self._structure(model._inputs_struct, names)
        outputs = self._structure(model._outputs_struct, names)
        made = call("keras.Model", [inputs, outputs, f"name={quoted(model.name)}"])
        if ending == "return " and not model.trainable:
            lines += [f"model = {made}", "model.trainable = False", "return model"]
        else:
            lines.append(ending + made)
            if ending != "return ":
                lines.append(self.frozen(model, "model").rstrip())
        return "\n".join(line for line in lines if line) + "\n"

    def _call(self, node: Any, made: str, names: Mapping[int, str]) -> str:
        """A layer or operation of keras.ops, called with what this node was called with."""
        if type(node.operation).__name__ == "GetItem":
            tensor, key = (*node.arguments.args, *node.arguments.kwargs.values())[:2]
            return f"{self._structure(tensor, names)}[{_index(key)}]"
        arguments = [self._structure(value, names) for value in node.arguments.args]
        keywords = {
            name: self._structure(value, names) for name, value in node.arguments.kwargs.items() if value is not None
        }
        if made:
            return f"{made}({', '.join([*arguments, *_pairs(keywords)])})"
        return self._operation(node.operation, arguments, keywords)

    def _operation(self, operation: Any, arguments: list[str], keywords: dict[str, str]) -> str:
        import keras

        kind = type(operation).__name__
        function = _snake(kind)
        place = next((p for p in ("ops", "ops.image") if hasattr(_resolve(keras, p), function)), None)
        if place is None:
            raise InputError(f"The operation {kind} cannot be written as Keras code", _ANOTHER_WAY)
        signature = inspect.signature(getattr(_resolve(keras, place), function))
        settings = {name: value for name, value in operation.get_config().items() if name not in {"name", "dtype"}}
        if kind == "Einsum":
            return call("keras.ops.einsum", [quoted(settings.pop("subscripts")), *arguments])
        for name, value in settings.items():
            parameter = signature.parameters.get(name)
            if parameter is None:
                raise InputError(f"The operation {kind} cannot be written as Keras code", _ANOTHER_WAY, option=name)
            if parameter.default is parameter.empty or plain(parameter.default) != plain(value):
                keywords[name] = self.values.value(plain(value))
        return call(f"keras.{place}.{function}", [*arguments, *_pairs(keywords)])

    def _structure(self, value: Any, names: Mapping[int, str]) -> str:
        """Tensors by their names, in lists and dicts as they were passed; other values as they are."""
        if _is_tensor(value):
            if id(value) not in names:
                raise InputError("This model uses a tensor that does not come from its inputs", _ANOTHER_WAY)
            return names[id(value)]
        if isinstance(value, list) or (isinstance(value, tuple) and any(_is_tensor(item) for item in value)):
            return f"[{', '.join(self._structure(item, names) for item in value)}]"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{quoted(str(k))}: {self._structure(v, names)}" for k, v in value.items()) + "}"
        return self.values.value(plain(value))


class _Graph:
    """The calls of a functional model, every path in one piece, each behind what it needs."""

    def __init__(self, model: Any) -> None:
        self.nodes = list(_ordered(model))
        self._calls: dict[int, int] = {}
        for node in self.nodes:
            self._calls[id(node.operation)] = self._calls.get(id(node.operation), 0) + 1
        self._uses: dict[int, list[int]] = {}
        for place, node in enumerate(self.nodes):
            for tensor in node.arguments.keras_tensors:
                self._uses.setdefault(id(tensor), []).append(place)
        for tensor in model.outputs:
            self._uses.setdefault(id(tensor), []).append(len(self.nodes))
        self._outputs = len(model.outputs)

    def calls(self, operation: Any) -> int:
        """How often the model calls it."""
        return self._calls[id(operation)]

    def is_passing(self, node: Any, place: int) -> bool:
        """Whether its one output is needed by the next call alone."""
        return len(node.outputs) == 1 and set(self._uses.get(id(node.outputs[0]), [])) <= {place + 1}


def _ordered(model: Any) -> Iterator[Any]:
    """Depth first from the outputs, so that a path is not interrupted by its neighbours; without recursion."""
    inputs = {id(tensor) for tensor in model.inputs}
    done: set[int] = set()
    stack = [(tensor, False) for tensor in reversed(model.outputs)]
    while stack:
        tensor, ready = stack.pop()
        if id(tensor) in inputs:
            continue
        history = tensor._keras_history
        node = history.operation._inbound_nodes[history.node_index]
        if id(node) in done:
            continue
        if ready:
            done.add(id(node))
            yield node
            continue
        stack.append((tensor, True))
        stack.extend((needed, False) for needed in reversed(node.arguments.keras_tensors))


def _parts(node: Any) -> list[str]:
    """How each output is taken out of what the call returns: "" for a single one, else "[0]", "[1]", …"""
    operation = node.operation
    structure = getattr(operation, "_outputs_struct", None)
    if isinstance(structure, dict):
        return [f"[{quoted(str(key))}]" for key in sorted(structure)]
    several = len(node.outputs) > 1 or isinstance(structure, list | tuple)
    return [f"[{index}]" for index in range(len(node.outputs))] if several else [""]


def _input(config: Mapping[str, Any], values: CodeValues) -> str:
    """`keras.Input((32, 32, 3), name="picture")` from an InputLayer's configuration."""
    batch, *shape = config["batch_shape"]
    parts = [values.value(tuple(shape))]
    if batch is not None:
        parts.append(f"batch_size={batch}")
    if config.get("dtype") not in {None, "float32"}:
        parts.append(f"dtype={quoted(config['dtype'])}")
    parts += [f"{flag}=True" for flag in ("sparse", "ragged", "optional") if config.get(flag)]
    return call("keras.Input", [*parts, f"name={quoted(config['name'])}"])


def _index(key: Any) -> str:
    """What stands between the brackets of x[…]."""
    if isinstance(key, list | tuple):
        return ", ".join(_index(item) for item in key) + ("," if len(key) == 1 else "")
    if isinstance(key, slice):
        start, stop, step = ("" if part is None else repr(part) for part in (key.start, key.stop, key.step))
        return f"{start}:{stop}" + (f":{step}" if step else "")
    if key is Ellipsis:
        return "..."
    if key is None or isinstance(key, int):
        return repr(key)
    raise InputError("This model picks values by a tensor, which cannot be written as Keras code", _ANOTHER_WAY)


def _pairs(keywords: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in keywords.items()]


def _resolve(module: Any, path: str) -> Any:
    for name in path.split("."):
        module = getattr(module, name)
    return module


def _identifier(name: str) -> str:
    """The layer's name as a Python variable."""
    text = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:60] or "tensor"
    # make_… are the functions of nested models.
    return f"_{text}" if text[0].isdigit() or keyword.iskeyword(text) or text.startswith("make_") else text


def _unused(name: str, taken: set[str]) -> str:
    number = 1
    candidate = name
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(candidate)
    return candidate


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _is_sequential(thing: Any) -> bool:
    import keras

    return type(thing) is keras.Sequential


def _is_functional(thing: Any) -> bool:
    import keras

    return isinstance(thing, keras.Model) and hasattr(thing, "_inputs_struct") and not _is_sequential(thing)


def _is_layer(thing: Any) -> bool:
    import keras

    return isinstance(thing, keras.layers.Layer)


def _is_tensor(thing: Any) -> bool:
    import keras

    return isinstance(thing, keras.KerasTensor)
