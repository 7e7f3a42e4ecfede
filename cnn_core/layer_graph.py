"""The layers of a Keras model as one flat graph: a node per call, in an order in which they can be computed.

Models used as layers are opened, so that "backbone/conv1" is the layer "conv1" of the model "backbone". Nothing is
computed here and no weight is read: shapes and connections only, so a model without weights does as well.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cnn_core.errors import InputError

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Node:
    """One call of a layer, or of an operation such as `keras.ops.add`.

    Attributes:
        name: unique in the graph; the second call of a shared layer is "name (2)".
        operation: the Keras layer or operation.
        inputs: names of the nodes whose outputs it takes, one per input tensor; () for an input of the model.
        input_shapes: shapes of the input tensors, batch axis first.
        output_shapes: shapes of the output tensors, batch axis first.
        first_call: the name of the node that called the same layer first; "" for the first call itself.
        arguments: what it was called with that is not a tensor of the graph.
    """

    name: str
    operation: Any
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    first_call: str = ""
    arguments: tuple[Any, ...] = ()

    @property
    def kind(self) -> str:
        """The Keras class name."""
        return type(self.operation).__name__


def graph_nodes(model: Any, *, input_shape: Shape | None = None) -> tuple[Node, ...]:
    """Every call of a functional or sequential model, inputs first, each after all that it takes from.

    Branches follow one another in the order in which their merging layer takes them.

    Args:
        model: functional or Sequential.
        input_shape: of its first input, batch axis first, where the model leaves sides open; None takes its own.

    Raises:
        InputError: the model has no graph: it is subclassed, or a Sequential that does not know its input yet.
    """
    graph = functional_graph(model)
    if graph is None:
        raise InputError(
            "This model has no graph of layers",
            "Build it with keras.Input and the functional API, or as a Sequential that starts with keras.Input",
            model=type(model).__name__,
        )
    nodes: list[Node] = []
    names: set[str] = set()
    places: dict[int, tuple[str, Shape]] = {}
    for number, tensor in enumerate(graph.inputs):
        layer = tensor._keras_history.operation
        shape = tuple(tensor.shape) if input_shape is None or number else input_shape
        node = Node(unused_name(layer.name, names), layer, (), (), (shape,))
        nodes.append(node)
        places[id(tensor)] = node.name, shape
    _walk(graph, "", places, nodes, names)
    return tuple(nodes)


def functional_graph(operation: Any) -> Any:
    """The functional graph behind a model, or None for an ordinary layer."""
    graph = getattr(operation, "_functional", None) or operation
    return graph if hasattr(graph, "_nodes") and hasattr(graph, "outputs") else None


def unused_name(name: str, names: set[str]) -> str:
    """The name, or "name (2)" and so on where it is taken; it is taken from now on."""
    candidate, number = name, 1
    while candidate in names:
        number += 1
        candidate = f"{name} ({number})"
    names.add(candidate)
    return candidate


def _walk(graph: Any, prefix: str, places: dict[int, tuple[str, Shape]], nodes: list[Node], names: set[str]) -> None:
    """Append the calls of one graph; `places` says where each tensor comes from and gains the tensors made here."""
    first: dict[int, str] = {}
    for call in calls_in_order(graph, set(places)):
        operation, tensors = call.operation, call.input_tensors
        shapes = tuple(places[id(tensor)][1] for tensor in tensors)
        inner = functional_graph(operation)
        if inner is not None:
            label = unused_name(prefix + operation.name, names)
            inside = {id(own): places[id(given)] for own, given in zip(inner.inputs, tensors, strict=True)}
            _walk(inner, f"{label}/", inside, nodes, names)
            for made, own in zip(call.outputs, inner.outputs, strict=True):
                places[id(made)] = inside[id(own)]
            continue
        outputs = _output_shapes(call, shapes, places)
        name = unused_name(prefix + operation.name, names)
        sources = tuple(places[id(tensor)][0] for tensor in tensors)
        given = (*call.arguments.args, *call.arguments.kwargs.values())
        settings = tuple(value for value in given if not hasattr(value, "_keras_history"))
        nodes.append(Node(name, operation, sources, shapes, outputs, first.get(id(operation), ""), settings))
        first.setdefault(id(operation), name)
        for tensor, shape in zip(call.outputs, outputs, strict=True):
            places[id(tensor)] = name, shape


def calls_in_order(graph: Any, known: set[int]) -> Iterator[Any]:
    """The graph's calls, each after the calls it depends on: depth first from the outputs, without recursion."""
    done: set[int] = set()
    stack = [(tensor, False) for tensor in reversed(graph.outputs)]
    while stack:
        tensor, ready = stack.pop()
        if id(tensor) in known:
            continue
        operation, index, _ = tensor._keras_history
        call = operation._inbound_nodes[index]
        if id(call) in done:
            continue
        if ready:
            done.add(id(call))
            yield call
        else:
            stack.append((tensor, True))
            stack.extend((needed, False) for needed in reversed(call.input_tensors))


