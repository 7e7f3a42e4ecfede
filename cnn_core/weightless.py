"""Build a Keras model for its shapes alone: no weight is allocated at any time.

The function runs inside a Keras scope that leaves variables uninitialised, on a thread that ends with it. Names, shapes
and counts are those of the ordinary model, in tens of milliseconds.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


def read_model(build_or_model: Any, read: Callable[[Any], Result]) -> Result:
    """What `read` finds out about a model, which is built without weights if a function is given.

    `read` must not call the model and must not return it or a part of it: a model without weights computes nonsense.

    Raises:
        TypeError: the function does not return a `keras.Model`.
        Exception: whatever the function or `read` raises, unchanged.
    """
    import keras

    if isinstance(build_or_model, keras.Model):
        return read(build_or_model)
    results: list[Result] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with keras.StatelessScope(initialize_variables=False):
                model = build_or_model()
                if not isinstance(model, keras.Model):
                    raise TypeError(f"The function must return a keras.Model, not {type(model).__name__}")
                results.append(read(model))
        except BaseException as error:
            errors.append(error)

    # Keras remembers uninitialised variables per thread and would allocate them at the thread's next chance: so the
    # thread ends here. Layer names and the dtype policy are per thread, too: they start afresh.
    thread = threading.Thread(target=work, name="weightless-build", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors.pop()
    return results.pop()
