"""Pictures that are the same, byte by byte or to the eye.

To the eye: two difference hashes that differ in at most `MOST_BITS` of 64 make a candidate, and the grey pictures of
16 x 16 decide. Candidates are found by bytes that agree: among hashes that differ in at most 7 bits at least one of the
8 bytes is equal, so that only hashes which share a byte are compared.

A mirror image counts as the same picture only within a class: an arrow to the left and one to the right may be two. A
part that was cut out of a picture looks different in both, and is not found.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.folders.facts import SIDE, Fact, difference_hash
from cnn_core.folders.listing import Listing, Part

MOST_BITS = 7
LEAST_CORRELATION = 0.97
# A picture whose brightness has a smaller standard deviation than this is one plain colour.
_PLAIN = 2.0
_PLAIN_APART = 4.0
# So many pairs are looked at within a few seconds; where far more look alike the set has one motif.
MOST_PAIRS = 3_000_000
_AT_ONCE = 16_384
_BYTE = np.uint64(255)


@dataclass(frozen=True)
class Duplicates:
    """Files that show the same picture.

    Attributes:
        files: at least two, sorted.
        labels: the class of each.
        parts: the part of each.
        exact: whether all have the same bytes.
        mirrored: whether some are another's mirror image.
    """

    files: tuple[str, ...]
    labels: tuple[str, ...]
    parts: tuple[Part, ...]
    exact: bool
    mirrored: bool = False

    @property
    def across_parts(self) -> bool:
        """Whether the network would be tested on what it trained on."""
        return len(set(self.parts)) > 1

    @property
    def labels_disagree(self) -> bool:
        """Whether one picture has two classes."""
        return len(set(self.labels)) > 1


def find_duplicates(listing: Listing, facts: Mapping[str, Fact]) -> tuple[tuple[Duplicates, ...], bool]:
    """Groups of files that are the same picture.

    Args:
        listing: the data set.
        facts: of its files; those that cannot be opened are passed over.

    Returns:
        The groups, those across parts first; and whether all candidates were compared.
    """
    items = {item.file: item for item in listing.items}
    files = sorted(file for file in items if facts[file].rows)
    copies: dict[bytes, list[str]] = defaultdict(list)
    for file in files:
        copies[facts[file].digest].append(file)
    ones = [same[0] for same in copies.values()]
    joined, mirrored, complete = _alike([facts[file] for file in ones], [items[file].label for file in ones])
    groups = defaultdict(list)
    for number, file in enumerate(ones):
        groups[joined[number]].extend(copies[facts[file].digest])
    found = []
    for number, group in groups.items():
        if len(group) > 1:
            members = [items[file] for file in sorted(group)]
            found.append(
                Duplicates(
                    files=tuple(item.file for item in members),
                    labels=tuple(item.label for item in members),
                    parts=tuple(item.part for item in members),
                    exact=len({facts[item.file].digest for item in members}) == 1,
                    mirrored=number in mirrored,
                )
            )
    order = sorted(found, key=lambda group: (not group.across_parts, not group.labels_disagree, group.files))
    return tuple(order), complete


def near_pairs(hashes: npt.NDArray[np.uint64], *, most_bits: int = MOST_BITS) -> Iterator[npt.NDArray[np.int64]]:
    """Pairs of hashes that differ in at most `most_bits` of 64 bits, each pair once, in portions.

    Args:
        hashes: (N,) uint64.
        most_bits: 0 to 7.

    Yields:
        (M, 2) indices, the smaller first.

    Example:
        >>> [pair.tolist() for pair in near_pairs(np.array([0b1111, 0b1110, 2**63 - 1], np.uint64))]
        [[[0, 1]]]
    """
    shifts = [np.uint64(8 * place) for place in range(8)]
    for place, shift in enumerate(shifts):
        octets = (hashes >> shift) & _BYTE
        order = np.argsort(octets, kind="stable")
        for bucket in np.split(order, np.flatnonzero(np.diff(octets[order])) + 1):
            if len(bucket) < 2:
                continue
            rows = max(1, _AT_ONCE * 64 // len(bucket))
            for first in range(0, len(bucket) - 1, rows):
                above, left = bucket[first : first + rows], bucket[first:]
                apart = hashes[above][:, None] ^ hashes[left][None, :]
                near = np.triu(np.bitwise_count(apart) <= most_bits, k=1)
                for earlier in shifts[:place]:
                    # Equal in an earlier byte: that pair was found there.
                    near &= (apart >> earlier) & _BYTE != 0
                one, other = np.nonzero(near)
                if len(one):
                    yield np.sort(np.stack([above[one], left[other]], axis=1), axis=1)


def _alike(facts: Sequence[Fact], labels: Sequence[str]) -> tuple[list[int], set[int], bool]:
    """For each fact the number of its group; groups that a mirror image is in; whether all candidates were compared."""
    heads = list(range(len(facts)))

    def head(number: int) -> int:
        while heads[number] != number:
            heads[number] = number = heads[heads[number]]
        return number

    smalls = np.frombuffer(b"".join(fact.small for fact in facts), np.uint8).reshape(-1, SIDE * SIDE)
    complete, mirrored = True, []
    looks = np.array([fact.look for fact in facts], np.uint64)
    number = np.unique(np.array(labels), return_inverse=True)[1]
    flipped = smalls.reshape(-1, SIDE, SIDE)[:, :, ::-1]
    for turned, candidates in ((False, near_pairs(looks)), (True, _near_mirrored(smalls, flipped, number))):
        others = np.ascontiguousarray(flipped).reshape(-1, SIDE * SIDE) if turned else smalls
        seen = 0
        for pairs in candidates:
            for first in range(0, len(pairs), _AT_ONCE):
                some = pairs[first : first + _AT_ONCE]
                for one, other in some[same_picture(smalls[some[:, 0]], others[some[:, 1]])].tolist():
                    if turned and head(one) != head(other):
                        mirrored.append(one)
                    heads[head(one)] = head(other)
            seen += len(pairs)
            if seen > MOST_PAIRS:
                complete = False
                break
    return [head(place) for place in range(len(facts))], {head(place) for place in mirrored}, complete


def _near_mirrored(
    smalls: npt.NDArray[np.uint8], flipped: npt.NDArray[np.uint8], number: npt.NDArray[np.int64]
) -> Iterator[npt.NDArray[np.int64]]:
    """Pairs of one class of which one picture's hash is near that of the other's mirror image, as `near_pairs`."""
    count = len(smalls)
    pictures = [*smalls.reshape(-1, SIDE, SIDE), *flipped]
    hashes = np.array([difference_hash(np.ascontiguousarray(picture)) for picture in pictures], np.uint64)
    for pairs in near_pairs(hashes):
        # One of the pictures, and another one's mirror image; each such pair is found twice, from either side.
        some = pairs[pairs[:, 0] < pairs[:, 1] - count] - [0, count]
        same_class = some[number[some[:, 0]] == number[some[:, 1]]]
        if len(same_class):
            yield same_class


def same_picture(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Whether small grey pictures are the same up to brightness, contrast and what compression does.

    Args:
        one: (M, P) uint8, P pixels each.
        other: as `one`.

    Returns:
        (M,): correlation at least 0.97; of two pictures of one plain colour: brightness at most 4 apart.

    Example:
        >>> ramp = np.arange(0, 250, 5, dtype=np.uint8)[None]
        >>> same_picture(ramp, ramp // 2).tolist(), same_picture(ramp, ramp[:, ::-1]).tolist()
        ([True], [False])
    """
    first, second = one.astype(np.float32), other.astype(np.float32)
    brightness = first.mean(axis=1), second.mean(axis=1)
    first -= brightness[0][:, None]
    second -= brightness[1][:, None]
    length = np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1)
    product = np.einsum("ij,ij->i", first, second)
    plain = [size < _PLAIN * np.sqrt(one.shape[1]) for size in length]
    apart = np.abs(brightness[0] - brightness[1])
    return np.where(
        plain[0] | plain[1],
        plain[0] & plain[1] & (apart <= _PLAIN_APART),
        product >= LEAST_CORRELATION * length[0] * length[1],
    )
