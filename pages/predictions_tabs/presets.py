"""Try this: settings of the page Predictions that teach something, all with the starter, which needs no download."""

from typing import Any

from cnn_core.classifiers.loading import STARTER

# What the control `predictions_material` is called where the shared picture is asked about.
PICTURE = "The picture"


def _settings(sample: str, *, network: str = STARTER, **settings: Any) -> dict[str, Any]:
    """A sample and a network alone, and the controls of a tab."""
    return {
        "picture_source": "sample",
        "picture_sample": sample,
        "network_name": network,
        "network_beside": [],
        **{f"predictions_{name}": value for name, value in settings.items()},
    }


ANSWERS = {
    "A cat": (
        "Ten classes, and one of them is meant: all bars together are 100 %.",
        _settings("cat", material=PICTURE, top=10),
    ),
    "Not in its list": (
        "A cup of coffee is none of the starter's ten classes. It answers all the same: softmax cannot say that it "
        "does not know.",
        _settings("coffee", material=PICTURE, top=10),
    ),
    "A thousand classes": (
        "MobileNetV2 knows the cup, and what is in it. Its weights are downloaded once.",
        _settings("coffee", network="mobilenet_v2", material=PICTURE, top=5),
    ),
}

TOGETHER = {
    "Mirrored": (
        "To us a mirrored cat is the same cat. To the network it is another picture: the two answers differ by a "
        "little, and their mean leans on neither.",
        _settings("cat", views=["flip"], method="probabilities"),
    ),
    "Crops change the answer": (
        "Ship or bird? The rocket is neither, and what the starter answers hangs on the framing: six views do not "
        "agree.",
        _settings("rocket", views=["crops"], method="probabilities"),
    ),
    "By votes": (
        "Each view has one vote, however sure it is. What was close stays close: look who voted for what.",
        _settings("astronaut", views=["flip", "crops", "scales", "rotations"], method="vote"),
    ),
}

PREPROCESSING = {
    "BGR for RGB": (
        "OpenCV reads files as BGR. The ginger cat turns blue, and the network sees an airplane against the sky.",
        _settings("cat", mistake="BGR instead of RGB"),
    ),
    "Not scaled": (
        "Numbers up to 255 where the network knows 0 to 1: all is white to it, and it is perfectly sure of its answer.",
        _settings("rocket", mistake="not scaled: 0 to 255"),
    ),
    "Right range, wrong zero": (
        "From -1 to 1 instead of 0 to 1: the darker half of the photo falls below black.",
        _settings("coffee", mistake="as MobileNetV2 wants it: -1 to 1"),
    ),
}
