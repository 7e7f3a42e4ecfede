"""Several networks, or several views of a photo, asked together: who said what, and what combining changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.answers import TOP, Answer, checked, same_classes
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.ensembling import Combined, combine, members_of
from cnn_core.errors import InputError
from cnn_core.photo_views import View, photo_views

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Member:
    """One of those who were asked: a network about a view."""

    network: str
    view: str


@dataclass(frozen=True, eq=False)
class Together:
    """The answer of all members.

    Attributes:
        classes: names in the order of the outputs.
        views: of the photo; the photo itself is the first.
        members: network by network, each about all views.
        combined: what they said and what it gives together.
    """

    classes: tuple[str, ...]
    views: tuple[View, ...]
    members: tuple[Member, ...]
    combined: Combined

    @property
    def alone(self) -> int:
        """The class that the first network answers about the photo itself."""
        return int(self.combined.members[0].argmax())

    @property
    def agreeing(self) -> int:
        """Members that alone would give the answer of all."""
        return int((self.combined.votes == self.combined.winner).sum())

    def top_alone(self, count: int = TOP) -> tuple[tuple[str, float], ...]:
        """The first network's most probable classes for the photo itself."""
        return Answer(self.classes, self.combined.members[0], {}).top(count)

    def top(self, count: int = TOP) -> tuple[tuple[str, float], ...]:
        """The most probable classes of all; the answer comes first, also among as many votes."""
        shown = self.combined.probabilities.astype(np.float64)
        shown[self.combined.winner] += 1e-6
        order = np.argsort(-shown, kind="stable")[:count]
        return tuple((self.classes[number], float(self.combined.probabilities[number])) for number in order)

    def label(self, number: int) -> str:
        """A class's name."""
        return self.classes[number]


def asked_together(
    networks: Sequence[LookedAt],
    photo: Pixels,
    *,
    kinds: Collection[str] = (),
    method: str = "probabilities",
    weights: Sequence[float] | None = None,
) -> Together:
    """Ask each network about each view of a photo, and combine what they say.

    Args:
        networks: with the same classes.
        photo: (H, W, 3) uint8.
        kinds: of views, of `photo_views.KINDS`.
        method: one of `ensembling.METHODS`.
        weights: one for each network, which its views share.

    Raises:
        InputError: no network, networks with different classes, an answer that is no probability; as `combine`.

    Example:
        >>> both = asked_together([starter], photo, kinds=("flip",))  # doctest: +SKIP
        >>> both.members[1]  # doctest: +SKIP
        Member(network='Starter', view='the photo, mirrored')
    """
    views = photo_views(photo, kinds)
    return combined_views(networks, views, said_of(networks, views), method=method, weights=weights)


def said_of(networks: Sequence[LookedAt], views: Sequence[View]) -> Mapping[str, npt.NDArray[np.float32]]:
    """(V, C) probabilities by each network's key.

    Raises:
        InputError: no network, networks with different classes, or an answer that is no probability.
    """
    if not networks:
        raise InputError("There is no network to ask", "Choose one")
    if not same_classes(networks):
        told = "; ".join(f"{network.title} has {len(network.classes):,}" for network in networks)
        raise InputError(
            f"Networks with different classes cannot be combined: {told}",
            "Choose networks that were trained on the same classes, such as two of ImageNet's",
        )
    return {network.key: checked(members_of(network, views), network) for network in networks}


def combined_views(
    networks: Sequence[LookedAt],
    views: Sequence[View],
    said: Mapping[str, npt.NDArray[np.float32]],
    *,
    method: str = "probabilities",
    weights: Sequence[float] | None = None,
) -> Together:
    """Combine what was said already: a control of the combination asks no network again.

    Args:
        networks: in the order of the members.
        views: in the order of the rows.
        said: as `said_of` gives it.
        method: one of `ensembling.METHODS`.
        weights: one for each network.

    Raises:
        InputError: as `combine`.
    """
    rows = np.concatenate([said[network.key] for network in networks])
    each = [1.0] * len(networks) if weights is None else list(weights)
    spread = [weight for weight in each for _ in views]
    members = tuple(Member(network.title, view.title) for network in networks for view in views)
    combination = combine(rows, method=method, weights=spread)
    return Together(networks[0].classes, tuple(views), members, combination)
