"""Short programs that give the maps of the tab Why. Each is text that runs as it is.

They read the photo as the page has it, and need a network's own code, `LookedAt.code`.
"""

from collections.abc import Mapping, Sequence

from cnn_core.detection.box_code import imports_first
from cnn_core.explain.methods import Settings

_PHOTO = """\
from pathlib import Path
import numpy as np
from cnn_core.images import open_photo
"""
_OPENED = """\
photo = open_photo(Path({file!r}), name={file!r}).pixels
class_index = {class_index}
maps_of = {{}}
"""
_MAPS = """\
told = network.ask("explain", picture[None], what="maps", class_indices=[class_index], layer={layer!r}).arrays
maps, slopes = told["maps"], told["slopes"][0]
"""
_BASELINE = """\
from cnn_core.explain.baseline import baseline_photo

nothing = network.prepare(baseline_photo(photo, {fill!r}))
"""
_SLOPES = """\
def slopes_of(batch):
    return network.ask("explain", batch, what="slopes", class_index=class_index).arrays["slopes"]
"""
_PLAIN = {
    "grad_cam": """\
weights = slopes.mean(axis=(0, 1))
maps_of["grad_cam"] = np.maximum((maps * weights).sum(axis=-1), 0)
""",
    "grad_cam_plus_plus": """\
g = slopes.astype(np.float64)
below = 2 * g**2 + maps.sum(axis=(0, 1), dtype=np.float64) * g**3
shares = np.divide(g**2, below, out=np.zeros_like(g), where=below != 0)
weights = (shares * np.maximum(g, 0)).sum(axis=(0, 1))
maps_of["grad_cam_plus_plus"] = np.maximum((maps * weights).sum(axis=-1), 0)
""",
    "score_cam": """\
import cv2

order = np.argsort(-maps.var(axis=(0, 1)), kind="stable")[:{channels!r}]
order = [k for k in order if maps[..., k].var() > 0]
scores = []
for k in order:
    mask = cv2.resize(maps[..., k], picture.shape[1::-1])
    mask = ((mask - mask.min()) / (mask.max() - mask.min()))[..., None]
    masked = mask * picture + (1 - mask) * nothing
    scores.append(network.ask("explain", masked[None], what="scores").arrays["scores"][0, class_index])
weights = np.exp(np.array(scores) - max(scores))
maps_of["score_cam"] = np.maximum(maps[..., order] @ (weights / weights.sum()), 0)
""",
    "integrated_gradients": """\
steps = {steps}
total = 0
for step in range(steps):
    on_the_way = nothing + (step + 0.5) / steps * (picture - nothing)
    total = total + slopes_of(on_the_way[None])[0]
maps_of["integrated_gradients"] = ((picture - nothing) * total / steps).sum(axis=-1)
""",
    "smooth_grad": """\
total = 0
for sample in range({samples}):
    noise = np.random.default_rng(({seed}, sample)).standard_normal(picture.shape, np.float32)
    total = total + slopes_of((picture + {noise} * np.ptp(picture) * noise)[None])[0]
maps_of["smooth_grad"] = (total / {samples}).sum(axis=-1)
""",
    "occlusion": """\
cells, width = {cells}, {width}
whole = network.predict(picture[None])[0, class_index]
fall = np.zeros((cells, cells))
for i, j in np.ndindex(cells, cells):
    hidden = picture.copy()
    ends = []
    for place, length in zip((i, j), picture.shape):
        middle, half = (place + 0.5) * length / cells, width * length / cells / 2
        ends.append(slice(max(round(middle - half), 0), round(middle + half)))
    hidden[tuple(ends)] = nothing[tuple(ends)]
    fall[i, j] = whole - network.predict(hidden[None])[0, class_index]
maps_of["occlusion"] = fall
""",
}
_END = """\
for name, values in maps_of.items():
    print(name, values.shape, values.min(), values.max())
"""


def explain_code(
    network: str, methods: Sequence[str], *, class_index: int, settings: Settings, steps: int, file: str = "picture.png"
) -> Mapping[str, str]:
    """The maps of one class by several methods, in plain NumPy and by `cnn_core`; leaves `maps_of`, name -> map.

    Args:
        network: code that makes `network`.
        methods: of `METHODS`.
        class_index: the class.
        settings: of the methods.
        steps: of integrated gradients, where the settings leave them open.
        file: the photo's.

    Example:
        >>> code = explain_code("network = None", ["grad_cam"], class_index=3, settings=Settings(), steps=32)
        >>> "weights = slopes.mean(axis=(0, 1))" in code["NumPy"]
        True
    """
    values = vars(settings) | {"steps": settings.steps or steps}
    opened = _OPENED.format(file=file, class_index=class_index)
    plain = [opened + "picture = network.prepare(photo)"]
    if {"grad_cam", "grad_cam_plus_plus", "score_cam"} & set(methods):
        plain.append(_MAPS.format(**values))
    if {"score_cam", "integrated_gradients", "occlusion"} & set(methods):
        plain.append(_BASELINE.format(**values))
    if {"integrated_gradients", "smooth_grad"} & set(methods):
        plain.append(_SLOPES)
    plain += [_PLAIN[name].format(**values) for name in methods]
    changed = {name: value for name, value in vars(settings).items() if value != getattr(Settings(), name)}
    given = ", ".join(f"{name}={value!r}" for name, value in changed.items())
    short = f"""\
from cnn_core.explain.methods import Settings, explain

settings = Settings({given})
for method in {list(methods)!r}:
    found = explain(network, photo, method, class_index=class_index, settings=settings)
    maps_of[method] = found.values
"""
    return {
        "NumPy": imports_first(_PHOTO, network, *plain, _END),
        "CNN Playground": imports_first(_PHOTO, network, opened, short, _END),
    }
