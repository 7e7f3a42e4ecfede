"""Networks side by side: the catalog's entries, and variants that differ from one in a single setting."""

from dataclasses import dataclass
from typing import Any

from cnn_core.architectures.catalog import ARCHITECTURES
from cnn_core.network_reference import NetworkReference, from_catalog

# The settings that the published accuracy is for, where they are not the catalog's.
MEASURED: dict[str, tuple[tuple[str, Any], ...]] = {
    "alexnet": (("original", True),),
    "googlenet": (("lrn", True),),
}


@dataclass(frozen=True)
class Variant:
    """A network with some settings changed.

    Attributes:
        title: what tables and charts call it.
        network: a key of `ARCHITECTURES`.
        changes: settings that differ from the catalog's.
    """

    title: str
    network: str
    changes: tuple[tuple[str, Any], ...] = ()

    def reference(self) -> NetworkReference:
        """The network at the catalog's input size and classes, with the changes."""
        entry = ARCHITECTURES[self.network]
        options = {option.name: option.default for option in entry.options} | dict(self.changes)
        return from_catalog(self.network, input_shape=entry.input_shape, num_classes=entry.num_classes, **options)

    @property
    def top1(self) -> float | None:
        """Published ImageNet top-1 in per cent; None where the figure belongs to another variant, or to none."""
        return ARCHITECTURES[self.network].top1 if self.changes == MEASURED.get(self.network, ()) else None


CLASSIFIERS = tuple(name for name, entry in ARCHITECTURES.items() if entry.task == "classification")

VARIANTS: dict[str, Variant] = {
    **{name: Variant(entry.title, name) for name, entry in ARCHITECTURES.items() if entry.task != "block"},
    "resnet34_plain": Variant("ResNet-34 without shortcuts", "resnet34", (("plain", True),)),
    "resnet18_plain": Variant("ResNet-18 without shortcuts", "resnet18", (("plain", True),)),
    "standard_cnn": Variant("The separable CNN with standard convolutions", "separable_cnn", (("separable", False),)),
    "flatten_cnn": Variant("The global pooling CNN with Flatten", "gap_cnn", (("head", "flatten"),)),
    "alexnet_original": Variant("AlexNet as published", "alexnet", (("original", True),)),
    "googlenet_lrn": Variant("GoogLeNet as published", "googlenet", (("lrn", True),)),
    "unet_no_skips": Variant("U-Net without skips", "unet", (("skips", False),)),
}
