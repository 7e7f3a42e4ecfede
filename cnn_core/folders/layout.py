"""Where the pictures lie: every file under a folder, and what the folders' names say about class and part.

Two layouts are understood, with any number of folders around them: `class/…`, and `train/class/…` beside
`val|valid|validation/class/…` and `test/class/…`. Pictures may lie deeper inside a class's folder.
"""

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnn_core.errors import InputError
from cnn_core.file_kinds import EXTENSIONS, FORMATS, what_it_is
from cnn_core.folders.names import MOST_DEPTH, is_junk, shown

PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
MOST_FILES = 200_000

_ENDINGS = tuple("." + ending for ending in EXTENSIONS)
_MARKS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"II*\0", b"MM\0*")
_MAKE_FOLDERS = "Make one folder for each class, named like the class, and put its pictures there"


@dataclass(frozen=True)
class Tree:
    """What lies under a folder; paths are relative, with `/`, sorted.

    Attributes:
        pictures: files that are pictures by their ending, or by their first bytes.
        others: all other files, and links that lead out of the folder.
        folders: all folders.
    """

    pictures: tuple[str, ...]
    others: tuple[str, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """What the folders' names say.

    Attributes:
        classes: all class names, sorted.
        labels: (file, class, part) of each picture; part is None where the folders do not say.
        others: files that are not used: no pictures, or in no class.
        around: the path of the folders around the layout, "" or ending in `/`.
    """

    classes: tuple[str, ...]
    labels: tuple[tuple[str, str, str | None], ...]
    others: tuple[str, ...]
    around: str


def scan(root: Path) -> Tree:
    """All files under a folder, hidden ones and what operating systems leave behind excepted.

    Links are followed only to files inside the folder.

    Raises:
        InputError: no such folder, no permission to read it, or more than 200,000 files.
    """
    if not root.is_dir():
        raise InputError(f"There is no folder {root}", "Check the path, or upload the pictures again")
    real = root.resolve()
    pictures: list[str] = []
    others: list[str] = []
    folders: list[str] = []
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        for entry in _entries(root, inside):
            path = inside + entry.name
            if is_junk(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False) and _is_text(entry.name):
                folders.append(path)
                if path.count("/") < MOST_DEPTH:
                    waiting.append(path + "/")
            elif _is_text(entry.name) and _is_picture(entry, real):
                pictures.append(path)
            else:
                others.append(path)
        if len(pictures) + len(others) > MOST_FILES:
            raise InputError(f"{root} holds more than {MOST_FILES:,} files", "Choose a folder of fewer pictures")
    return Tree(tuple(sorted(pictures)), tuple(sorted(others)), tuple(sorted(folders)))


def find_layout(tree: Tree, *, root: Path, title: str = "") -> Layout:
    """Classes and parts by the folders' names.

    Args:
        tree: what lies under the folder.
        root: the folder, to look into files that are no pictures.
        title: what messages call it; the folder's name where none is given.

    Raises:
        InputError: no pictures, none of them in class folders, or `val` and `test` without `train`.

    Example:
        >>> folders = ("set", "set/train", "set/train/cat", "set/val", "set/val/cat")
        >>> tree = Tree(("set/train/cat/1.jpg", "set/val/cat/2.jpg"), (), folders)
        >>> find_layout(tree, root=Path("photos")).labels
        (('set/train/cat/1.jpg', 'cat', 'train'), ('set/val/cat/2.jpg', 'cat', 'validation'))
    """
    title = title or root.name
    if not tree.pictures:
        raise _no_pictures(tree, root, title)
    around = _around(tree)
    children = _children(tree, around)
    parts = _parts(tree, around, children)
    places: list[tuple[str, str | None]]
    if parts:
        places = [(around + name + "/", part) for name, part in parts.items()]
    elif children:
        places = [(around, None)]
    else:
        raise InputError(f"The {len(tree.pictures):,} pictures in {title} lie in no class folder", _MAKE_FOLDERS)
    classes: set[str] = set()
    labels: list[tuple[str, str, str | None]] = []
    for place, part in places:
        classes.update(unicodedata.normalize("NFC", name) for name in _children(tree, place))
        for file in _below(tree.pictures, place):
            name, _, rest = file[len(place) :].partition("/")
            if rest:
                labels.append((file, unicodedata.normalize("NFC", name), part))
    used = {file for file, _, _ in labels}
    left = [file for file in tree.pictures if file not in used]
    if not labels:
        raise InputError(f"The {len(left):,} pictures in {title} lie in no class folder", _MAKE_FOLDERS)
    return Layout(tuple(sorted(classes)), tuple(sorted(labels)), tuple(sorted([*tree.others, *left])), around)


def _entries(root: Path, inside: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(root / inside) as entries:
            yield from entries
    except PermissionError as error:
        where = f"the folder {inside.rstrip('/')}" if inside else f"{root}"
        raise InputError(
            f"The server has no permission to read {where}", "Give it that permission, or choose another folder"
        ) from error


def _is_text(name: str) -> bool:
    """Names that are not UTF-8 come as lone surrogates, which nothing can show or send."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _is_picture(entry: os.DirEntry[str], real: Path) -> bool:
    if entry.is_symlink():
        target = Path(entry.path).resolve()
        if not (target.is_relative_to(real) and target.is_file()):
            return False
    # A pipe or device would keep a reader waiting.
    elif not entry.is_file(follow_symlinks=False):
        return False
    return entry.name.lower().endswith(_ENDINGS) or _starts_like_one(Path(entry.path))


def _starts_like_one(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError:
        return False
    return head.startswith(_MARKS) or head[8:12] == b"WEBP"


def _around(tree: Tree) -> str:
    """The folders around the layout: as long as one folder holds everything and its folders are not yet classes."""
    around = ""
    while True:
        children = _children(tree, around)
        loose = any("/" not in file[len(around) :] for file in _below(tree.pictures, around))
        if loose or len(children) != 1 or children[0].lower() in PARTS:
            return around
        inner = around + children[0] + "/"
        if not _children(tree, inner) or any("/" not in file[len(inner) :] for file in _below(tree.pictures, inner)):
            return around
        around = inner


def _parts(tree: Tree, around: str, children: list[str]) -> dict[str, str]:
    """Folder to part where the folders are parts and not classes."""
    full = [name for name in children if any(True for _ in _below(tree.pictures, around + name + "/"))]
    if not full or not all(name.lower() in PARTS and _children(tree, around + name + "/") for name in full):
        return {}
    parts = {name: PARTS[name.lower()] for name in full}
    if "train" not in parts.values():
        raise InputError(
            f"There are pictures in {' and '.join(full)}, and none in a folder 'train'",
            "Add the folder 'train' with the same class folders, or give the class folders alone",
        )
    return parts


def _children(tree: Tree, place: str) -> list[str]:
    return [folder[len(place) :] for folder in _below(tree.folders, place) if "/" not in folder[len(place) :]]


def _below(paths: tuple[str, ...], place: str) -> Iterator[str]:
    return (path for path in paths if path.startswith(place))


def _no_pictures(tree: Tree, root: Path, title: str) -> InputError:
    if not tree.others:
        return InputError(f"{title} holds no files", _MAKE_FOLDERS)
    first = tree.others[0]
    kind, _ = why_not(root, first)
    count = "its one file" if len(tree.others) == 1 else f"of its {len(tree.others):,} files, for instance,"
    return InputError(
        f"There are no pictures in {title}: {count} {shown(first)} {kind}",
        f"Choose a folder of pictures in one of these formats: {', '.join(FORMATS)}",
    )


def why_not(root: Path, file: str) -> tuple[str, str]:
    """Why a file is not used, and what to do about it: the two halves of a message.

    Example:
        >>> why_not(Path("photos"), "cat/no_such_file.pdf")
        ('cannot be read', 'Check its permissions, or copy it again')
    """
    path = root / file
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            return "is a link that leads out of the folder", "Copy the file itself into the folder"
        if not path.is_file():
            return "cannot be read", "Check its permissions, or copy it again"
        if file.lower().endswith(_ENDINGS):
            return "lies in no class folder", _MAKE_FOLDERS
        with path.open("rb") as stream:
            return what_it_is(stream.read(1024))
    except OSError:
        return "cannot be read", "Check its permissions, or copy it again"
