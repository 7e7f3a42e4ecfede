"""The stages of a network: the few steps of its longest way that tell how the shape of the data changes. No Keras."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnn_core.network_pictures.folding import Group, fold, foldable, topological
from cnn_core.network_pictures.kinds import QUIET, family

if TYPE_CHECKING:
    from cnn_core.summary import LayerRow

MOST_STAGES = 30


@dataclass(frozen=True)
class Stage:
    """One solid of the figure: layers, or blocks of layers, with outputs of one shape.

    Attributes:
        shape: (height, width, channels) of its output, or (units,).
        kind: Keras class name, "block", or "layer" where there are several kinds.
        steps: how many layers, or blocks of layers, it stands for.
        members: every layer that it stands for.
    """

    name: str
    shape: tuple[int | None, ...]
    family: str
    kind: str
    detail: str
    steps: int
    members: tuple[str, ...]


def stages(rows: Sequence[LayerRow], *, most: int = MOST_STAGES) -> tuple[Stage, ...]:
    """The stages along the longest way from an input to the last output.

    A block with branches or a shortcut is one step, and equal ones in a row are one stage; activations, normalisation,
    padding, dropout and reshaping belong to the step before, upsampling to the step after. More than `most` stages are
    joined further: those of one shape, then those of one height and width.
    """
    groups = fold(rows, unfolded=plain_blocks(rows))
    by_name = {group.name: group for group in groups}
    found: list[Stage] = []
    for name in _longest_way(groups):
        stage = _stage(by_name[name])
        if found and stage.kind != "block" and _quiet(stage, found[-1]):
            found[-1] = replace(found[-1], members=found[-1].members + stage.members)
        elif len(found) > 1 and found[-1].kind.startswith("UpSampling"):
            # What reads the enlarged maps is drawn, and they are not.
            found[-1] = replace(stage, members=found[-1].members + stage.members)
        else:
            found.append(stage)
    found = _joined(found, lambda a, b: a.kind == b.kind == "block" and a.shape == b.shape)
    if len(found) > most:
        found = _joined(found, lambda a, b: a.shape == b.shape)
    if len(found) > most:
        found = _joined(found, lambda a, b: a.shape[:2] == b.shape[:2])
    return tuple(found)


def plain_blocks(rows: Sequence[LayerRow]) -> tuple[str, ...]:
    """The blocks that are drawn layer by layer, like those of VGG: chains, in a network where every block is one.

    Among blocks with branches a chain is drawn as one step, as they are, unless it changes the size by pooling.
    """
    inside: dict[str, list[LayerRow]] = {block: [] for block in foldable(rows)}
    for row in rows:
        if row.block in inside:
            inside[row.block].append(row)
    chains = {block for block, own in inside.items() if _is_chain(own)}
    if len(chains) == len(inside):
        return tuple(inside)
    return tuple(b for b in inside if b in chains and any(family(row.kind) == "pooling" for row in inside[b]))


def _is_chain(rows: Sequence[LayerRow]) -> bool:
    names = {row.name for row in rows}
    entrances = set(rows[0].inputs)
    taken: set[str] = set()
    for row in rows[1:]:
        own = [name for name in row.inputs if name in names]
        # A shortcut starts where the block starts; a connection from elsewhere, as in U-Net, is none.
        if len(own) != 1 or own[0] in taken or entrances & set(row.inputs):
            return False
        taken |= set(own)
    return True


def _stage(group: Group) -> Stage:
    last = group.rows[-1]
    sides = [side for side in last.output_shape if side != 1] or [1]
    shape = last.output_shape if len(sides) > 1 else (sides[0],)
    members = tuple(row.name for row in group.rows)
    if not group.folded:
        return Stage(group.name, shape, family(last.kind), last.kind, last.detail, 1, members)
    convolves = any(family(row.kind) == "convolution" for row in group.rows)
    # An inception module is what it concatenates; a residual block is mostly convolution.
    drawn_as = "merge" if last.kind == "Concatenate" else "convolution" if convolves else family(last.kind)
    return Stage(group.name, shape, drawn_as, "block", "", 1, members)


def _quiet(stage: Stage, before: Stage) -> bool:
    """Whether a layer only changes values, or pads, or reshapes, or adds a shortcut."""
    if stage.family in ("normalisation", "activation") or stage.kind.startswith(QUIET):
        return True
    return stage.family == "merge" and stage.shape == before.shape and not before.kind.startswith("UpSampling")


def _longest_way(groups: Sequence[Group]) -> list[str]:
    """Names along the path to the last group that passes the most layers."""
    inputs = {group.name: group.inputs for group in groups}
    weight = {group.name: len(group.rows) for group in groups}
    length: dict[str, int] = {}
    before: dict[str, str | None] = {}
    order = topological(list(inputs), inputs) or []
    for name in order:
        best = max(inputs[name], key=lambda one: length[one], default=None)
        before[name] = best
        length[name] = weight[name] + (length[best] if best is not None else 0)
    end: str | None = max(order, key=lambda name: length[name], default=None)
    way = []
    while end is not None:
        way.append(end)
        end = before[end]
    return way[::-1]


def _joined(found: Sequence[Stage], alike: Callable[[Stage, Stage], bool]) -> list[Stage]:
    """Neighbours that are alike as one; poolings, inputs and vectors stay alone."""
    joined: list[Stage] = []
    for stage in found:
        last = joined[-1] if joined else None
        alone = len(stage.shape) == 1 or stage.family in ("pooling", "other")
        if last is None or alone or last.family in ("pooling", "other") or not alike(last, stage):
            joined.append(stage)
            continue
        both = "block" if "block" in (last.kind, stage.kind) else last.kind if last.kind == stage.kind else "layer"
        # Where a block and a layer meet, such as a transition in DenseNet, blocks are counted.
        steps = last.steps * (both != "block" or last.kind == both) + stage.steps * (
            both != "block" or stage.kind == both
        )
        mixed = last.family != stage.family
        joined[-1] = Stage(
            name=last.name,
            shape=stage.shape,
            family="convolution" if mixed and "convolution" in (last.family, stage.family) else stage.family,
            kind=both,
            detail="",
            steps=steps,
            members=last.members + stage.members,
        )
    return joined
