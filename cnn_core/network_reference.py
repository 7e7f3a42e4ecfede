"""Which network is meant, so that another process can read it: one of the catalog, or one's own as a link's text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class NetworkReference:
    """A network that can be built from these values alone; made by `from_catalog` or `own_network`.

    Attributes:
        architecture: a key of `ARCHITECTURES`, or "".
        input_shape: rows, columns, channels; for one of the catalog.
        num_classes: likewise.
        options: likewise, the builder's own.
        link: the text of `encode_network`, or "".
    """

    architecture: str = ""
    input_shape: tuple[int, int, int] | None = None
    num_classes: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""

    @property
    def title(self) -> str:
        """What messages call it."""
        from cnn_core.architectures.catalog import ARCHITECTURES

        return ARCHITECTURES[self.architecture].title if self.architecture in ARCHITECTURES else "Your network"

    def build(self) -> keras.Model:
        """The network as an uncompiled Keras model.

        Raises:
            InputError: no such network, or values that its builder refuses.
        """
        if self.link:
            from cnn_core.own_network.builder import build_network
            from cnn_core.own_network.link import decode_network

            specs, input_shape = decode_network(self.link)
            return build_network(specs, input_shape=input_shape)
        from cnn_core.architectures.catalog import ARCHITECTURES

        if self.architecture not in ARCHITECTURES:
            raise InputError("This network is not in the catalog", "Choose one of its networks", name=self.architecture)
        entry = ARCHITECTURES[self.architecture]
        return entry.build(input_shape=self.input_shape, num_classes=self.num_classes, **self.options)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "options": dict(self.options)}


def from_catalog(
    architecture: str, *, input_shape: tuple[int, int, int], num_classes: int, **options: Any
) -> NetworkReference:
    """One of the catalog's networks with these settings."""
    return NetworkReference(architecture, tuple(input_shape), num_classes, options)  # type: ignore[arg-type]


def own_network(link: str) -> NetworkReference:
    """A network of one's own, by the text of its link."""
    return NetworkReference(link=link)


def from_json(values: Mapping[str, Any]) -> NetworkReference:
    """What `as_json` gave.

    Example:
        >>> reference = from_catalog("lenet5", input_shape=(32, 32, 1), num_classes=10)
        >>> from_json(reference.as_json()) == reference
        True
    """
    shape = values["input_shape"]
    return NetworkReference(**{**values, "input_shape": tuple(shape) if shape else None})
