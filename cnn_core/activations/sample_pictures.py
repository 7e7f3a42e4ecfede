"""The pictures among which a channel's strongest patches are looked for: sample photos and drawn scenes."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.samples import SAMPLES, SCENE, sample, sample_scene

Pixels = npt.NDArray[np.uint8]

_SCENES = 24


@lru_cache(maxsize=1)
def sample_names() -> tuple[str, ...]:
    """Keys of the pictures: those samples that are here, and "scene 0" on.

    Example:
        >>> sample_names()[-1]
        'scene 23'
    """
    here = [name for name in SAMPLES if name != SCENE and _is_here(name)]
    return (*here, *(f"{SCENE} {number}" for number in range(_SCENES)))


def sample_title(name: str) -> str:
    """What people call one of `sample_names`.

    Example:
        >>> sample_title("zone_plate"), sample_title("scene 3")
        ('Zone plate', 'Scene 3')
    """
    return SAMPLES[name].title if name in SAMPLES else name.capitalize()


def sample_pixels(name: str) -> Pixels:
    """One of `sample_names`, (H, W, 3) uint8.

    Example:
        >>> sample_pixels("scene 3").shape
        (384, 384, 3)
    """
    return sample(name) if name in SAMPLES else sample_scene(int(name.rpartition(" ")[2])).pixels


def _is_here(name: str) -> bool:
    """The photos come with scikit-image, which may be missing."""
    try:
        sample(name)
    except InputError:
        return False
    return True
