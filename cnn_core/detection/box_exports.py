"""What a detector has found, as files to take home: COCO JSON, a table, YOLO text and Pascal VOC XML.

Coordinates are pixels of the photo whose size is stated, x_min, y_min, x_max, y_max unless the format says otherwise.
"""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from cnn_core.annotation_files.coco_json import write_coco
from cnn_core.annotation_files.picture import AnnotatedBox, AnnotatedPicture, annotated_picture, clean_path
from cnn_core.annotation_files.voc_xml import write_voc_xml
from cnn_core.annotation_files.yolo_text import write_yolo
from cnn_core.boxes import Boxes

COLUMNS = ("file", "class", "score", "x_min", "y_min", "x_max", "y_max", "width", "height")
CLASSES_FILE = "classes.txt"


@dataclass(frozen=True, eq=False)
class FoundIn:
    """A photo and what was found in it.

    Attributes:
        file_name: the photo's file.
        size: its (height, width) in pixels.
        boxes: in these pixels, best first.
    """

    file_name: str
    size: tuple[int, int]
    boxes: Boxes

    def at_size(self, size: tuple[int, int]) -> "FoundIn":
        """The same boxes in the pixels of a larger or smaller copy of the photo.

        Example:
            >>> found = FoundIn("a.jpg", (10, 20), Boxes([[5, 0, 10, 10]], [0], [0.9], ("cat",)))
            >>> found.at_size((40, 80)).boxes.corners.tolist()
            [[20.0, 0.0, 40.0, 40.0]]
        """
        across, down = size[1] / self.size[1], size[0] / self.size[0]
        boxes = self.boxes
        return FoundIn(
            self.file_name,
            size,
            Boxes(boxes.corners * [across, down, across, down], boxes.labels, boxes.scores, boxes.names),
        )


def coco_json(found: Sequence[FoundIn]) -> bytes:
    """One COCO file for all photos, with a score for each box.

    Example:
        >>> found = FoundIn("a.jpg", (10, 20), Boxes([[5, 0, 15, 10]], [0], [0.9], ("cat",)))
        >>> b'"bbox": [5.0, 0.0, 10.0, 10.0]' in coco_json([found])
        True
    """
    names = found[0].boxes.names if found else ()
    return write_coco([_annotated(photo) for photo in found], names=names, scores=True).encode()


def table_csv(found: Sequence[FoundIn]) -> bytes:
    """A row for each box, with the columns `COLUMNS`; UTF-8 with the mark that spreadsheets look for.

    Example:
        >>> found = FoundIn("a.jpg", (10, 20), Boxes([[5, 0, 15, 10]], [0], [0.9], ("cat",)))
        >>> table_csv([found]).decode("utf-8-sig").splitlines()[1]
        'a.jpg,cat,0.9000,5.00,0.00,15.00,10.00,10.00,10.00'
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for photo in found:
        boxes = photo.boxes
        for (left, top, right, bottom), label, score in zip(
            boxes.corners.tolist(), boxes.labels, boxes.scores.tolist(), strict=True
        ):
            sides = (left, top, right, bottom, right - left, bottom - top)
            rows.writerow([photo.file_name, boxes.names[label], f"{score:.4f}", *(f"{side:.2f}" for side in sides)])
    return text.getvalue().encode("utf-8-sig")


def yolo_files(found: Sequence[FoundIn], *, scores: bool = True) -> dict[str, bytes]:
    """A text file for each photo, and the class names.

    Args:
        found: photos.
        scores: whether each line ends with the score; training programs do not want it.

    Example:
        >>> found = FoundIn("a.jpg", (10, 20), Boxes([[5, 0, 15, 10]], [0], [0.9], ("cat",)))
        >>> yolo_files([found], scores=False)
        {'classes.txt': b'cat\\n', 'a.txt': b'0 0.500000 0.500000 0.500000 1.000000\\n'}
    """
    names = found[0].boxes.names if found else ()
    files = {CLASSES_FILE: "".join(f"{name}\n" for name in names).encode()}
    return files | {
        _name(position, ".txt", found): write_yolo(_annotated(photo), scores=scores).encode()
        for position, photo in enumerate(found)
    }


def voc_files(found: Sequence[FoundIn]) -> dict[str, bytes]:
    """An XML file for each photo; the format has no place for scores.

    Example:
        >>> found = FoundIn("a.jpg", (10, 20), Boxes([[5, 0, 15, 10]], [0], [0.9], ("cat",)))
        >>> list(voc_files([found]))
        ['a.xml']
    """
    return {
        _name(position, ".xml", found): write_voc_xml(_annotated(photo)).encode()
        for position, photo in enumerate(found)
    }


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files as one zip; the same bytes for the same files.

    Example:
        >>> zipfile.ZipFile(io.BytesIO(zipped({"a.txt": b"1"}))).namelist()
        ['a.txt']
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _annotated(photo: FoundIn) -> AnnotatedPicture:
    boxes = photo.boxes
    stated = [
        AnnotatedBox(corners, boxes.names[label], score=score)
        for corners, label, score in zip(boxes.corners.tolist(), boxes.labels, boxes.scores.tolist(), strict=True)
    ]
    return annotated_picture(photo.file_name, photo.size, stated, source=photo.file_name, names=boxes.names)


def _name(position: int, ending: str, found: Sequence[FoundIn]) -> str:
    """The photo's name with another ending; numbered where two photos would share it."""
    stems = [PurePosixPath(clean_path(other.file_name) or "photo").stem for other in found]
    stem = stems[position]
    return f"{stem}_{position + 1}{ending}" if stems.count(stem) > 1 or stem + ending == CLASSES_FILE else stem + ending
