"""Short programs that give the numbers of the tab Claims. Each is text that runs as it is, beside picture.png."""

from collections.abc import Mapping, Sequence

from cnn_core.detection.box_code import imports_first

_PHOTO = """\
from pathlib import Path
import numpy as np
from cnn_core.images import open_photo
"""
_OPENED = """\
photo = open_photo(Path("picture.png"), name="picture.png").pixels
"""
# What the network gets of the picture x, uint8, disturbed by the strength s.
_PLAIN = {
    "noise": """\
pattern = np.random.default_rng({seed}).standard_normal(x.shape, np.float32)
def disturbed(s):
    return np.rint(np.clip(x + 255 * s * pattern, 0, 255)).astype(np.uint8)
""",
    "blur": """\
import cv2

def disturbed(s):
    return cv2.GaussianBlur(x, (0, 0), s * max(x.shape[:2])) if s else x
""",
    "occlusion": """\
order = np.random.default_rng({seed}).permutation(64)
squares = [np.arange(length) * 8 // length for length in x.shape[:2]]
def disturbed(s):
    hidden = np.zeros(64, bool)
    hidden[order[: round(64 * s)]] = True
    mask = hidden.reshape(8, 8)[np.ix_(*squares)]
    return np.where(mask[..., None], np.rint(x.mean(axis=(0, 1))).astype(np.uint8), x)
""",
    "rotation": """\
import cv2

rows, columns = x.shape[:2]
mean = [int(value) for value in np.rint(x.mean(axis=(0, 1)))]
def disturbed(s):
    turn = cv2.getRotationMatrix2D(((columns - 1) / 2, (rows - 1) / 2), s, 1.0)
    return cv2.warpAffine(x, turn, (columns, rows), borderMode=cv2.BORDER_CONSTANT, borderValue=mean)
""",
    "brightness": """\
def disturbed(s):
    return np.rint(np.clip(x + np.float32(255 * s), 0, 255)).astype(np.uint8)
""",
}
_ASKED = """\
from cnn_core.classifiers.preparing import as_numbers, placed

x = placed(photo, network.size, network.preparation.placement)
{plain}
def said(picture):
    return network.predict(as_numbers(picture, network.preparation, channels=network.channels)[None])[0]

strengths = np.linspace({low}, {high}, {count})
predicted = said(x).argmax()
line = [said(disturbed(float(s)))[predicted] for s in strengths]
"""
_CURVE = """\
from cnn_core.stress.curve import curve_in_words, stress_curve
from cnn_core.stress.disturbances import strengths as even

strengths = even({kind!r}, {count})
curve = stress_curve(network, photo, {kind!r}, strengths, seed={seed})
line = curve.line
print(curve_in_words(curve, network.classes))
"""
_PRINTED = """\
for s, p in zip(strengths, line):
    print(f"{s:8.3f} {p:7.1%}")
"""


def curve_code(network: str, kind: str, *, low: float, high: float, count: int, seed: int) -> Mapping[str, str]:
    """A curve in plain NumPy and OpenCV, and by `cnn_core`; leaves `strengths` and `line`.

    Args:
        network: code that makes `network`.
        kind: one of `DISTURBANCES`.
        low, high: its strengths.
        count: of them.
        seed: of what is random.

    Example:
        >>> code = curve_code("network = None", "noise", low=0.0, high=0.5, count=3, seed=1)
        >>> "strengths = np.linspace(0.0, 0.5, 3)" in code["NumPy"]
        True
    """
    plain = _ASKED.format(plain=_PLAIN[kind].format(seed=seed), low=low, high=high, count=count)
    short = _CURVE.format(kind=kind, count=count, seed=seed)
    return {
        "NumPy": imports_first(_PHOTO, network, _OPENED, plain, _PRINTED),
        "CNN Playground": imports_first(_PHOTO, network, _OPENED, short, _PRINTED),
    }


