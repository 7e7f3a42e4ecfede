"""A preset of KerasHub: what is known of it before it is downloaded, and where it lies afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnn_core.errors import InputError
from cnn_core.model_downloads import download_model, downloaded, present


@dataclass(frozen=True)
class HubPreset:
    """A network of KerasHub.

    Attributes:
        name: KerasHub's.
        title: what people call it.
        parameters: how many numbers it learned.
        licence: of the weights.
        figure: how good it is, as its origin measured it, in percent; None where its origin does not tell it.
        handle: of its download.
    """

    name: str
    title: str
    parameters: int
    licence: str
    figure: float | None
    handle: str

    @property
    def megabytes(self) -> int:
        """Size of the download, about: four bytes a parameter."""
        return round(self.parameters * 4 / 1e6)

    @property
    def present(self) -> bool:
        """Whether it is here already."""
        return present(self.handle)

    def download(self, *, progress: Callable[[int, int], None] | None = None) -> Path:
        """Its folder, downloaded where it is not here yet.

        Args:
            progress: called with the bytes so far and the bytes in all.

        Raises:
            InputError: no connection.
        """
        return download_model(self.handle, progress=progress)

    def folder(self) -> Path:
        """Where it lies.

        Raises:
            InputError: it is not here yet.
        """
        found = downloaded(self.handle)
        if found is None:
            raise InputError(
                f"{self.title} is not on this machine", f"Download it first ({self.megabytes} MB)", name=self.name
            )
        return found
