"""Six explanations of one answer behind one function."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.errors import InputError
from cnn_core.explain.baseline import baseline_photo
from cnn_core.explain.grad_cam import ClassMaps, grad_cam_heat, grad_cam_plus_plus_heat
from cnn_core.explain.in_parts import Floats, Progress
from cnn_core.explain.inside import Inside
from cnn_core.explain.integrated_gradients import complete_gradients, integrated_gradients
from cnn_core.explain.method_table import METHODS
from cnn_core.explain.occlusion import occlusion
from cnn_core.explain.score_cam import score_cam
from cnn_core.explain.smooth_grad import smooth_grad

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Settings:
    """What the methods depend on.

    Attributes:
        layer: of the Grad-CAM family, one of `map_layers`; None takes the last.
        fill: what stands for nothing, one of `baseline.FILLS`.
        channels: Score-CAM weighs so many maps, those that vary most; None takes all.
        steps: of integrated gradients; None takes as many as make the sum right to 1 %.
        noise: of SmoothGrad, a share of the input's range.
        samples: of SmoothGrad.
        seed: of SmoothGrad's noise.
        cells: of occlusion, along each side.
        width: of what occlusion hides, in cells.
    """

    layer: str | None = None
    fill: str = "mean"
    channels: int | None = 32
    steps: int | None = 32
    noise: float = 0.15
    samples: int = 16
    seed: int = 0
    cells: int = 12
    width: int = 2


def relevant(settings: Settings, method: str) -> tuple[object, ...]:
    """What of the settings a method depends on: maps with the same are the same.

    Example:
        >>> relevant(Settings(noise=0.3), "grad_cam") == relevant(Settings(noise=0.1), "grad_cam")
        True
    """
    return tuple(getattr(settings, name) for name in METHODS[method].settings)


@dataclass(frozen=True, eq=False)
class Explanation:
    """One map.

    Attributes:
        values: (h, w) float32, at least 0 unless the method is signed; it covers what the network sees of the photo.
        seconds: that it took.
        numbers: what can be checked, by name.
    """

    values: Floats
    seconds: float
    numbers: dict[str, float] = field(default_factory=dict)


def explain(
    network: LookedAt,
    photo: Pixels,
    method: str,
    *,
    class_index: int,
    settings: Settings | None = None,
    random_layers: int = 0,
    progress: Progress | None = None,
) -> Explanation:
    """Explain a network's answer about a photo.

    Args:
        network: one that classifies.
        photo: (H, W, 3) uint8.
        method: one of `METHODS`.
        class_index: the class to explain.
        settings: None takes the usual ones.
        random_layers: explain the network with random weights in so many of its last layers, all but occlusion.
        progress: called with what is done and how much there is, for methods that ask many times.

    Raises:
        InputError: no such method, class or layer; settings that the method refuses; a network that tells no classes,
            or whose numbers are not finite.
    """
    if method not in METHODS:
        raise InputError("There is no such explanation", f"Choose one of {', '.join(METHODS)}", method=method)
    if not 0 <= class_index < len(network.classes):
        raise InputError("The network has no such class", f"Choose 0 to {len(network.classes) - 1}", number=class_index)
    if random_layers and method == "occlusion":
        raise InputError("Occlusion asks the network as it is", "Choose another method for random weights")
    chosen = settings or Settings()
    began = time.monotonic()
    asked = _Asked(Inside(network, random_layers), photo, class_index, chosen, progress)
    values, numbers = _HOW[method](asked)
    return Explanation(values, time.monotonic() - began, numbers)


@dataclass(frozen=True, eq=False)
class _Asked:
    """One explanation that is asked for, and what each method makes of it."""

    inside: Inside
    photo: Pixels
    class_index: int
    settings: Settings
    progress: Progress | None

    @property
    def picture(self) -> Floats:
        return self.inside.network.prepare(self.photo)

    @property
    def baseline(self) -> Floats:
        return self.inside.network.prepare(baseline_photo(self.photo, self.settings.fill))

    def grad_cam(self) -> tuple[Floats, dict[str, float]]:
        return grad_cam_heat(self._class_maps())[0], {}

    def grad_cam_plus_plus(self) -> tuple[Floats, dict[str, float]]:
        return grad_cam_plus_plus_heat(self._class_maps())[0], {}

    def _class_maps(self) -> ClassMaps:
        return self.inside.maps(self.picture, class_indices=[self.class_index], layer=self.settings.layer)

    def score_cam(self) -> tuple[Floats, dict[str, float]]:
        maps = self.inside.maps(self.picture, class_indices=[], layer=self.settings.layer).maps
        heat = score_cam(
            self.inside.score(self.class_index),
            self.picture,
            maps,
            baseline=self.baseline,
            channels=self.settings.channels,
            progress=self.progress,
        )
        return heat, {"maps": float(maps.shape[-1])}

    def integrated_gradients(self) -> tuple[Floats, dict[str, float]]:
        picture, baseline, slopes = self.picture, self.baseline, self.inside.slopes(self.class_index)
        ends = self.inside.score(self.class_index)(np.stack([picture, baseline])).astype(np.float64)
        difference, steps = float(ends[0] - ends[1]), self.settings.steps
        if steps:
            shares = integrated_gradients(slopes, picture, baseline=baseline, steps=steps, progress=self.progress)
        else:
            shares, steps = complete_gradients(
                slopes, picture, baseline=baseline, difference=difference, progress=self.progress
            )
        total = float(shares.sum(dtype=np.float64))
        return shares.sum(axis=-1), {"sum": total, "difference": difference, "steps": float(steps)}

    def smooth_grad(self) -> tuple[Floats, dict[str, float]]:
        slope = smooth_grad(
            self.inside.slopes(self.class_index),
            self.picture,
            noise=self.settings.noise,
            samples=self.settings.samples,
            seed=self.settings.seed,
            progress=self.progress,
        )
        return slope.sum(axis=-1), {}

    def occlusion(self) -> tuple[Floats, dict[str, float]]:
        fall = occlusion(
            lambda batch: self.inside.network.predict(batch)[:, self.class_index],
            self.picture,
            baseline=self.baseline,
            cells=self.settings.cells,
            width=self.settings.width,
            progress=self.progress,
        )
        return fall, {}


_HOW: dict[str, Callable[[_Asked], tuple[Floats, dict[str, float]]]] = {
    "grad_cam": _Asked.grad_cam,
    "grad_cam_plus_plus": _Asked.grad_cam_plus_plus,
    "score_cam": _Asked.score_cam,
    "integrated_gradients": _Asked.integrated_gradients,
    "smooth_grad": _Asked.smooth_grad,
    "occlusion": _Asked.occlusion,
}