def shift_code(network: str, *, scale: float, fill: str, top: int) -> Mapping[str, str]:
    """The photo moved along a row; leaves `places` and `line`.

    Example:
        >>> "scale=0.5" in shift_code("", scale=0.5, fill="mean", top=3)["CNN Playground"]
        True
    """
    plain = f"""\
from cnn_core.classifiers.preparing import as_numbers, placed
from cnn_core.explain.baseline import baseline_photo
from cnn_core.folders.pictures import picture_from_pixels

x = placed(photo, network.size, network.preparation.placement)
rows, columns = (round({scale} * length) for length in x.shape[:2])
small = picture_from_pixels(x, size=(rows, columns))

def said(top, left):
    picture = baseline_photo(x, {fill!r})
    picture[top : top + rows, left : left + columns] = small
    return network.predict(as_numbers(picture, network.preparation, channels=network.channels)[None])[0]

room = x.shape[0] - rows, x.shape[1] - columns
predicted = said(room[0] // 2, room[1] // 2).argmax()
places = range(0, room[1] + 1, max(1, -(-(room[1] + 1) // 96)))
line = [said({top}, left)[predicted] for left in places]
"""
    short = f"""\
from cnn_core.stress.placing import Stage, along_a_row, shifts_in_words

stage = Stage(network, photo, scale={scale}, fill={fill!r})
shifts = along_a_row(network, stage, top={top})
places, line = [left for _, left in shifts.places], shifts.line
print(shifts_in_words(shifts, network.classes))
"""
    printed = 'for left, p in zip(places, line):\n    print(f"{left:4} {p:7.1%}")\n'
    return {
        "NumPy": imports_first(_PHOTO, network, _OPENED, plain, printed),
        "CNN Playground": imports_first(_PHOTO, network, _OPENED, short, printed),
    }


def hierarchy_code(network: str, *, layers: Sequence[str], channels: int, patches: int) -> Mapping[str, str]:
    """The strongest places of the channels that answer the photo most; leaves `strongest`.

    Args:
        network: code that makes `network`.
        layers: by name.
        channels: of each layer.
        patches: of each channel.

    Example:
        >>> "layers = ['conv']" in hierarchy_code("", layers=["conv"], channels=1, patches=3)["NumPy"]
        True
    """
    plain = f"""\
from cnn_core.activations.sample_pictures import sample_names, sample_pixels

layers = {list(layers)!r}
batch = network.prepare(photo)[None]
samples = np.stack([network.prepare(sample_pixels(name)) for name in sample_names()])
strongest = {{}}
for layer in layers:
    maps = network.ask("maps", batch, layer=layer).arrays["maps"][0]
    of_samples = network.ask("maps", samples, layer=layer).arrays["maps"]
    for channel in np.argsort(-maps.mean((0, 1), dtype=np.float64), kind="stable")[:{channels}]:
        peaks = of_samples[..., channel].max(axis=(1, 2))
        order = np.argsort(-peaks, kind="stable")[:{patches}]
        strongest[layer, int(channel)] = [(sample_names()[k], float(peaks[k])) for k in order]
print(strongest)
"""
    return {"NumPy": imports_first(_PHOTO, network, _OPENED, plain)}


def sharing_code(
    network: str, *, layer: str, channel: int, seen: int, top: int, left: int, side: int
) -> Mapping[str, str]:
    """One kernel as a dense layer, on a patch of the photo in grey; leaves `matrix`, `dense` and `convolved`.

    Example:
        >>> "matrix @ patch.ravel()" in sharing_code("", layer="a", channel=0, seen=0, top=0, left=0, side=6)["NumPy"]
        True
    """
    plain = f"""\
from cnn_core.classifiers.preparing import placed

batch = network.prepare(photo)[None]
kernel = network.ask("filters", batch, layer={layer!r}, channel={channel}).arrays["kernel"][..., {seen}]
grey = placed(photo, network.size, network.preparation.placement).mean(axis=2) / 255
patch = grey[{top} : {top + side}, {left} : {left + side}].astype(np.float32)

k_h, k_w = kernel.shape
down, across = patch.shape[0] - k_h + 1, patch.shape[1] - k_w + 1
matrix = np.zeros((down, across, *patch.shape), np.float32)
convolved = np.zeros((down, across), np.float32)
for i, j in np.ndindex(down, across):
    matrix[i, j, i : i + k_h, j : j + k_w] = kernel
    convolved[i, j] = (kernel * patch[i : i + k_h, j : j + k_w]).sum()
matrix = matrix.reshape(down * across, -1)
dense = (matrix @ patch.ravel()).reshape(down, across)
print(matrix.shape, np.abs(dense - convolved).max())
"""
    return {"NumPy": imports_first(_PHOTO, network, _OPENED, plain)}
