"""Names from outside made into names that any disk takes, without two of them becoming one."""

import hashlib
import re
import unicodedata

from cnn_core.errors import InputError

MOST_BYTES = 200
MOST_DEPTH = 12
MOST_LETTERS = 4_000

# What operating systems and editors leave behind; nobody means to upload it.
_JUNK = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "icon\r"}
ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst", ".jar", ".cbz", ".cbr")

# Windows opens devices under these names, whatever the ending.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{kind}{number}" for kind in ("com", "lpt") for number in range(10))}
# The joiners hold families and flags of emoji together.
_JOINERS = "\u200c\u200d"
_ENDING = 16
_MARKED = re.compile(r"~[0-9a-f]{6}(\.[^.]{0,15})?$")


def is_junk(name: str) -> bool:
    """Whether a path names something hidden or left behind by an operating system.

    Example:
        >>> [is_junk(name) for name in ("cat/.DS_Store", "__MACOSX/cat/._1.jpg", "cat/1.jpg")]
        [True, True, False]
    """
    return any(
        (part.startswith(".") and part not in {".", ".."}) or part.lower() in _JUNK for part in re.split(r"[/\\]", name)
    )


def is_archive(name: str) -> bool:
    """Whether a name has the ending of an archive.

    Example:
        >>> is_archive("cat/more.ZIP"), is_archive("cat/zip.jpg")
        (True, False)
    """
    return name.lower().endswith(ARCHIVES)


def safe_path(name: str) -> str:
    """A relative path from outside, as one that stays inside its folder on any system.

    `\\` separates like `/`; a drive letter and leading separators are dropped; each part goes through `safe_part`.

    Raises:
        InputError: a part `..`, no name at all, or more than 12 folders deep.

    Example:
        >>> safe_path("C:\\\\photos\\\\cat\\\\1.jpg"), safe_path("/cat/./1.jpg")
        ('photos/cat/1.jpg', 'cat/1.jpg')
        >>> safe_path("cat/../../passwords")
        Traceback (most recent call last):
            ...
        cnn_core.errors.InputError: The name 'cat/../../passwords' leaves its folder. Rename the file without '..'.
    """
    if len(name) > MOST_LETTERS:
        raise InputError(f"The name {shown(name)} is too long", "Rename the file", letters=len(name))
    parts = [part for part in re.split(r"[/\\]", re.sub(r"^[A-Za-z]:(?=[/\\])", "", name)) if part not in {"", "."}]
    if ".." in parts:
        raise InputError(f"The name {shown(name)} leaves its folder", "Rename the file without '..'")
    if not parts:
        raise InputError(f"The name {shown(name)} is empty", "Give the file a name")
    if len(parts) > MOST_DEPTH:
        raise InputError(
            f"{shown(name)} lies {len(parts)} folders deep",
            f"Put the pictures into folders of their classes, at most {MOST_DEPTH} deep",
        )
    return "/".join(safe_part(part) for part in parts)


def safe_part(name: str) -> str:
    """One file's or folder's name without what a system could trip over; for instance a class that was typed in.

    Letters of all scripts stay, in composed form (NFC). Separators, control and direction characters and `<>:"|?*`
    become `_`; names of devices, dots and blanks at the ends are mended; at most 200 bytes remain. A name that had to
    be changed gets a mark made of the original, so that two names do not become one.

    Example:
        >>> safe_part("Äpfel & Birnen"), safe_part("what?.jpg"), safe_part("nul.png")
        ('Äpfel & Birnen', 'what_~598718.jpg', '_nul~f451cb.png')
    """
    composed = unicodedata.normalize("NFC", name)
    clean = "".join("_" if _unsafe(letter) else letter for letter in composed).strip(" ").rstrip(". ") or "_"
    clean = clean if clean not in {".", ".."} else "_"
    if clean.partition(".")[0].strip(" ").lower() in _DEVICES:
        clean = "_" + clean
    if clean == composed and len(clean.encode()) <= MOST_BYTES:
        return clean
    mark = "~" + hashlib.sha256(composed.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    stem, dot, ending = clean.rpartition(".")
    if not stem or len((dot + ending).encode()) > _ENDING:
        stem, dot, ending = clean, "", ""
    room = MOST_BYTES - len((mark + dot + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + mark + dot + ending


def was_renamed(part: str) -> bool:
    """Whether a folder's name bears the mark of a name that had to be changed.

    Example:
        >>> was_renamed(safe_part("what?")), was_renamed("what")
        (True, False)
    """
    return _MARKED.search(part) is not None


def shown(name: str, most: int = 80) -> str:
    """A name from outside for a message: quoted, short, printable.

    Example:
        >>> shown("a\\nb")
        "'a?b'"
    """
    text = "".join(letter if letter.isprintable() else "?" for letter in name)
    return f"'{text}'" if len(text) <= most else f"'{text[: most - 21]}…{text[-20:]}'"


def _unsafe(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return letter in '<>:"|?*/\\' or (kind in {"Cc", "Cf", "Cs", "Zl", "Zp"} and letter not in _JOINERS)
