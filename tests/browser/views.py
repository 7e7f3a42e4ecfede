"""What the pictures show: the views of the app that the browser tests open and the README prints."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.browser.serving import PHONE, USUAL


@dataclass(frozen=True)
class View:
    """One picture: its file name, the page's path and link parameters, colour scheme and device.

    Attributes:
        ready: CSS selector of what must be on the page before the picture is taken.
    """

    name: str
    path: str
    parameters: dict[str, str]
    ready: str
    scheme: str = "light"
    phone: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the window in CSS pixels."""
        viewport = self.context()["viewport"]
        return viewport["width"], viewport["height"]

    def address(self, base: str) -> str:
        """The view's address on a server."""
        return f"{base}/{self.path}" + (f"?{urlencode(self.parameters)}" if self.parameters else "")

    def context(self) -> dict[str, Any]:
        """Options of the browser context."""
        return (PHONE if self.phone else USUAL) | {"color_scheme": self.scheme}


COMPARED = "[data-testid=stMain] .comparison img[src^=data]"
STEPPED = "[data-testid=stepper-sum]"
STEPS = {
    "convolution_view": "Step by step",
    "convolution_kernel": "Vertical edge",
    "convolution_padding": "Valid: none",
}
PICTURE = "[data-testid=stMain] img"
GRAPH = "[data-testid=network-graph] svg"
BLOCKS = {"architectures_network": "LeNet-5", "architectures_one_picture": "Blocks"}
FOUND = {"picture_sample": "Scene with ground truth", "picture_scene": "11"}
BOXES = "[data-testid=boxes-mark]"
OWN = {"architectures_view": "Build your own"}

VIEWS = (
    View("home_light", "", {}, PICTURE),
    View("home_dark", "", {}, PICTURE, scheme="dark"),
    View("home_phone", "", {}, PICTURE, phone=True),
    View("convolution_light", "convolution", {}, COMPARED),
    View("convolution_dark", "convolution", {}, COMPARED, scheme="dark"),
    View("convolution_phone", "convolution", {}, COMPARED, phone=True),
    View("steps_light", "convolution", STEPS, STEPPED),
    View("steps_dark", "convolution", STEPS, STEPPED, scheme="dark"),
    View("steps_phone", "convolution", STEPS, STEPPED, phone=True),
    View("translation_light", "convolution", {"convolution_view": "Translation"}, PICTURE),
    View("chain_light", "convolution", {"convolution_view": "Chain"}, PICTURE),
    View("pooling_light", "pooling", {}, PICTURE),
    View("pooling_dark", "pooling", {}, PICTURE, scheme="dark"),
    View("pooling_phone", "pooling", {}, PICTURE, phone=True),
    View("architectures_light", "architectures", {}, GRAPH),
    View("architectures_dark", "architectures", BLOCKS, PICTURE, scheme="dark"),
    View("architectures_phone", "architectures", {}, GRAPH, phone=True),
    View("compare_light", "architectures", {"architectures_view": "Compare"}, ".js-plotly-plot"),
    View("own_light", "architectures", OWN, GRAPH),
    View("detection_light", "detection", FOUND, BOXES),
    View("detection_phone", "detection", FOUND, BOXES, phone=True),
)