def _output_shapes(call: Any, shapes: tuple[Shape, ...], places: dict[int, tuple[str, Shape]]) -> tuple[Shape, ...]:
    """The shapes the call gives here: those it was traced with, unless its model was built for any input size."""
    if all(tuple(tensor.shape) == shape for tensor, shape in zip(call.input_tensors, shapes, strict=True)):
        return tuple(tuple(tensor.shape) for tensor in call.outputs)
    import keras

    given = {
        id(tensor): keras.KerasTensor(places[id(tensor)][1], dtype=tensor.dtype, sparse=tensor.sparse)
        for tensor in call.input_tensors
    }
    arguments, options = call.arguments.fill_in(given)
    outputs = call.operation.compute_output_spec(*arguments, **options)
    return tuple(tuple(tensor.shape) for tensor in keras.tree.flatten(outputs))


# Families of names: Keras' ResNet (conv2_block1_1_conv), VGG (block1_conv1), MobileNetV2 (block_1_expand,
# expanded_conv_project), EfficientNet (stem_conv, block2a_se_reduce), and this project's (inception_3a_, encoder1_).
_BLOCK = re.compile(
    r"""
    (?:(?:conv|stage|layer|group|unit)_?\d+[a-z]?_)?(?:block|unit|cell)_?\d+[a-z]?(?=_)
    | (?:stage|inception|encoder|decoder|mixed|fire|dense_block|transition|residual|level)_?\d+[a-z]?(?=_)
    | (?:aspp|cbam|se|attention|conv_[dp]w)_?\d+(?=_)
    | (?:aux|auxiliary|head|bottleneck|bridge|expanded_conv|stem|neck)_?\d*(?=_)
    | [a-z]+\d+(?=_(?:conv|bn|relu|pad|pool|norm|lrn|activation|act)$)
    """,
    re.VERBOSE,
)


def block_names(names: Sequence[str]) -> tuple[str, ...]:
    """The block each layer is folded into, by its name; "" where it stands alone.

    The rule: a block is the leading part of the name up to its number, such as "conv2_block1" of "conv2_block1_1_conv",
    "block_1" of "block_1_expand" and "inception_3a" of "inception_3a_pool"; it takes two layers to make one. A layer of
    a model within the model belongs to a block there, or to the model itself: "backbone/block1", "backbone".

    Example:
        >>> block_names(["input", "conv2_block1_1_conv", "conv2_block1_add", "encoder1_conv", "vgg/fc"])
        ('', 'conv2_block1', 'conv2_block1', '', '')
    """
    models = [name.rpartition("/")[0] for name in names]
    found = []
    for name, model in zip(names, models, strict=True):
        match = _BLOCK.match(name, len(model) + bool(model))
        found.append(name[: match.end()] if match else model)
    sizes = Counter(found)
    found = [block if sizes[block] > 1 else model for block, model in zip(found, models, strict=True)]
    sizes = Counter(found)
    return tuple(block if sizes[block] > 1 else "" for block in found)
