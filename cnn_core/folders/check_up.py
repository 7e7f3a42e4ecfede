"""The check-up of a data set before anything is trained: counts, broken files, duplicates, sizes, balance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnn_core.errors import InputError
from cnn_core.folders.duplicates import Duplicates, find_duplicates
from cnn_core.folders.facts import Fact, gather_facts
from cnn_core.folders.layout import why_not
from cnn_core.folders.listing import Listing, Part
from cnn_core.folders.names import shown
from cnn_core.geometry import Pair, as_pair

# A side is enlarged more than so many times where a picture is called too small.
MOST_ENLARGED = 2
IMBALANCED_FROM = 1.5
_MOST_EXPLAINED = 200


@dataclass(frozen=True)
class NotUsed:
    """A file that is left out, why, and what to do about it."""

    file: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class TooSmall:
    """A picture far smaller than the network's input, in pixels."""

    file: str
    rows: int
    columns: int


@dataclass(frozen=True)
class CheckUp:
    """What the check-up found.

    Attributes:
        usable: the data set without the files that cannot be opened.
        counts: usable pictures by class and part.
        unreadable: pictures that cannot be opened.
        unused: the first 200 other files of the folder, with the reason.
        unused_count: how many there are.
        duplicates: groups of files that are the same picture, those across parts first.
        all_compared: False where so much looks alike that not all pairs were compared.
        too_small: pictures that would be enlarged more than twice.
        class_weights: by class: training pictures / (classes * training pictures of the class).
        problems: why training is impossible; empty where it is not.
    """

    usable: Listing
    counts: dict[str, dict[Part, int]]
    unreadable: tuple[NotUsed, ...]
    unused: tuple[NotUsed, ...]
    unused_count: int
    duplicates: tuple[Duplicates, ...]
    all_compared: bool
    too_small: tuple[TooSmall, ...]
    class_weights: dict[str, float]
    problems: tuple[InputError, ...]

    @property
    def imbalance(self) -> float:
        """Training pictures of the largest class per picture of the smallest; 1 where all are equal."""
        counts = [parts["train"] for parts in self.counts.values() if parts["train"]]
        return max(counts) / min(counts) if counts else 1.0

    @property
    def imbalanced(self) -> bool:
        """Whether class weights are worth their while."""
        return self.imbalance >= IMBALANCED_FROM

    @property
    def repeats(self) -> tuple[str, ...]:
        """Files to leave out so that each picture is there once: one for testing stays rather than one for training.

        Groups whose labels disagree are not among them: which label is right only a person can tell.
        """
        order = {"test": 0, "validation": 1, "train": 2}
        found: list[str] = []
        for group in self.duplicates:
            if not group.labels_disagree:
                ranked = sorted(zip(group.parts, group.files, strict=True), key=lambda one: (order[one[0]], one[1]))
                found += [file for _, file in ranked[1:]]
        return tuple(sorted(found))


def check_up(
    listing: Listing,
    *,
    input_size: Pair,
    progress: Callable[[int, int], None] | None = None,
    cache: Path | None = None,
) -> CheckUp:
    """Look at every picture once. Memory does not grow with the pictures' sizes.

    Args:
        listing: the data set.
        input_size: rows and columns that the network takes.
        progress: called with the number of pictures done and of all.
        cache: a file beside the data that spares a second look at what did not change.

    Raises:
        InputError: an input size below 1; a full disk.
    """
    rows, columns = as_pair(input_size, "input size")
    facts = gather_facts(listing, cache=cache, progress=progress)
    broken = [file for file, fact in facts.items() if fact.problem]
    usable = listing.without_broken(broken)
    duplicates, complete = find_duplicates(usable, facts)
    counts = usable.counts()
    return CheckUp(
        usable=usable,
        counts=counts,
        unreadable=tuple(NotUsed(file, facts[file].problem, facts[file].remedy) for file in sorted(broken)),
        unused=tuple(NotUsed(file, *why_not(listing.root, file)) for file in listing.others[:_MOST_EXPLAINED]),
        unused_count=len(listing.others),
        duplicates=duplicates,
        all_compared=complete,
        too_small=tuple(
            TooSmall(item.file, facts[item.file].rows, facts[item.file].columns)
            for item in usable.items
            if facts[item.file].rows * MOST_ENLARGED < rows or facts[item.file].columns * MOST_ENLARGED < columns
        ),
        class_weights=class_weights({label: parts["train"] for label, parts in counts.items()}),
        problems=(*training_problems(usable, before=listing, facts=facts), *_one_picture_classes(usable, duplicates)),
    )


