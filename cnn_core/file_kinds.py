"""Which picture formats are read, and what to say about a file that is none of them."""

from PIL import features

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", *(("AVIF",) if features.check("avif") else ()))
EXTENSIONS = (
    *("jpg", "jpeg", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "ppm", "pgm"),
    *(("avif",) if "AVIF" in FORMATS else ()),
)

_SAVE = "Save it as JPEG or PNG and open that file"
_EXPORT = "Export the picture as JPEG or PNG and open that file"
_BROKEN = "starts like a picture but is damaged or cut short"
_AGAIN = "Download, copy or export the file again"

# Where a mark stands in the file, the mark, what the file is, what to do.
_MARKS = (
    (0, b"%PDF", "is a PDF document", _EXPORT),
    (0, b"PK\x03\x04", "is a zip archive or an office document", "Unpack it and open one picture"),
    (0, b"\xff\x0a", "is a JPEG XL picture, which this app cannot read", _SAVE),
    (4, b"JXL ", "is a JPEG XL picture, which this app cannot read", _SAVE),
    (4, b"jP  ", "is a JPEG 2000 picture, which this app cannot read", _SAVE),
    (0, b"\xff\xd8\xff", _BROKEN, _AGAIN),
    (0, b"\x89PNG", _BROKEN, _AGAIN),
    (0, b"GIF8", _BROKEN, _AGAIN),
    (0, b"BM", _BROKEN, _AGAIN),
    (0, b"II*\0", _BROKEN, _AGAIN),
    (0, b"MM\0*", _BROKEN, _AGAIN),
    (8, b"WEBP", _BROKEN, _AGAIN),
)
_AVIF_BRANDS = (b"avif", b"avis")
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def what_it_is(data: bytes) -> tuple[str, str]:
    """What a file is that could not be opened as a picture, and what to do about it: the two halves of a message.

    Example:
        >>> what_it_is(b"%PDF-1.7 ...")
        ('is a PDF document', 'Export the picture as JPEG or PNG and open that file')
    """
    head = data[:1024]
    if head[4:8] == b"ftyp":
        return _what_container(head[8:64])
    if b"<svg" in head.lower():
        return "is an SVG drawing, not made of pixels", _EXPORT
    for place, mark, kind, remedy in _MARKS:
        if head[place : place + len(mark)] == mark:
            return kind, remedy
    kind = "holds text, not a picture" if _is_text(head) else "is no picture that can be read"
    return kind, f"Choose a picture in one of these formats: {', '.join(FORMATS)}"


def _what_container(brands: bytes) -> tuple[str, str]:
    """AVIF, HEIC and videos share one container; the brands at its start tell them apart."""
    if any(brand in brands for brand in _AVIF_BRANDS):
        return (_BROKEN, _AGAIN) if "AVIF" in FORMATS else ("is an AVIF picture, which this app cannot read", _SAVE)
    if any(brand in brands for brand in _HEIC_BRANDS):
        return "is a HEIC picture, which this app cannot read", "Save or share it as JPEG and open that file"
    return "is a video or another media file, not a picture", "Save one frame as JPEG and open that file"


def _is_text(head: bytes) -> bool:
    # A cut in the middle of a character is no sign of binary data.
    text = head.decode("utf-8", "ignore")
    return len(text.encode()) >= len(head) - 3 and all(letter.isprintable() or letter.isspace() for letter in text)
