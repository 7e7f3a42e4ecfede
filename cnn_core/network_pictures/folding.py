"""Blocks of layers folded into single nodes, so that the graph of a deep network can be read. No Keras."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnn_core.summary import LayerRow


@dataclass(frozen=True)
class Group:
    """One node of the graph: a layer, or a folded block.

    Attributes:
        name: of the layer or the block; a block in several parts has "block (2)" and so on from the second part on.
        block: the block that it is or belongs to; "" where a layer stands alone.
        rows: its layers, in topological order.
        inputs: names of the groups it takes from, each once, in the order of first use.
        connections: how many connections of layers come from each of `inputs`.
    """

    name: str
    block: str
    rows: tuple[LayerRow, ...]
    inputs: tuple[str, ...] = ()
    connections: tuple[int, ...] = ()

    @property
    def folded(self) -> bool:
        """Whether it stands for several layers."""
        return len(self.rows) > 1

    @property
    def parameters(self) -> int:
        """Of all its layers."""
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """Of all its layers, for one picture."""
        return sum(row.macs for row in self.rows)


def foldable(rows: Sequence[LayerRow]) -> tuple[str, ...]:
    """The blocks with more than one layer, in order of their first layer."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.block] = counts.get(row.block, 0) + 1
    return tuple(block for block, count in counts.items() if block and count > 1)


def fold(rows: Sequence[LayerRow], *, unfolded: Collection[str] = ()) -> tuple[Group, ...]:
    """Fold every block but those named; the result is in topological order and free of cycles.

    A block whose layers other layers pass between (in at one end of it, out at the other) is folded in several parts.

    Raises:
        ValueError: the layers' own connections go round in a circle, or two layers have one name.
    """
    names = [row.name for row in rows]
    if len(set(names)) < len(names):
        raise ValueError("Two layers have one name")
    known = set(names)
    inputs = {row.name: [name for name in row.inputs if name in known] for row in rows}
    order = topological(names, inputs)
    if order is None:
        raise ValueError("The connections of the layers go round in a circle")
    by_name = {row.name: row for row in rows}
    ordered = [by_name[name] for name in order]
    parts = _without_cycles(_by_block(ordered), {name: inputs[name] for name in order})
    groups = _named(parts, unfolded)
    return _connected(groups, inputs)


def topological(names: Sequence[str], inputs: Mapping[str, Sequence[str]]) -> list[str] | None:
    """The names so that each comes after its inputs, otherwise in the order given; None where there is a cycle."""
    done: set[str] = set()
    order: list[str] = []
    for start in names:
        stack = [(start, iter(inputs[start]))]
        open_names = {start}
        while stack and start not in done:
            name, rest = stack[-1]
            needed = next((one for one in rest if one not in done), None)
            if needed is None:
                stack.pop()
                open_names.discard(name)
                done.add(name)
                order.append(name)
            elif needed in open_names:
                return None
            else:
                open_names.add(needed)
                stack.append((needed, iter(inputs[needed])))
    return order


Part = list["LayerRow"]


def _by_block(rows: Sequence[LayerRow]) -> list[Part]:
    parts: dict[str, Part] = {}
    for row in rows:
        parts.setdefault(f"block {row.block}" if row.block else f"layer {row.name}", []).append(row)
    return list(parts.values())


def _without_cycles(parts: list[Part], inputs: Mapping[str, Sequence[str]]) -> list[Part]:
    """Split the parts that stand in each other's way: first into runs of neighbours in `inputs`, then into layers."""
    position = {name: i for i, name in enumerate(inputs)}
    tangled = _tangled(parts, inputs)
    parts = [piece for i, part in enumerate(parts) for piece in (_runs(part, position) if i in tangled else [part])]
    # Runs can still be tangled with a block that was left whole; layers alone cannot.
    while tangled := _tangled(parts, inputs):
        parts = [piece for i, part in enumerate(parts) for piece in ([[r] for r in part] if i in tangled else [part])]
    return parts


def _runs(part: Part, position: Mapping[str, int]) -> list[Part]:
    keyed = enumerate(sorted(part, key=lambda row: position[row.name]))
    return [[row for _, row in run] for _, run in groupby(keyed, key=lambda item: position[item[1].name] - item[0])]


def _tangled(parts: Sequence[Part], inputs: Mapping[str, Sequence[str]]) -> set[int]:
    """Indices of the parts of several layers that lie on a cycle, or between two cycles."""
    part_of = {row.name: i for i, part in enumerate(parts) for row in part}
    before: list[set[int]] = [set() for _ in parts]
    after: list[set[int]] = [set() for _ in parts]
    for i, part in enumerate(parts):
        for row in part:
            for name in inputs[row.name]:
                if part_of[name] != i:
                    before[i].add(part_of[name])
                    after[part_of[name]].add(i)
    left = set(range(len(parts)))
    for ahead, behind in ((before, after), (after, before)):
        waiting = {i: len(ahead[i] & left) for i in left}
        free = [i for i in left if waiting[i] == 0]
        while free:
            i = free.pop()
            left.discard(i)
            for j in behind[i]:
                if j in left:
                    waiting[j] -= 1
                    if waiting[j] == 0:
                        free.append(j)
    return {i for i in left if len(parts[i]) > 1}


def _named(parts: Sequence[Part], unfolded: Collection[str]) -> list[Group]:
    groups: list[Group] = []
    taken = {row.name for part in parts for row in part}
    seen: dict[str, int] = {}
    for part in parts:
        block = part[0].block
        if len(part) == 1 or block in unfolded:
            groups += [Group(row.name, block, (row,)) for row in part]
            continue
        seen[block] = seen.get(block, 0) + 1
        name = block if seen[block] == 1 else f"{block} ({seen[block]})"
        while name in taken:
            name += " (block)"
        taken.add(name)
        groups.append(Group(name, block, tuple(part)))
    return groups


def _connected(groups: Sequence[Group], inputs: Mapping[str, Sequence[str]]) -> tuple[Group, ...]:
    group_of = {row.name: group.name for group in groups for row in group.rows}
    by_name = {group.name: group for group in groups}
    taken: dict[str, dict[str, int]] = {}
    for group in groups:
        counts = taken.setdefault(group.name, {})
        for row in group.rows:
            for name in inputs[row.name]:
                source = group_of[name]
                if source != group.name:
                    counts[source] = counts.get(source, 0) + 1
    order = topological([group.name for group in groups], {name: list(counts) for name, counts in taken.items()})
    assert order is not None, "the parts were made free of cycles"
    return tuple(
        Group(name, by_name[name].block, by_name[name].rows, tuple(taken[name]), tuple(taken[name].values()))
        for name in order
    )
