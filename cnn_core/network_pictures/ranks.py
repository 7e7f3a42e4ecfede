"""Ranks, order and coordinates of a directed graph without cycles, drawn downwards.

Nodes are numbers 0 to n - 1 in topological order. A connection that passes by other ranks goes through one point in
each of them; these points have the numbers from n on, and nodes and points together are called items.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

NODE_GAP = 26.0
LANE_GAP = 16.0
# How little a by-way may push the straight way aside.
LIGHT = 1e-7
SWEEPS = 6


@dataclass(frozen=True)
class Ranked:
    """A graph in ranks.

    Attributes:
        nodes: how many items are nodes.
        rank_of: rank of each item.
        order: the items of each rank, from left to right.
        before, after: for each item the items in the rank above and below that it is connected to.
        lanes: (source, target) -> the points that the connection passes.
        main_before, main_after: like `before` and `after`, but only what an item stands straight below or above.
    """

    nodes: int
    rank_of: list[int]
    order: list[list[int]]
    before: list[list[int]]
    after: list[list[int]]
    lanes: dict[tuple[int, int], list[int]]
    main_before: list[list[int]]
    main_after: list[list[int]]


def rank(inputs: Sequence[Sequence[int]]) -> Ranked:
    """Put nodes in ranks and choose their order; `inputs[i]` are the numbers below i that node i takes from."""
    count = len(inputs)
    outputs: list[list[int]] = [[] for _ in range(count)]
    ranks = [0] * count
    for i, sources in enumerate(inputs):
        ranks[i] = 1 + max((ranks[s] for s in sources), default=-1)
        for s in sources:
            outputs[s].append(i)
    for i in reversed(range(count)):
        # A second input stands right above its first use, not at the top.
        if not inputs[i] and outputs[i]:
            ranks[i] = min(ranks[o] for o in outputs[i]) - 1
    rank_of = list(ranks)
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    lanes: dict[tuple[int, int], list[int]] = {}
    for target, sources in enumerate(inputs):
        for source in sources:
            lane = list(range(len(rank_of), len(rank_of) + ranks[target] - ranks[source] - 1))
            lanes[source, target] = lane
            rank_of += range(ranks[source] + 1, ranks[target])
            before += [[] for _ in lane]
            after += [[] for _ in lane]
            for one, next_one in zip([source, *lane], [*lane, target], strict=True):
                after[one].append(next_one)
                before[next_one].append(one)
    main_after = _main(after, before, count, range(len(rank_of)), _leading(outputs, ranks))
    main_before = _main(before, after, count, range(len(rank_of)), None)
    order = _first_order(rank_of, before, after, count, main_after)
    order = _fewer_crossings(order, before, after)
    return Ranked(count, rank_of, order, before, after, lanes, main_before, main_after)


def _leading(outputs: Sequence[Sequence[int]], ranks: Sequence[int]) -> list[bool]:
    """Whether a node leads to the last one; a head at the side does not."""
    last = max(range(len(ranks)), key=lambda i: (ranks[i], i))
    leads = [False] * len(ranks)
    for i in reversed(range(len(ranks))):
        leads[i] = i == last or any(leads[o] for o in outputs[i])
    return leads


def _main(
    ahead: Sequence[Sequence[int]],
    behind: Sequence[Sequence[int]],
    count: int,
    items: Sequence[int],
    leads: Sequence[bool] | None,
) -> list[list[int]]:
    """Of each item's neighbours ahead those that go on longest before they meet others; by-ways are left out."""
    length = [0] * len(items)
    # Lengths are known from the far end on: follow each item once all that is ahead of it is known.
    left = [len(neighbours) for neighbours in ahead]
    ready = [i for i in items if not left[i]]
    while ready:
        i = ready.pop()
        on = [length[a] for a in ahead[i]]
        length[i] = 0 if len(behind[i]) > 1 else (i < count) + max(on, default=0)
        for b in behind[i]:
            left[b] -= 1
            if not left[b]:
                ready.append(b)
    main = []
    for i in items:
        near = list(ahead[i])
        if leads is not None and any(a < count and leads[a] for a in near):
            near = [a for a in near if a >= count or leads[a]]
        nodes = [a for a in near if a < count]
        longest = max((length[a] for a in near), default=0)
        kept = [a for a in near if 2 * length[a] >= longest and (a < count or length[a])]
        main.append(kept or nodes or near)
    return main


