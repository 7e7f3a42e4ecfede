"""Short programs that give the numbers of the page Predictions. Each is text that runs as it is, beside picture.png."""

from collections.abc import Mapping, Sequence

from cnn_core.classifiers.imagenet import IMAGENET
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.preparing import Preparation
from cnn_core.detection.box_code import imports_first

_PHOTO = """\
from pathlib import Path

from cnn_core.images import open_photo

photo = open_photo(Path("picture.png"), name="picture.png", working_side=4096).pixels
"""
_ANSWER = """\
from cnn_core.classifiers.answers import answer_about

answer = answer_about(network, photo)
for label, probability in answer.top({top}):
    print(f"{{probability:7.2%}}  {{label}}")
"""
_KERAS = """\
import keras
import numpy as np

from cnn_core.imagenet_names import imagenet_names

model = keras.applications.{builder}(weights="imagenet"{options})
picture = keras.utils.load_img("picture.png")
height, width = picture.height, picture.width
side = min(height, width)
top, left = (height - side) // 2, (width - side) // 2
# The middle, cut out as a square.
square = np.asarray(picture)[top : top + side, left : left + side]
small = cv2.resize(square, {size}, interpolation=cv2.INTER_AREA if side > {side} else cv2.INTER_LINEAR)
batch = keras.applications.{module}.preprocess_input(small[None].astype("float32"))
probabilities = model.predict(batch)[0]
for number in np.argsort(-probabilities)[:{top}]:
    print(f"{{probabilities[number]:7.2%}}  {{imagenet_names()[number]}}")
"""
_MODULES = {
    "MobileNetV2": "mobilenet_v2",
    "MobileNet": "mobilenet",
    "MobileNetV3Small": "mobilenet_v3",
    "EfficientNetB0": "efficientnet",
    "EfficientNetV2B0": "efficientnet_v2",
    "DenseNet121": "densenet",
    "Xception": "xception",
    "InceptionV3": "inception_v3",
    "ResNet50": "resnet",
    "ResNet50V2": "resnet_v2",
    "VGG16": "vgg16",
}


def answer_code(network: LookedAt, *, top: int) -> Mapping[str, str]:
    """The answer of a network about picture.png; leaves `answer`, or `probabilities` where Keras alone gives it.

    Args:
        network: that is asked.
        top: classes to print.
    """
    own = {"CNN Playground": imports_first(_PHOTO, network.code, _ANSWER.format(top=top))}
    if network.name not in IMAGENET:
        return own
    known = IMAGENET[network.name]
    rows, columns = known.size
    builder = known.backbone.builder
    keras = _KERAS.format(
        builder=builder,
        module=_MODULES[builder],
        options=f", alpha={known.alpha}" if known.alpha else "",
        size=(columns, rows),
        side=rows,
        top=top,
    )
    return {"Keras": imports_first("import cv2\n", keras), **own}


def together_code(
    networks: Sequence[LookedAt], *, kinds: Sequence[str], method: str, weights: Sequence[float]
) -> Mapping[str, str]:
    """Networks and views combined by a plain loop, as `asked_together` does it; leaves `probabilities`.

    Args:
        networks: with the same classes.
        kinds: of views.
        method: one of `ensembling.METHODS`.
        weights: one for each network.
    """
    names = [f"network_{number}" for number in range(len(networks))]
    made = [network.code.replace("network = ", f"{name} = ") for name, network in zip(names, networks, strict=True)]
    loop = f"""\
import numpy as np

from cnn_core.photo_views import photo_views

views = photo_views(photo, {list(kinds)!r})
members, weights = [], []
for network, weight in zip([{", ".join(names)}], {[float(weight) for weight in weights]}):
    for view in views:
        members.append(network.predict(network.prepare(view.pixels)[None])[0])
        weights.append(weight)
weights = np.array(weights) / np.sum(weights)
{_COMBINING[method]}
{_WINNER.get(method, "answer = network_0.classes[probabilities.argmax()]")}
"""
    return {"Python": imports_first(_PHOTO, *made, loop)}


_COMBINING = {
    "probabilities": "probabilities = sum(weight * member for weight, member in zip(weights, members))",
    "logits": """\
scores = sum(weight * np.log(np.maximum(member, 1e-37)) for weight, member in zip(weights, members))
probabilities = np.exp(scores - scores.max())
probabilities /= probabilities.sum()""",
    "vote": """\
probabilities = np.zeros(len(network_0.classes))
for weight, member in zip(weights, members):
    probabilities[member.argmax()] += weight""",
}


# Of classes with as many votes, the one that the members' mean prefers.
_WINNER = {
    "vote": """\
mean = sum(weight * member for weight, member in zip(weights, members))
answer = max(zip(probabilities.round(6), mean, network_0.classes))[2]"""
}


def preparing_code(network: LookedAt, preparation: Preparation) -> Mapping[str, str]:
    """A photo prepared in a way, and what the network answers; leaves `numbers` and `probabilities`.

    Args:
        network: that is asked.
        preparation: right or wrong.
    """
    body = f"""\
from cnn_core.classifiers.preparing import Preparation, prepared

# The right one is network.preparation.
preparation = Preparation({preparation.placement!r}, {preparation.pixels!r}, {preparation.order!r})
numbers = prepared(photo, network.size, preparation, channels=network.channels)
probabilities = network.predict(numbers[None])[0]
print(numbers.min(), numbers.max(), network.classes[probabilities.argmax()], probabilities.max())
"""
    return {"Python": imports_first(_PHOTO, network.code, body)}
