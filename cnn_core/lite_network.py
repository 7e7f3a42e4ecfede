"""A network as a LiteRT file, run by `ai-edge-litert` with XNNPACK: its first answer comes before Keras is imported.

`ai_edge_litert` is imported when the first network is made.
"""

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.runtime import usable_cores

# More threads than this gain nothing on networks as small as these.
_MOST_THREADS = 4
# Pixels that go through at once, and pixels of the largest picture: 2**20 of them took the widest network 600 MB.
_CHUNK_PIXELS = 2**17
MOST_PIXELS = 2**20
# The interpreter never gives memory back; behind a run of more pixels than this it is made anew.
_KEPT_PIXELS = 2**18


class LiteNetwork:
    """A LiteRT file with one picture input and one or more outputs, called with a batch. May be called from any thread.

    Attributes:
        input_shape: rows, columns and channels; None where any number goes in.

    Example:
        >>> network = LiteNetwork(Path("network.tflite").read_bytes())  # doctest: +SKIP
        >>> network(np.zeros((1, 32, 32, 3), np.float32)).shape  # doctest: +SKIP
        (1, 10)
    """

    def __init__(self, file: bytes, *, threads: int | None = None) -> None:
        """Read the network.

        Args:
            file: the content of a .tflite file that this project made.
            threads: for one run; None takes the cores there are, at most 4.
        """
        self._file = file
        self._threads = threads or min(_MOST_THREADS, usable_cores())
        # One interpreter is one state: two threads take turns, and each run uses all its cores.
        self._turn = threading.Lock()
        self._interpreter: Any = None
        shape = self._open()["shape_signature"][1:]
        self.input_shape = tuple(int(size) if size > 0 else None for size in shape)

    def __call__(self, batch: npt.ArrayLike) -> Any:
        """What the network gives for a batch.

        Args:
            batch: (N, H, W, C) in the range that the network was trained on.

        Returns:
            (N, ...) float32; a tuple of them where the network has more than one output.

        Raises:
            InputError: another number of axes, a size that the network does not take, or more than `MOST_PIXELS`.
        """
        batch = np.ascontiguousarray(batch, np.float32)
        self._check(batch)
        at_once = max(1, _CHUNK_PIXELS // (batch.shape[1] * batch.shape[2]))
        with self._turn:
            chunks = [self._run(batch[first : first + at_once]) for first in range(0, len(batch), at_once)]
            if at_once * batch[0, ..., 0].size > _KEPT_PIXELS and None in self.input_shape:
                self._interpreter = None
        outputs = tuple(np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in zip(*chunks, strict=True))
        return outputs if len(outputs) > 1 else outputs[0]

    def _open(self) -> dict[str, Any]:
        """Make the interpreter, and say what it knows of its input."""
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=self._file, num_threads=self._threads)
        details: dict[str, Any] = self._interpreter.get_input_details()[0]
        self._input = details["index"]
        # The interpreter lists outputs in an order of its own; the signature's names say the network's.
        outputs = self._interpreter.get_signature_runner().get_output_details()
        self._outputs = [outputs[f"output_{number}"]["index"] for number in range(len(outputs))]
        self._shape: tuple[int, ...] = ()
        return details

    def _run(self, chunk: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        if self._interpreter is None:
            self._open()
        if chunk.shape != self._shape:
            self._shape = ()
            self._interpreter.resize_tensor_input(self._input, chunk.shape)
            self._interpreter.allocate_tensors()
            self._shape = chunk.shape
        self._interpreter.set_tensor(self._input, chunk)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]

    def _check(self, batch: npt.NDArray[np.float32]) -> None:
        wanted = " x ".join("any" if size is None else str(size) for size in self.input_shape)
        if batch.ndim != 4 or batch.size == 0:
            raise InputError("The network takes a batch of pictures", f"Give it (N, {wanted})", shape=batch.shape)
        if any(size not in (None, given) for size, given in zip(self.input_shape, batch.shape[1:], strict=True)):
            raise InputError(
                "The picture does not have the network's input size", f"Bring it to {wanted}", shape=batch.shape
            )
        if batch.shape[1] * batch.shape[2] > MOST_PIXELS:
            raise InputError(
                "The picture is larger than the network is run on",
                f"Make it smaller than {MOST_PIXELS:,} pixels",
                shape=batch.shape,
            )
