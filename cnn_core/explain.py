"""Where a classifier looks: Grad-CAM on a layer of any network, however deeply a backbone is nested in it.

Imports TensorFlow where Keras runs on it: gradients are the one thing that Keras leaves to its backends.

With $A^k$ the maps of a layer and $y^c$ the score of a class before softmax, the weight of a map is the mean of its
gradient, $\\alpha_k = \\frac{1}{hw} \\sum_{ij} \\partial y^c / \\partial A^k_{ij}$, and the heat is
$\\max(0, \\sum_k \\alpha_k A^k)$. Source: Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_image
from cnn_core.drawing import to_uint8
from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

# From no heat to most: lightness falls steadily, so that it reads in grey too (yellow to vermilion, Okabe and Ito).
_HEAT = ((240, 228, 66), (230, 159, 0), (213, 94, 0))
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
    return tuple(dict.fromkeys(path for path, layer, shape in _layers(model) if _gives_maps(layer, shape)))


def grad_cam(model: "keras.Model", image: npt.ArrayLike, *, class_index: int, layer: str | None = None) -> Floats:
    """How much each place of a layer's maps speaks for a class.

    Args:
        model: functional or Sequential: one picture in, (N, C) scores or probabilities out.
        image: (H, W, 3) in the range that the model takes.
        class_index: the class to explain, 0 to C - 1.
        layer: one of `map_layers`, or the end of such a path; None takes the last.

    Returns:
        (h, w) float32, at least 0, in the size of the layer's maps; in units of the score per place.

    Raises:
        InputError: no such layer or class, or a model without maps.
    """
    heats: Floats = grad_cams(model, image, class_indices=[class_index], layer=layer)[0]
    return heats


def grad_cams(
    model: "keras.Model", image: npt.ArrayLike, *, class_indices: Sequence[int], layer: str | None = None
) -> Floats:
    """`grad_cam` for several classes at once, such as the predicted and the true one.

    Returns:
        (classes, h, w) float32, at least 0.
    """
    import keras

    classes = int(model.output_shape[-1])
    if len(model.output_shape) != 2 or any(not 0 <= index < classes for index in class_indices):
        raise InputError(
            "There is no such class in the network's output", f"Choose 0 to {classes - 1}", classes=list(class_indices)
        )
    walk = _Walk(model, _found(model, layer))
    # One row a class: each row's score depends on its own maps alone, so one pass gives every class its gradient.
    batch = np.repeat(as_image(image)[None], len(class_indices), axis=0)
    chosen = keras.ops.convert_to_tensor(np.eye(classes, dtype=np.float32)[list(class_indices)])
    maps = walk.maps(keras.ops.convert_to_tensor(batch))

    def score(values: Any) -> Any:
        scores = keras.ops.cast(walk.scores(values), "float32")
        return keras.ops.sum(scores * chosen)

    slopes = keras.ops.convert_to_numpy(_gradient(score, maps)).astype(np.float32)
    values = keras.ops.convert_to_numpy(maps).astype(np.float32)
    weights = slopes.mean(axis=(1, 2), keepdims=True)
    heat: Floats = np.maximum((weights * values).sum(axis=-1), 0)
    return heat


def heat_over(image: npt.NDArray[Any], heat: npt.NDArray[Any], *, limit: float | None = None) -> npt.NDArray[np.uint8]:
    """A photo in grey with the heat laid over it: none leaves it as it is, the most is vermilion.

    Args:
        image: (H, W, 3) uint8, or float in [0, 1].
        heat: (h, w) at least 0; enlarged bilinearly.
        limit: the heat that is shown as most; None takes the largest. Give one limit to pictures to be compared.

    Returns:
        (H, W, 3) uint8.

    Example:
        >>> picture = heat_over(np.full((4, 4, 3), 100, np.uint8), np.array([[0.0, 0.0], [0.0, 1.0]]))
        >>> picture[0, 0].tolist(), picture[3, 3].tolist()
        ([100, 100, 100], [168, 96, 40])
    """
    import cv2

    photo = to_uint8(image)
    grey = np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.float32)
    most = float(heat.max()) if limit is None else limit
    rows, columns = photo.shape[:2]
    even = np.clip(heat / most, 0, 1).astype(np.float32) if most > 0 else np.zeros(heat.shape, np.float32)
    strength = cv2.resize(even, (columns, rows), interpolation=cv2.INTER_LINEAR)[..., None]
    places = np.linspace(0, 1, len(_HEAT))
    colours = [np.interp(strength[..., 0], places, [stop[c] for stop in _HEAT]) for c in range(3)]
    blend = 0.6 * strength
    return to_uint8((grey * (1 - blend) + np.stack(colours, axis=-1) * blend) / 255)


class _Walk:
    """A model computed operation by operation, so that the maps of one can be taken out and put in again.

    Nested models are entered. Where the output is a softmax the scores before it are given: the gradient of a
    probability near 1 vanishes.
    """

    def __init__(self, model: Any, target: str) -> None:
        self._model = _graph_of(model)
        self._target = target
        self._last = _last_operation(self._model)
        self._done: list[Any] = []

    def maps(self, batch: Any) -> Any:
        """The target's maps, (N, h, w, K)."""
        self._batch, self._done = batch, []
        found: list[Any] = []

        def at(path: str, compute: Callable[[], Any]) -> Any:
            value = compute()
            if not found:
                self._done.append(value)
                if path == self._target:
                    found.append(value)
            return value

        self._run(self._model, batch, "", at)
        return found[0]

    def scores(self, maps: Any) -> Any:
        """The model's scores if the target gave these maps; what comes before it is not computed again."""
        place = 0

        def at(_: str, compute: Callable[[], Any]) -> Any:
            nonlocal place
            place += 1
            if place < len(self._done):
                return self._done[place - 1]
            return maps if place == len(self._done) else compute()

        return self._run(self._model, self._batch, "", at)

    def _run(self, model: Any, inputs: Any, path: str, at: Callable[[str, Callable[[], Any]], Any]) -> Any:
        def operation(op: Any) -> Callable[..., Any]:
            here = path + op.name

            def call(*args: Any, **kwargs: Any) -> Any:
                inner = _graph_of(op, strict=False)
                if inner is not None:
                    return self._run(inner, args[0], here + "/", at)
                if kwargs.get("training"):
                    kwargs = {**kwargs, "training": False}
                function = _before_softmax(op) if op is self._last else op
                return at(here, lambda: function(*args, **kwargs))

            return call

        return model._run_through_graph(inputs, operation_fn=operation)


