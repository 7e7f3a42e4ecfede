"""A zip that nobody vouches for: every entry is checked before the first one is unpacked.

Refused: entries that would leave the folder, links, archives inside, encryption, unusual compression, more entries or
bytes than allowed, and sizes that only a bomb has. What is written never exceeds the sizes checked here: `zipfile`
stops at the size that an entry declares.
"""

import contextlib
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from cnn_core.decoding import MAX_BYTES
from cnn_core.errors import InputError
from cnn_core.folders.names import is_archive, is_junk, safe_path, shown

# Photos hardly shrink in a zip; uncompressed formats may, up to what deflate can do at all (1,032).
MAX_RATIO = 100
MAX_OVERALL_RATIO = 200
_RATIO_FROM = 1_000_000
_OVERALL_FROM = 64_000_000
_RAW = (".bmp", ".tif", ".tiff", ".ppm", ".pgm")
# Junk counts too, and folders do.
_ENTRIES_PER_FILE = 3
_DIRECTORY_BYTES_PER_ENTRY = 1_000
_ENTRY_MARK = b"PK\x01\x02"
_AGAIN = "Download or copy the zip again, or make it anew"


class Readable(Protocol):
    """What can be read in pieces."""

    def read(self, count: int, /) -> bytes:
        """At most so many bytes; none at the end."""


@dataclass(frozen=True)
class Entry:
    """One entry to unpack.

    Attributes:
        path: safe, relative, with `/`.
        size: bytes when unpacked; 0 for a folder.
        info: None for a folder.
    """

    path: str
    size: int
    info: zipfile.ZipInfo | None


class CheckedZip:
    """An open zip whose entries are harmless, in the archive's order; `junk` of them were skipped."""

    def __init__(self, archive: zipfile.ZipFile, entries: tuple[Entry, ...], junk: int, name: str) -> None:
        self.entries = entries
        self.junk = junk
        self._archive = archive
        self._name = name

    @contextlib.contextmanager
    def open(self, entry: Entry) -> Iterator[Readable]:
        """Read an entry that is a file, to its end: only there its checksum is compared.

        Raises:
            InputError: here or in `read`: damaged.
        """
        assert entry.info is not None
        what = f"{shown(entry.path)} in {self._name}"
        with _damage_told(what):
            stream = self._archive.open(entry.info)
        with stream:
            yield _Told(stream, what)


class _Told:
    """A stream whose errors name the entry."""

    def __init__(self, stream: Readable, what: str) -> None:
        self._stream = stream
        self._what = what

    def read(self, count: int, /) -> bytes:
        with _damage_told(self._what):
            return self._stream.read(count)


class _Bounded:
    """The file as `zipfile` sees it: while it opens, a directory of a million entries would become a gigabyte."""

    def __init__(self, file: BinaryIO, most: int, name: str) -> None:
        self._file = file
        self._most = most
        self._name = name
        self.opening = True

    def read(self, count: int = -1) -> bytes:
        if not self.opening:
            return self._file.read(count)
        if count > self._most * _DIRECTORY_BYTES_PER_ENTRY:
            raise _too_many(self._name, self._most)
        data = self._file.read(count)
        if data.count(_ENTRY_MARK) > self._most:
            raise _too_many(self._name, self._most)
        return data

    def seek(self, place: int, whence: int = 0) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


