"""Which part of a data set a picture is in, where pictures do not lie in class folders.

VOC's lists in `ImageSets` say it, or folders named `train`, `val2017` and the like around the pictures; else some are
kept back by a hash of their names.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from cnn_core.folders.layout import PARTS, Tree
from cnn_core.folders.split import validation_files

_MOST_LIST_BYTES = 32_000_000
_SET_FILES = {"train": "train", "val": "validation", "test": "test"}
_YEAR = re.compile(r"[_-]?\d{4}$")


def parts_of(
    root: Path, tree: Tree, files: Sequence[str], *, validation: float, seed: int, sets: str = "Main"
) -> dict[str, str]:
    """The part of each picture: "train", "validation" or "test".

    Args:
        root: the folder.
        tree: what lies under it.
        files: the pictures.
        validation: the part kept back where nothing says which pictures validate, 0 to 0.9.
        seed: of that choice.
        sets: the folder in `ImageSets` whose lists count: "Main", or "Segmentation".

    Example:
        >>> tree = Tree((), (), ())
        >>> parts_of(Path("set"), tree, ["train/a.jpg", "val2017/b.jpg"], validation=0.2, seed=0)
        {'train/a.jpg': 'train', 'val2017/b.jpg': 'validation'}
    """
    said = _from_image_sets(root, tree, files, sets) or {file: part for file in files if (part := _from_folders(file))}
    if "train" not in said.values():
        # What is called val or test alone is a folder of pictures like any other.
        said = {}
    parts = {file: said.get(file, "train") for file in files}
    if "validation" not in parts.values():
        kept_back = validation_files(
            {file: "" for file, part in parts.items() if part == "train"}, fraction=validation, seed=seed
        )
        parts |= dict.fromkeys(kept_back, "validation")
    return parts


def _from_image_sets(root: Path, tree: Tree, files: Sequence[str], sets: str) -> Mapping[str, str]:
    """What VOC's lists say, by the pictures' names without their endings."""
    parts: dict[str, str] = {}
    for file in tree.others:
        path = PurePosixPath(file)
        if path.suffix == ".txt" and path.stem in _SET_FILES and path.parts[-3:-1] == ("ImageSets", sets):
            text = (root / file).read_bytes()[:_MOST_LIST_BYTES].decode("utf-8", "replace")
            parts |= {line.split()[0]: _SET_FILES[path.stem] for line in text.splitlines() if line.strip()}
    stems = {file: PurePosixPath(file).stem for file in files}
    return {file: parts[stem] for file, stem in stems.items() if stem in parts}


def _from_folders(file: str) -> str | None:
    for folder in PurePosixPath(file).parts[:-1]:
        # `train_images` beside `val_images` is a layout too.
        for word in [_YEAR.sub("", folder.lower()), *re.split(r"[\W_]+", folder.lower())]:
            if word in PARTS:
                return PARTS[word]
    return None
