"""Which pictures are kept back for validation: by a hash of name and seed, class by class.

A picture's place does not depend on the others: one more picture moves at most one that was there before, in its class.
Exact copies of one picture stay together, whatever their names and classes.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from cnn_core.errors import InputError

MOST_VALIDATION = 0.9


def validation_files(
    labels: Mapping[str, str], *, fraction: float, seed: int, copies: Mapping[str, str] | None = None
) -> frozenset[str]:
    """The names kept back: of each class the nearest whole number to the fraction, at least one where it can be.

    Args:
        labels: name to class.
        fraction: 0 to 0.9; 0 keeps nothing back.
        seed: another seed, another choice.
        copies: name to the name that stands for it and all its copies; names not in it stand alone.

    Raises:
        InputError: a fraction outside its range.

    Example:
        >>> names = {f"cat/{number}.jpg": "cat" for number in range(10)}
        >>> sorted(validation_files(names, fraction=0.2, seed=0))
        ['cat/1.jpg', 'cat/5.jpg']
    """
    if not 0 <= fraction <= MOST_VALIDATION:
        raise InputError(
            "The part kept for validation is out of range", f"Choose 0 to {MOST_VALIDATION}", fraction=fraction
        )
    if fraction == 0:
        return frozenset()
    together: dict[str, list[str]] = defaultdict(list)
    for name in labels:
        together[(copies or {}).get(name, name)].append(name)
    # A group of copies goes where its first name by hash says.
    groups: dict[str, list[tuple[bytes, list[str]]]] = defaultdict(list)
    for members in together.values():
        key, first = min((_place(name, seed), name) for name in members)
        groups[labels[first]].append((key, members))
    totals = Counter(labels.values())
    return frozenset(
        name
        for label, ordered in groups.items()
        for name in _taken(sorted(ordered), max(1, round(fraction * totals[label])))
    )


def exact_copies(root: Path, files: Iterable[str]) -> dict[str, str]:
    """File to the file that stands for it, for files that have exact copies among the others.

    Only files of equal size are read.

    Example:
        >>> exact_copies(Path("no_such_folder"), ["a.jpg", "b.jpg"])
        {}
    """
    sizes: dict[int, list[str]] = defaultdict(list)
    for file in files:
        try:
            sizes[(root / file).stat().st_size].append(file)
        except OSError:
            continue
    same: dict[bytes, list[str]] = defaultdict(list)
    for alike in sizes.values():
        if len(alike) > 1:
            for file in alike:
                same[_content(root / file)].append(file)
    return {file: min(copies) for copies in same.values() if len(copies) > 1 for file in copies}


def _place(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode("utf-8", "surrogatepass")).digest()


def _taken(groups: list[tuple[bytes, list[str]]], wanted: int) -> list[str]:
    """Whole groups in order as far as they fit; something always stays for training."""
    taken: list[str] = []
    for _, members in groups[: len(groups) - 1]:
        if len(taken) + len(members) <= wanted:
            taken += members
    if not taken and len(groups) > 1:
        taken = min(groups[:-1], key=lambda group: len(group[1]))[1]
    return taken


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        # Unreadable: a copy of nothing but itself.
        return str(path).encode("utf-8", "surrogatepass")
