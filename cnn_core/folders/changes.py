"""What a person changed about a data set: pictures left out or given another class, classes left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.folders.disk import writing


@dataclass(frozen=True)
class Changes:
    """Changes to what the folders say. The files themselves stay as they are.

    Attributes:
        excluded: files that are not used.
        relabelled: file to the class it really shows.
        without: classes that are not used.
    """

    excluded: frozenset[str] = frozenset()
    relabelled: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    without: frozenset[str] = frozenset()

    def excluding(self, *files: str) -> "Changes":
        """With these files left out too.

        Example:
            >>> Changes().excluding("cat/1.jpg").excluded
            frozenset({'cat/1.jpg'})
        """
        return Changes(self.excluded | set(files), self.relabelled, self.without)

    def relabelling(self, file: str, label: str) -> "Changes":
        """With this file in another class, and in use.

        Example:
            >>> dict(Changes().excluding("cat/1.jpg").relabelling("cat/1.jpg", "dog").relabelled)
            {'cat/1.jpg': 'dog'}
        """
        return Changes(self.excluded - {file}, {**self.relabelled, file: label}, self.without)

    def restoring(self, *files: str) -> "Changes":
        """With these files as their folders say.

        Example:
            >>> Changes().excluding("a", "b").restoring("a").excluded
            frozenset({'b'})
        """
        kept = {file: label for file, label in self.relabelled.items() if file not in files}
        return Changes(self.excluded - set(files), kept, self.without)


def save_changes(changes: Changes, path: Path) -> None:
    """Write the changes in one step.

    Raises:
        InputError: the disk is full.
    """
    with writing("the list of changes"):
        write_json(
            path,
            {
                "excluded": sorted(changes.excluded),
                "relabelled": dict(changes.relabelled),
                "without": sorted(changes.without),
            },
        )


def read_changes(path: Path) -> Changes:
    """The changes in a file; none where there is no file.

    Raises:
        InputError: the file is damaged.
    """
    if not path.exists():
        return Changes()
    found: Any = read_json(path)
    try:
        lists = [found["excluded"], list(found["relabelled"].items()), found["without"]]
        texts = [*lists[0], *(text for pair in lists[1] for text in pair), *lists[2]]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError
    except (TypeError, KeyError, AttributeError) as error:
        raise InputError("The list of changes is damaged", "Delete it and make the changes again", file=path) from error
    return Changes(frozenset(lists[0]), dict(lists[1]), frozenset(lists[2]))
