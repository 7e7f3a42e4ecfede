"""A data set as a person set it up: its pictures, what it is called, how it is split, and what was changed.

All of it lies in one folder, beside the pictures that `cnn_core.folders.intake` took in:

    files/          the pictures, where they were uploaded
    about.json      title, folder of the pictures where they lie elsewhere, validation part and seed
    changes.json    pictures left out or given another class
    facts.npz       what the check-up found out about each file
    listings/       lists that runs train on; each stays as it was when its run was started
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.folders.changes import Changes, read_changes, save_changes
from cnn_core.folders.disk import writing
from cnn_core.folders.facts import gather_facts
from cnn_core.folders.listing import Listing, read_listing, save_listing
from cnn_core.folders.names import shown
from cnn_core.folders.split import MOST_VALIDATION

MOST_TITLE = 80


@dataclass(frozen=True)
class About:
    """What is said about a data set.

    Attributes:
        title: what people call it.
        root: the folder of its pictures; "" where they were uploaded.
        validation: the part kept back, 0 to 0.9, where the folders name none.
        seed: of that choice.
    """

    title: str = "Pictures"
    root: str = ""
    validation: float = 0.2
    seed: int = 0


def read_about(folder: Path) -> About:
    """What was said about the data set in this folder; the defaults where nothing was, or it cannot be read.

    Example:
        >>> read_about(Path("no_such_folder")).validation
        0.2
    """
    found = read_json(folder / "about.json")
    if not isinstance(found, dict):
        return About()
    validation, seed = found.get("validation"), found.get("seed")
    if not isinstance(validation, int | float) or not isinstance(seed, int):
        return About()
    return About(str(found.get("title", "")), str(found.get("root", "")), float(validation), seed)


def save_about(folder: Path, about: About) -> None:
    """Write it in one step.

    Raises:
        InputError: a validation part out of its range; the disk is full.
    """
    if not 0 <= about.validation <= MOST_VALIDATION:
        raise InputError("The part kept for validation is out of range", f"Choose 0 to {MOST_VALIDATION}")
    title = " ".join("".join(letter if letter.isprintable() else " " for letter in about.title).split())
    with writing("what the data set is called"):
        write_json(folder / "about.json", asdict(replace(about, title=title[:MOST_TITLE] or "Pictures")))


def pictures_of(folder: Path) -> Path:
    """Where the pictures of the data set in this folder lie.

    Example:
        >>> pictures_of(Path("/data/one")).as_posix()
        '/data/one/files'
    """
    root = read_about(folder).root
    return Path(root) if root else folder / "files"


def list_data_set(folder: Path, *, changes: Changes | None = None) -> Listing:
    """All pictures of the data set in this folder, split as was said.

    Args:
        folder: of the data set.
        changes: to look at it as if they had been made.

    Raises:
        InputError: as `read_listing`.
    """
    about = read_about(folder)
    return read_listing(
        pictures_of(folder), validation=about.validation, seed=about.seed, changes=changes, title=about.title
    )


def listing_that_opens(listing: Listing, *, cache: Path | None = None) -> Listing:
    """The list without the files that cannot be opened, which keep nothing back in the place of a picture.

    Args:
        listing: the data set.
        cache: facts that a check-up has gathered, so that no file is read again.

    Raises:
        InputError: the disk is full.
    """
    facts = gather_facts(listing, cache=cache)
    return listing.without_broken(file for file, fact in facts.items() if fact.problem)


def change_data_set(folder: Path, change: Callable[[Changes], Changes]) -> Changes:
    """Change what is left out or has another class; the changes as they are then.

    Raises:
        InputError: the list of changes is damaged; the disk is full.
    """
    changes = change(read_changes(folder / "changes.json"))
    save_changes(changes, folder / "changes.json")
    return changes


@dataclass(frozen=True)
class Difference:
    """What is different in a data set from how it was: numbers of pictures.

    Attributes:
        relabelled: in another class.
        gone: left out, or no longer there.
        added: new, or in use again.
    """

    relabelled: int
    gone: int
    added: int


def difference(was: Listing, now: Listing) -> Difference:
    """Compare a list that a run was trained on with the list as it is now.

    Example:
        >>> from cnn_core.folders.listing import Item
        >>> was = Listing(Path("/photos"), ("a", "b"), (Item("a/1.jpg", "a", "train"), Item("a/2.jpg", "a", "train")))
        >>> now = Listing(Path("/photos"), ("a", "b"), (Item("a/1.jpg", "b", "train"),))
        >>> difference(was, now)
        Difference(relabelled=1, gone=1, added=0)
    """
    before, after = ({item.file: item.label for item in listing.items} for listing in (was, now))
    return Difference(
        relabelled=sum(after.get(file, label) != label for file, label in before.items()),
        gone=sum(file not in after for file in before),
        added=sum(file not in before for file in after),
    )


def relabelling_all(files: Sequence[str], label: str) -> Callable[[Changes], Changes]:
    """A change for `change_data_set`: all these files show another class.

    Example:
        >>> dict(relabelling_all(["a/1.jpg"], "b")(Changes()).relabelled)
        {'a/1.jpg': 'b'}
    """

    def change(changes: Changes) -> Changes:
        for file in files:
            changes = changes.relabelling(file, label)
        return changes

    return change


def keep_listing(folder: Path, listing: Listing) -> Path:
    """A file with this list for a run to train on; later changes to the data set leave it alone.

    Raises:
        InputError: a list without pictures; the disk is full.
    """
    if not listing.items:
        raise InputError(f"There are no pictures in {shown(listing.root.name)}", "Add pictures, or use some again")
    content = [str(listing.root), listing.classes, [[item.file, item.label, item.part] for item in listing.items]]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:24]
    path = folder / "listings" / f"{digest}.json"
    with writing("the list of pictures"):
        path.parent.mkdir(exist_ok=True)
    if not path.is_file():
        save_listing(listing, path)
    return path
