"""A network computed operation by operation, however deeply a backbone is nested in it: maps out, and in again."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras

# Layers that only pass maps on: the maps before them are finer, or the same.
_PASSING = ("Pooling", "Dropout", "Padding", "InputLayer", "Cropping")


def map_layers(model: "keras.Model") -> tuple[str, ...]:
    """The layers that give maps, in the order of computing; a nested layer is `base/block3`.

    Args:
        model: functional or Sequential, with picture in, class scores out.

    Raises:
        InputError: a model that is neither.
    """
    # A layer that is called several times is listed once; its first call is the one that is explained.
    return tuple(dict.fromkeys(path for path, layer, shape in operations(model) if _gives_maps(layer, shape)))


def check_classes(model: "keras.Model", class_indices: Sequence[int]) -> int:
    """How many classes a model has, all of these among them.

    Raises:
        InputError: one that it does not have, or an output that is no list of classes.
    """
    classes = max(int(model.output_shape[-1]), 2)
    if len(model.output_shape) != 2 or any(not 0 <= index < classes for index in class_indices):
        raise InputError(
            "There is no such class in the network's output", f"Choose 0 to {classes - 1}", classes=list(class_indices)
        )
    return classes


class Walk:
    """A model computed operation by operation, so that the maps of one can be taken out and put in again.

    Nested models are entered. Where the output is a softmax or one sigmoid the scores before it are given: the gradient
    of a probability near 1 vanishes. A single output stands for two classes, whose scores are -y and y.

    Args:
        model: functional or Sequential.
        target: the path of an operation, as in `map_layers`; None for the picture itself.

    Raises:
        InputError: a model that is neither.
    """

    def __init__(self, model: Any, target: str | None = None) -> None:
        self._model = graph_of(model)
        self._target = target
        self._last = _last_operation(self._model)
        self._done: list[Any] = []

    def maps(self, batch: Any) -> Any:
        """The target's maps, (N, h, w, K); what comes behind it is not computed."""
        self._batch, self._done = batch, []
        if self._target is None:
            return batch

        def at(path: str, compute: Callable[[], Any]) -> Any:
            self._done.append(compute())
            if path == self._target:
                raise _Reached
            return self._done[-1]

        with contextlib.suppress(_Reached):
            self._run(self._model, batch, "", at)
        return self._done[-1]

    def scores(self, maps: Any) -> Any:
        """The model's scores if the target gave these maps; what comes before it is not computed again."""
        if self._target is None:
            return _two_sided(self._run(self._model, maps, "", lambda _, compute: compute()))
        place = 0

        def at(_: str, compute: Callable[[], Any]) -> Any:
            nonlocal place
            place += 1
            if place < len(self._done):
                return self._done[place - 1]
            return maps if place == len(self._done) else compute()

        return _two_sided(self._run(self._model, self._batch, "", at))

    def _run(self, model: Any, inputs: Any, path: str, at: Callable[[str, Callable[[], Any]], Any]) -> Any:
        def operation(op: Any) -> Callable[..., Any]:
            here = path + op.name

            def call(*args: Any, **kwargs: Any) -> Any:
                inner = graph_of(op, strict=False)
                if inner is not None:
                    return self._run(inner, args[0], here + "/", at)
                if kwargs.get("training"):
                    kwargs = {**kwargs, "training": False}
                function = _before_probabilities(op) if op is self._last else op
                return at(here, lambda: function(*args, **kwargs))

            return call

        return model._run_through_graph(inputs, operation_fn=operation)


class _Reached(Exception):
    """The walk has come to its target."""


def operations(model: Any, path: str = "") -> Iterator[tuple[str, Any, tuple[int | None, ...]]]:
    """Path, operation and output shape of every operation, nested ones too, in the order of computing."""
    graph = graph_of(model)
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            inner = graph_of(node.operation, strict=False)
            if inner is not None:
                yield from operations(inner, f"{path}{node.operation.name}/")
            elif len(node.outputs) == 1:
                yield path + node.operation.name, node.operation, tuple(node.outputs[0].shape)


def _gives_maps(operation: Any, shape: tuple[int | None, ...]) -> bool:
    kind = type(operation).__name__
    return len(shape) == 4 and shape[1:3] != (1, 1) and not any(word in kind for word in _PASSING)


def found_layer(model: Any, layer: str | None) -> str:
    """The path of the layer that is meant."""
    paths = map_layers(model)
    if not paths:
        raise InputError("This network has no layer that gives maps", "Choose a convolutional network")
    if layer is None:
        return paths[-1]
    matching = [path for path in paths if path == layer] or [path for path in paths if path.endswith("/" + layer)]
    if len(matching) != 1:
        few = ", ".join((matching or paths)[-12:])
        raise InputError(
            "Several layers have this name" if matching else "No layer of this name gives maps",
            f"Choose one of {few}",
            layer=layer,
        )
    return matching[0]


def graph_of(model: Any, *, strict: bool = True) -> Any:
    """The functional graph of a model; None, or an error, where there is none."""
    import keras

    if isinstance(model, keras.Sequential):
        model = model._functional
    if isinstance(model, keras.Model) and hasattr(model, "_run_through_graph"):
        return model
    if strict:
        raise InputError("Keras cannot look into this model", "Give a functional or Sequential one, built")
    return None


def _last_operation(graph: Any) -> Any:
    operation = graph.outputs[0]._keras_history.operation
    inner = graph_of(operation, strict=False)
    return operation if inner is None else _last_operation(inner)


def _two_sided(scores: Any) -> Any:
    import keras

    return keras.ops.concatenate([-scores, scores], axis=-1) if scores.shape[-1] == 1 else scores


def _before_probabilities(operation: Any) -> Callable[..., Any]:
    """What the operation computes, without its softmax, or the sigmoid of its only output."""
    import keras

    unchanged: Callable[..., Any] = operation
    if type(operation).__name__ == "Softmax":
        return lambda x, *_, **__: x
    single = operation.output.shape[-1] == 1
    wanted = (keras.activations.softmax, keras.activations.sigmoid) if single else (keras.activations.softmax,)
    if getattr(operation, "activation", None) not in wanted:
        return unchanged
    if isinstance(operation, keras.layers.Activation):
        return lambda x, *_, **__: x
    if isinstance(operation, keras.layers.Dense):
        bias = operation.bias if operation.use_bias else 0.0
        return lambda x, *_, **__: keras.ops.matmul(keras.ops.cast(x, operation.kernel.dtype), operation.kernel) + bias
    return unchanged