def _first_order(
    rank_of: Sequence[int],
    before: Sequence[Sequence[int]],
    after: Sequence[Sequence[int]],
    count: int,
    main_after: Sequence[Sequence[int]],
) -> list[list[int]]:
    """Depth first, the main way before the by-ways: so a shortcut runs at the right of what it passes."""
    order: list[list[int]] = [[] for _ in range(max(rank_of) + 1)]
    seen = [False] * len(rank_of)
    for start in range(count):
        if before[start]:
            continue
        stack = [start]
        while stack:
            i = stack.pop()
            if seen[i]:
                continue
            seen[i] = True
            order[rank_of[i]].append(i)
            ways = sorted(after[i], key=lambda a: (a not in main_after[i], a >= count, a))
            stack += reversed(ways)
    return order


def crossings(order: Sequence[Sequence[int]], before: Sequence[Sequence[int]]) -> int:
    """How many pairs of connections between neighbouring ranks cross each other."""
    total = 0
    for upper, lower in itertools.pairwise(order):
        place = {item: i for i, item in enumerate(upper)}
        ends = [e for item in lower for e in sorted(place[b] for b in before[item])]
        # Inversions, counted with a binary indexed tree.
        tree = [0] * (len(upper) + 1)
        for met, end in enumerate(ends):
            i, not_above = end + 1, 0
            while i:
                not_above += tree[i]
                i -= i & -i
            total += met - not_above
            i = end + 1
            while i <= len(upper):
                tree[i] += 1
                i += i & -i
    return total


def _fewer_crossings(
    order: list[list[int]], before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]
) -> list[list[int]]:
    """Sort ranks by the mean place of their neighbours, downwards and upwards, and keep the best order seen."""
    best, fewest = order, crossings(order, before)
    current = [list(items) for items in order]
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        ranks = range(1, len(current)) if down else range(len(current) - 2, -1, -1)
        near = before if down else after
        for r in ranks:
            place = {item: i for i, item in enumerate(current[r - 1 if down else r + 1])}
            own = {item: i for i, item in enumerate(current[r])}
            mean = {i: sum(place[n] for n in near[i]) / len(near[i]) if near[i] else own[i] for i in current[r]}
            current[r].sort(key=lambda i: (mean[i], own[i]))
        found = crossings(current, before)
        if found < fewest:
            best, fewest = [list(items) for items in current], found
    return best


def coordinates(ranked: Ranked, *, width: float) -> list[float]:
    """The x of each item's centre, for nodes of one width; neighbours in a rank keep their distance.

    Each item is as near as the others let it to where it wants to be: below the way that it continues.
    """
    x = [0.0] * len(ranked.rank_of)
    wanted: dict[int, float] = {}
    for _ in range(3):
        for items in ranked.order:
            offsets = [0.0]
            for left, right in itertools.pairwise(items):
                gap = NODE_GAP if left < ranked.nodes and right < ranked.nodes else LANE_GAP
                halves = sum(width / 2 for item in (left, right) if item < ranked.nodes)
                offsets.append(offsets[-1] + halves + gap)
            wishes = [_wish(ranked, item, x, wanted) for item in items]
            places = _nearest([w - o for (w, _), o in zip(wishes, offsets, strict=True)], [w for _, w in wishes])
            for item, place, offset in zip(items, places, offsets, strict=True):
                x[item] = place + offset
        # A by-way that was pushed aside somewhere is straight when it keeps that distance everywhere.
        for (source, _), lane in ranked.lanes.items():
            if lane:
                xs = [x[item] for item in lane]
                outer = max(xs) if sum(xs) >= x[source] * len(xs) else min(xs)
                wanted |= dict.fromkeys(lane, outer)
    return x


def _wish(ranked: Ranked, item: int, x: Sequence[float], wanted: dict[int, float]) -> tuple[float, float]:
    """Where an item wants to be and how much that counts."""
    if item in wanted:
        return wanted[item], LIGHT
    above = ranked.main_before[item]
    if not above:
        below = ranked.main_after[item]
        return (sum(x[b] for b in below) / len(below) if below else 0.0), LIGHT if ranked.rank_of[item] else 1.0
    place = sum(x[a] for a in above) / len(above)
    main = item < ranked.nodes and any(item in ranked.main_after[a] for a in above)
    return place, 1.0 if main else LIGHT


def _nearest(places: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The non-decreasing numbers nearest to `places` by weighted squares (pool adjacent violators)."""
    blocks: list[list[float]] = []
    for place, weight in zip(places, weights, strict=True):
        blocks.append([place, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            place_2, weight_2, count_2 = blocks.pop()
            place_1, weight_1, count_1 = blocks.pop()
            total = weight_1 + weight_2
            blocks.append([(place_1 * weight_1 + place_2 * weight_2) / total, total, count_1 + count_2])
    return [place for place, _, count in blocks for _ in range(int(count))]