@contextlib.contextmanager
def open_zip(source: str | Path | BinaryIO, *, name: str, most_files: int, most_bytes: int) -> Iterator[CheckedZip]:
    """Open a zip and check all its entries.

    Args:
        source: a path or a seekable binary file.
        name: what messages call it.
        most_files: files that may come out.
        most_bytes: bytes that may come out.

    Raises:
        InputError: not a zip, damaged, or with an entry that is refused; the entry is named.
    """
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(_opened(source)) if isinstance(source, str | Path) else source
        bounded = _Bounded(file, most_files * _ENTRIES_PER_FILE + 1_000, name)
        with _damage_told(name):
            size = file.seek(0, 2)
            file.seek(0)
            head = file.read(4)
            if not head:
                raise InputError(f"{name} is empty (0 bytes)", _AGAIN)
            if head[:2] != b"PK":
                raise InputError(f"{name} is no zip", "Pack the folder as a .zip, or upload the folder itself")
            archive = stack.enter_context(zipfile.ZipFile(bounded))
        bounded.opening = False
        infos = [(info, _name_of(info)) for info in archive.infolist()]
        # Some programs pack an entry `./` for the folder itself.
        wanted = [(info, text) for info, text in infos if not is_junk(text) and text.strip("./")]
        entries = tuple(_checked(info, text, name) for info, text in wanted)
        _check_totals(entries, size=size, name=name, most_files=most_files, most_bytes=most_bytes)
        yield CheckedZip(archive, entries, sum(is_junk(text) for _, text in infos), name)


def _opened(path: str | Path) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InputError(f"{Path(path).name} cannot be read", "Check the path and its permissions") from error


@contextlib.contextmanager
def _damage_told(what: str) -> Iterator[None]:
    # zipfile and zlib raise nearly anything on a damaged archive (BadZipFile, struct.error, EOFError, ValueError, …).
    # Nothing but them runs in the blocks that this guards.
    try:
        yield
    except (InputError, OSError, MemoryError):
        raise
    except Exception as error:
        raise InputError(f"{what} is damaged or cut short", _AGAIN) from error


def _name_of(info: zipfile.ZipInfo) -> str:
    """The entry's name; macOS writes UTF-8 without saying so, which zipfile takes for code page 437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _checked(info: zipfile.ZipInfo, text: str, name: str) -> Entry:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise InputError(f"{shown(text)} in {name} is a link", "Pack the files themselves")
    path = safe_path(text)
    if info.is_dir() or text.endswith("\\") or kind == stat.S_IFDIR:
        return Entry(path, 0, None)
    if kind not in {0, stat.S_IFREG}:
        raise InputError(f"{shown(text)} in {name} is no ordinary file", "Pack pictures alone")
    if is_archive(text):
        raise InputError(f"{name} holds another archive, {shown(text)}", "Unpack it first, and pack its pictures")
    if info.flag_bits & 1:
        raise InputError(f"{shown(text)} in {name} is encrypted", "Pack the folder without a password")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise InputError(f"{name} is compressed in an unusual way", "Pack the folder with the ordinary 'deflate'")
    if info.file_size > MAX_BYTES:
        raise InputError(
            f"{shown(text)} in {name} is larger than {MAX_BYTES // 1_000_000} MB", "Save it as JPEG, or leave it out"
        )
    raw = path.lower().endswith(_RAW)
    if not raw and info.file_size > max(_RATIO_FROM, MAX_RATIO * info.compress_size):
        times = info.file_size / max(info.compress_size, 1)
        raise InputError(
            f"{shown(text)} in {name} would unpack to {times:,.0f} times its size",
            "No picture does that: leave the file out",
        )
    return Entry(path, info.file_size, info)


def _check_totals(entries: tuple[Entry, ...], *, size: int, name: str, most_files: int, most_bytes: int) -> None:
    if len(entries) - sum(entry.info is None for entry in entries) > most_files or len(entries) > 2 * most_files + 100:
        raise _too_many(name, most_files)
    expanded = sum(entry.size for entry in entries)
    if expanded > most_bytes or expanded > max(_OVERALL_FROM, MAX_OVERALL_RATIO * size):
        raise InputError(
            f"{name} would unpack to {expanded / 1e6:,.0f} MB from {size / 1e6:,.1f} MB",
            f"Upload pictures of at most {most_bytes / 1e6:,.0f} MB in all",
        )


def _too_many(name: str, most: int) -> InputError:
    return InputError(f"{name} holds too many files", f"Upload at most {most:,} pictures")