def class_weights(counts: Mapping[str, int]) -> dict[str, float]:
    """Weights under which every class counts the same: n / (k n_c), and 1 on average over the pictures.

    Args:
        counts: training pictures of each class; a class without any gets the weight 1.

    Source: King and Zeng, "Logistic Regression in Rare Events Data" (2001); scikit-learn's `class_weight="balanced"`.

    Example:
        >>> class_weights({"cat": 30, "dog": 10})
        {'cat': 0.6666666666666666, 'dog': 2.0}
    """
    total = sum(counts.values())
    return {label: total / (len(counts) * count) if count else 1.0 for label, count in counts.items()}


def training_problems(
    listing: Listing, *, before: Listing | None = None, facts: Mapping[str, Fact] | None = None
) -> tuple[InputError, ...]:
    """Why a data set cannot be trained on; nothing where it can.

    Args:
        listing: the data set.
        before: the same with the files that cannot be opened, to tell an empty class from a broken one.
        facts: why they cannot be opened.

    Example:
        >>> from cnn_core.folders.listing import Item
        >>> [str(problem) for problem in training_problems(Listing(Path("/photos"), ("cat",), ()))][0]
        "There is one class only, 'cat'. Add a folder with pictures of a second class."
    """
    counts = listing.counts()
    problems = []
    if len(counts) < 2:
        what = f"There is one class only, {shown(next(iter(counts)))}" if counts else "There is no class"
        problems.append(InputError(what, "Add a folder with pictures of a second class"))
    for label, parts in counts.items():
        total = parts["train"] + parts["validation"] + parts["test"]
        broken = [item.file for item in before.of(label=label)] if before and not total else []
        if broken:
            why = f": {broken[0]} {facts[broken[0]].problem}" if facts else ""
            problems.append(
                InputError(
                    f"The one picture of the class {shown(label)} cannot be opened{why}"
                    if len(broken) == 1
                    else f"None of the {len(broken)} pictures of the class {shown(label)} can be opened{why}",
                    "Add pictures that open, or leave the class out",
                )
            )
        elif not total:
            problems.append(
                InputError(f"The class {shown(label)} has no pictures", "Add pictures, or leave the class out")
            )
        elif not parts["train"]:
            problems.append(
                InputError(
                    f"The class {shown(label)} has pictures for validation or test and none to train on",
                    "Add pictures of it, or leave the class out"
                    if listing.split_by_seed
                    else f"Add the folder train/{label} with pictures, or leave the class out",
                )
            )
        elif parts["train"] + (parts["validation"] if listing.split_by_seed else 0) < 2:
            problems.append(
                InputError(
                    f"The class {shown(label)} has one picture only",
                    "Add pictures: a class needs at least 2, and some twenty to be learned",
                )
            )
    return tuple(problems)


def require_trainable(listing: Listing) -> None:
    """Stop where training is impossible.

    Raises:
        InputError: the first of `training_problems`.
    """
    for problem in training_problems(listing):
        raise problem


def _one_picture_classes(listing: Listing, duplicates: tuple[Duplicates, ...]) -> list[InputError]:
    """Two copies of one picture are one picture."""
    problems = []
    counts = listing.counts()
    for group in duplicates:
        label = group.labels[0]
        if group.exact and not group.labels_disagree and len(group.files) == sum(counts[label].values()):
            problems.append(
                InputError(
                    f"The {len(group.files)} pictures of the class {shown(label)} are copies of one picture",
                    "Add different pictures: a class needs at least 2, and some twenty to be learned",
                )
            )
    return problems
