"""Networks without weights: only shapes and counts."""

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import keras


def without_weights(measure: Callable[[], Any]) -> Any:
    """What `measure` returns; models built in it allocate nothing. It must not return the models themselves."""
    result: list[Any] = []
    problem: list[BaseException] = []

    # In a thread of its own, because what was built waits to be initialised in the thread that built it.
    def run() -> None:
        try:
            with keras.StatelessScope(initialize_variables=False):
                result.append(measure())
        except BaseException as error:
            problem.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if problem:
        raise problem[0]
    return result[0]


def counts(build: Callable[..., keras.Model], **arguments: Any) -> dict[str, int]:
    """Parameters by layer, without those that have none; "" is the total."""
    return dict(_counted(build, tuple(arguments.items())))


@cache
def _counted(build: Callable[..., keras.Model], arguments: tuple[tuple[str, Any], ...]) -> dict[str, int]:
    def measure() -> dict[str, int]:
        model = build(**dict(arguments))
        by_layer = {layer.name: layer.count_params() for layer in model.layers}
        return {"": model.count_params(), **{name: count for name, count in by_layer.items() if count}}

    return without_weights(measure)


def trainable(build: Callable[..., keras.Model], **arguments: Any) -> int:
    """Trainable parameters."""

    def measure() -> int:
        sizes = [variable.shape for variable in build(**arguments).trainable_variables]
        total = 0
        for size in sizes:
            product = 1
            for side in size:
                product *= side
            total += product
        return total

    return without_weights(measure)
