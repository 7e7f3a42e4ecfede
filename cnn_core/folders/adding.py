"""Where more pictures go in a data set that has some: beside the class folders that are there."""

from collections.abc import Sequence
from pathlib import Path

from cnn_core.errors import InputError
from cnn_core.folders.layout import PARTS, find_layout, scan


def place_of_classes(root: Path) -> str:
    """The path of the folder that holds the class folders, `""` or ending in `/`; the training part's where there are
    parts.

    Args:
        root: of the data set; it may be empty, or without class folders yet.

    Example:
        >>> place_of_classes(Path("no_such_folder"))
        ''
    """
    try:
        layout = find_layout(scan(root), root=root)
    except InputError:
        return ""
    part = next((file for file, _, part in layout.labels if part == "train"), None)
    if part is None:
        return layout.around
    return layout.around + part[len(layout.around) :].partition("/")[0] + "/"


def placed(names: Sequence[str], *, place: str) -> list[str]:
    """Where the files of an uploaded folder go, whose own name is left out where class folders are inside.

    Args:
        names: as the browser gives them, with the folder's name.
        place: `place_of_classes`.

    Example:
        >>> placed(["photos/cat/1.jpg", "photos/dog/2.jpg"], place="")
        ['cat/1.jpg', 'dog/2.jpg']
        >>> placed(["dog/2.jpg"], place="set/train/")
        ['set/train/dog/2.jpg']
    """
    parts = [name.split("/") for name in names]
    first = {part[0] for part in parts}
    inside = len(first) == 1 and first.isdisjoint(PARTS) and all(len(part) > 2 for part in parts)
    short = [part[1:] if inside else part for part in parts]
    around = place
    if any(part[0].lower() in PARTS for part in short) and place:
        above, _, own = place.rstrip("/").rpartition("/")
        around = (above + "/" if above else "") if own.lower() in PARTS else place
    return [around + "/".join(part) for part in short]
