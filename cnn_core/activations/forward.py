"""A network computed call by call, so that what any layer gives can be taken out, in nested models too.

Calls are named as `cnn_core.layer_graph` and `cnn_core.summary` name them: "base/conv1", and "conv (2)" for the second
call of a shared layer.
"""

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.layer_graph import calls_in_order, functional_graph, unused_name

if TYPE_CHECKING:
    import keras


def outputs_of(model: "keras.Model", batch: Any, wanted: Collection[str]) -> dict[str, Any]:
    """What some calls of a network give for a batch, as tensors of Keras' backend.

    What comes behind the last of them is not computed, and nothing is kept that is not needed any more.

    Args:
        model: functional or Sequential, of one input. It is not changed.
        batch: (N, rows, columns, channels) as the network takes it, an array or a tensor.
        wanted: names of calls, as `graph_nodes` gives them; an input is one of them.

    Raises:
        InputError: no such call, a call of several outputs, or a network of several inputs or without a graph.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.ReLU(name="relu")])
        >>> tuple(outputs_of(model, np.full((1, 4, 4, 1), -1.0), ["relu"])["relu"].shape)
        (1, 4, 4, 1)
    """
    import keras

    graph = functional_graph(model)
    if graph is None or len(graph.inputs) != 1:
        raise InputError(
            "Only a network with one input and a graph of layers can be looked into", "Choose another network"
        )
    (picture,) = graph.inputs
    value = keras.ops.cast(keras.ops.convert_to_tensor(batch), picture.dtype)
    run = _Run(set(wanted))
    run.reached(unused_name(picture._keras_history.operation.name, run.names), value)
    run.through(graph, {id(picture): value}, "")
    missing = run.wanted - run.found.keys()
    if missing:
        raise InputError("This network has no such layer", "Choose one of its layers", layer=sorted(missing)[0])
    return run.found


def to_numpy(value: Any) -> npt.NDArray[np.float32]:
    """A tensor as float32, also one of half precision."""
    import keras

    return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(value, "float32")), np.float32)


class _Run:
    """One pass: what is wanted, what has been found, which names are taken."""

    def __init__(self, wanted: set[str]) -> None:
        self.wanted = wanted
        self.found: dict[str, Any] = {}
        self.names: set[str] = set()

    @property
    def done(self) -> bool:
        return len(self.found) == len(self.wanted)

    def reached(self, name: str, value: Any) -> None:
        if name not in self.wanted:
            return
        if isinstance(value, list | tuple | dict):
            raise InputError("This layer gives several outputs", "Choose another layer", layer=name)
        self.found[name] = value

    def through(self, graph: Any, values: dict[int, Any], prefix: str) -> None:
        """Compute a graph; `values` holds its inputs and gains its outputs."""
        import keras

        calls = list(calls_in_order(graph, set(values)))
        uses = Counter(id(tensor) for call in calls for tensor in call.input_tensors)
        uses.update(id(tensor) for tensor in graph.outputs)
        for call in calls:
            if self.done:
                return
            inner = functional_graph(call.operation)
            label = unused_name(prefix + call.operation.name, self.names)
            if inner is None:
                args, kwargs = call.arguments.fill_in(values)
                # Prediction: what was built with `training=True`, as augmentation is, does nothing here.
                kwargs = {**kwargs, "training": False} if kwargs.get("training") else kwargs
                output = call.operation(*args, **kwargs)
                made = keras.tree.flatten(output)
                self.reached(label, made[0] if len(made) == 1 else output)
            else:
                inside = {
                    id(own): values[id(given)] for own, given in zip(inner.inputs, call.input_tensors, strict=True)
                }
                self.through(inner, inside, f"{label}/")
                if self.done:
                    return
                made = [inside[id(own)] for own in inner.outputs]
            values.update({id(tensor): one for tensor, one in zip(call.outputs, made, strict=True)})
            for tensor in call.input_tensors:
                uses[id(tensor)] -= 1
                if not uses[id(tensor)]:
                    values.pop(id(tensor), None)
