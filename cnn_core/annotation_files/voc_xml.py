"""Pascal VOC XML: one file a picture, as VOC, ImageNet and labelImg write it.

The file is not trusted: a document type, and with it entities, is refused, and so are files that are too large or
nested too deeply. The format: http://host.robots.ox.ac.uk/pascal/VOC/voc2012/devkit_doc.pdf, section 2.
"""

from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, SubElement, TreeBuilder, indent, tostring
from xml.parsers import expat

from cnn_core.annotation_files.picture import (
    AnnotatedBox,
    AnnotatedPicture,
    Size,
    annotated_picture,
    check_bytes,
    clean_name,
    clean_path,
)
from cnn_core.errors import InputError

MOST_BYTES = 8_000_000
DEEPEST = 32
SIDES = ("xmin", "ymin", "xmax", "ymax")


def read_voc_xml(
    text: str | bytes, *, name: str, names: tuple[str, ...] | None = None, inclusive: bool = False
) -> AnnotatedPicture:
    """Read one Pascal VOC file.

    Args:
        text: the file's content.
        name: the file's name, for messages; the picture is called like it where the file names none.
        names: the class names; None takes those in the file, sorted.
        inclusive: VOC's own files count pixels from 1 and both end pixels in: true takes 1 from `xmin` and `ymin`, so
            that a box from pixel 1 to pixel 10 is 10 wide. False takes the numbers as edges, as labelImg writes them.

    Returns:
        the picture with the boxes that can be used; what is wrong with the others is in `problems`.

    Raises:
        InputError: no XML, no `<annotation>`, a document type, too large or too deep.

    Example:
        >>> text = write_voc_xml(read_voc_xml("<annotation><filename>a.jpg</filename></annotation>", name="a.xml"))
        >>> read_voc_xml(text, name="a.xml").file_name
        'a.jpg'
    """
    check_bytes(text, MOST_BYTES, name)
    root = _parse(text, name)
    if root.tag != "annotation":
        raise InputError(
            f"{name} is XML, but no Pascal VOC annotation", "Give a file that begins with <annotation>", found=root.tag
        )
    problems: list[str] = []
    size = _size(root)
    if size is None:
        problems.append(f"{name}: the size of the picture is missing, so boxes outside it are not noticed.")
    boxes = []
    for number, entry in enumerate(root.findall("object"), start=1):
        label = clean_name(entry.findtext("name") or "")
        corners = [_number(entry.findtext(f"bndbox/{side}")) for side in SIDES]
        if not label or None in corners:
            what = "has no class name" if not label else "has no complete <bndbox> of numbers"
            problems.append(f"{name}: object {number} {f'({label}) ' if label else ''}{what}. It is left out.")
            continue
        left, top, right, bottom = (side for side in corners if side is not None)
        shift = 1.0 if inclusive else 0.0
        difficult = (entry.findtext("difficult") or "0").strip() == "1"
        boxes.append(AnnotatedBox((left - shift, top - shift, right, bottom), label, difficult=difficult))
    picture = clean_path(root.findtext("filename") or "") or PurePosixPath(clean_path(name)).stem
    return annotated_picture(picture, size, boxes, source=name, names=names, problems=problems)


def write_voc_xml(picture: AnnotatedPicture, *, inclusive: bool = False) -> str:
    """Write one Pascal VOC file; coordinates have two decimals where they are not whole.

    Args:
        picture: the boxes; scores, crowd flags and areas have no place in the format.
        inclusive: as in `read_voc_xml`.

    Example:
        >>> picture = annotated_picture("a.jpg", (10, 20), [AnnotatedBox((0, 0, 8, 4.5), "cat")], source="")
        >>> "<ymax>4.5</ymax>" in write_voc_xml(picture)
        True
    """
    root = Element("annotation")
    folder, _, file_name = picture.file_name.rpartition("/")
    _add(root, "folder", folder)
    _add(root, "filename", file_name)
    if picture.size is not None:
        size = SubElement(root, "size")
        for side, pixels in zip(("height", "width"), picture.size, strict=True):
            _add(size, side, str(pixels))
        _add(size, "depth", "3")
    shift = 1.0 if inclusive else 0.0
    boxes = picture.boxes
    for corners, label, difficult in zip(boxes.corners.tolist(), boxes.labels, picture.truth.difficult, strict=True):
        entry = SubElement(root, "object")
        _add(entry, "name", boxes.names[label])
        _add(entry, "pose", "Unspecified")
        _add(entry, "truncated", "0")
        _add(entry, "difficult", str(int(difficult)))
        box = SubElement(entry, "bndbox")
        for side, value, move in zip(SIDES, corners, (shift, shift, 0, 0), strict=True):
            _add(box, side, f"{value + move:.2f}".rstrip("0").rstrip("."))
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


def _parse(text: str | bytes, name: str) -> Element:
    """The tree of a document without a document type: no entities, nothing fetched, no bombs."""
    builder, depth = TreeBuilder(), 0
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise InputError(f"{name} is nested too deeply", "Give a Pascal VOC annotation", depth=depth)
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_: object) -> None:
        raise InputError(
            f"{name} declares a document type", "Remove the lines with <!DOCTYPE and <!ENTITY: annotations need none"
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except InputError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise InputError(f"{name} is no readable XML ({error})", "Export the annotation again") from error
    return builder.close()


def _size(root: Element) -> Size | None:
    height, width = (_number(root.findtext(f"size/{side}")) for side in ("height", "width"))
    if height is None or width is None or not (1 <= height < 1e6 and 1 <= width < 1e6):
        return None
    return int(height), int(width)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None


def _add(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = "".join(letter for letter in text if letter.isprintable())
