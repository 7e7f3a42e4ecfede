"""One run on several devices of a machine, data-parallel: each has the whole network and its part of every batch.

On TensorFlow by `MirroredStrategy`, on JAX by `keras.distribution.DataParallel`; Keras on PyTorch has none. Where there
are too few GPUs the processor is divided into virtual devices: nothing gets faster, and everything can be tried.
Imports TensorFlow where Keras runs on it: strategies are TensorFlow's.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.transfer.updates import Step, on_one_device

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

MOST_DEVICES = 16


@dataclass(frozen=True, eq=False)
class Spread:
    """The devices of a run.

    Attributes:
        devices: their names; one where it is not spread.
        virtual: whether they are parts of the processor.
        strategy: TensorFlow's strategy, or Keras' distribution; None for one device.
    """

    devices: tuple[str, ...] = ("",)
    virtual: bool = False
    strategy: Any = None

    @property
    def step(self) -> Step:
        """One update of the weights from one batch: `train_on_batch`, or that with the batch divided."""
        return on_one_device if self.strategy is None else _STEPS[_backend()]

    @contextmanager
    def building(self) -> Iterator[None]:
        """A network that is built here has a copy of its weights on each device."""
        if self.strategy is None:
            yield
        elif _backend() == "tensorflow":
            with self.strategy.scope():
                yield
        else:
            import keras

            keras.distribution.set_distribution(self.strategy)
            yield

    def seen(self, model: "keras.Model") -> "keras.Model":
        """The same network, the same weights, for whoever asks it about pictures: one device answers.

        TensorFlow would give each device the whole batch, and the answers as many times as there are devices.
        """
        if self.strategy is None or _backend() != "tensorflow":
            return model
        import keras

        return keras.Model(model.input, model.output, name=model.name)

    def end(self) -> None:
        """Networks that are built from here on have one device again."""
        if self.strategy is not None and _backend() == "jax":
            import keras

            keras.distribution.set_distribution(None)


def spread_over(count: int) -> Spread:
    """Find so many devices: GPUs, else parts of the processor.

    Must be called before this process has computed anything with Keras where the processor is to be divided.

    Raises:
        InputError: a count out of range; Keras runs on PyTorch; the processor cannot be divided any more.

    Example:
        >>> spread_over(1).devices
        ('',)
    """
    if not 1 <= count <= MOST_DEVICES:
        raise InputError("There are too many devices, or none", f"Choose 1 to {MOST_DEVICES}", devices=count)
    if count == 1:
        return Spread()
    backends = {"tensorflow": _mirrored, "jax": _data_parallel}
    if _backend() not in backends:
        raise InputError(
            "Keras spreads a training over devices on TensorFlow and JAX only",
            "Set KERAS_BACKEND to one of them, or train on one device",
            backend=_backend(),
        )
    return backends[_backend()](count)


@contextmanager
def synchronised(model: "keras.Model") -> Iterator[None]:
    """Batch norm takes its mean and variance from the whole batch, on whichever device its parts are.

    On JAX it always does: there a batch is one array, wherever its rows lie. On TensorFlow each device would take those
    of its own part, and the network would be another than on one device.
    """
    import keras

    norms = [one for one in model.layers if isinstance(one, keras.layers.BatchNormalization) and not one.synchronized]
    if _backend() != "tensorflow":
        norms = []
    for norm in norms:
        norm.synchronized = True
    try:
        yield
    finally:
        for norm in norms:
            norm.synchronized = False


def training_on(spread: Spread, model: "keras.Model") -> AbstractContextManager[None]:
    """What holds while a network is trained on these devices."""
    return nullcontext() if spread.strategy is None else synchronised(model)


def _mirrored(count: int) -> Spread:
    import tensorflow as tf  # noqa: TID251  # strategies are TensorFlow's

    gpus = tf.config.list_physical_devices("GPU")
    if len(gpus) >= count:
        names = [f"GPU:{number}" for number in range(count)]
        return Spread(tuple(names), strategy=tf.distribute.MirroredStrategy(names))
    _divide_processor(count)
    names = [f"CPU:{number}" for number in range(count)]
    # On processors the usual way numbers its messages anew for each strategy: a second one in the same process would
    # get those of the first.
    adding_up = tf.distribute.ReductionToOneDevice()
    return Spread(tuple(names), True, tf.distribute.MirroredStrategy(names, cross_device_ops=adding_up))


def _divide_processor(count: int) -> None:
    import tensorflow as tf  # noqa: TID251  # Keras does not configure devices

    parts = [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
    try:
        # Once TensorFlow has computed it refuses; then it may be divided already.
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
    except RuntimeError:
        if len(tf.config.list_logical_devices("CPU")) < count:
            raise _too_late(count) from None


def _data_parallel(count: int) -> Spread:
    import jax
    import keras

    # Looking for devices fixes how many parts the processor has, so it is divided first; once fixed, JAX refuses.
    with suppress(RuntimeError):
        jax.config.update("jax_num_cpu_devices", count)
    gpus: list[str] = []
    # Without support for GPUs JAX does not know the word.
    with suppress(RuntimeError):
        gpus = keras.distribution.list_devices("gpu")
    devices = gpus if len(gpus) >= count else keras.distribution.list_devices("cpu")
    if len(devices) < count:
        raise _too_late(count)
    devices, virtual = devices[:count], devices is not gpus
    distribution = keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
    return Spread(tuple(devices), virtual, distribution)


def _too_late(count: int) -> InputError:
    return InputError(
        f"There are no {count} GPUs here, and the processor is in use as one device already",
        "Train in a process of its own: python -m cnn_core.training RUN_FOLDER",
        devices=count,
    )


def _mirrored_step(model: "keras.Model", inputs: Floats, targets: Floats, weights: Floats) -> Mapping[str, Any]:
    """Keras' own step of training, with a part of the batch for each device.

    `train_on_batch` would give each device the whole batch. The optimizer adds up the gradients of all parts, each
    divided by the number of parts: with parts of one length, that is the gradient of the whole batch.
    """
    strategy = model.distribute_strategy
    parts = [np.split(one, strategy.num_replicas_in_sync) for one in (inputs, targets, weights)]
    batch = strategy.experimental_distribute_values_from_function(
        lambda context: tuple(part[context.replica_id_in_sync_group] for part in parts)
    )
    # As `train_on_batch` does it: metrics have to be there before the step is traced.
    model._maybe_symbolic_build(data_batch=(inputs, targets, weights))
    model.make_train_function()
    model.reset_metrics()
    logs = model.train_function(iter([batch]))
    return {name: float(np.asarray(value)) for name, value in logs.items()}


def _backend() -> str:
    import keras

    return str(keras.backend.backend())


_STEPS: Mapping[str, Step] = {"tensorflow": _mirrored_step, "jax": on_one_device}