def _layers(model: Any, path: str = "") -> Iterator[tuple[str, Any, tuple[int | None, ...]]]:
    """Path, operation and output shape of every operation, nested ones too, in the order of computing."""
    graph = _graph_of(model)
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            inner = _graph_of(node.operation, strict=False)
            if inner is not None:
                yield from _layers(inner, f"{path}{node.operation.name}/")
            elif len(node.outputs) == 1:
                yield path + node.operation.name, node.operation, tuple(node.outputs[0].shape)


def _gives_maps(operation: Any, shape: tuple[int | None, ...]) -> bool:
    kind = type(operation).__name__
    return len(shape) == 4 and shape[1:3] != (1, 1) and not any(word in kind for word in _PASSING)


def _found(model: Any, layer: str | None) -> str:
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


def _graph_of(model: Any, *, strict: bool = True) -> Any:
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
    inner = _graph_of(operation, strict=False)
    return operation if inner is None else _last_operation(inner)


def _before_softmax(operation: Any) -> Callable[..., Any]:
    """What the operation computes, without its softmax."""
    import keras

    unchanged: Callable[..., Any] = operation
    if type(operation).__name__ == "Softmax":
        return lambda x, *_, **__: x
    if getattr(operation, "activation", None) is not keras.activations.softmax:
        return unchanged
    if isinstance(operation, keras.layers.Activation):
        return lambda x, *_, **__: x
    if isinstance(operation, keras.layers.Dense):
        bias = operation.bias if operation.use_bias else 0.0
        return lambda x, *_, **__: keras.ops.matmul(keras.ops.cast(x, operation.kernel.dtype), operation.kernel) + bias
    return unchanged


def _gradient(score: Callable[[Any], Any], at: Any) -> Any:
    """The gradient of a number with respect to a tensor, by Keras' backend."""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(at)
            value = score(at)
        return tape.gradient(value, at)
    if backend == "torch":
        import torch

        leaf = at.detach().requires_grad_()
        return torch.autograd.grad(score(leaf), leaf)[0]
    import jax

    return jax.grad(score)(at)
