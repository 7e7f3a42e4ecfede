"""Where a network's parameters or multiply-adds are: a bar for each layer or block. No Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cnn_core.network_pictures.drawing import Palette, document, element, legend, palette, shortened, text, text_element
from cnn_core.network_pictures.folding import Group, fold, foldable
from cnn_core.network_pictures.kinds import FAMILIES, count_text, family

if TYPE_CHECKING:
    from cnn_core.summary import Summary

WIDTH = 760.0
MARGIN = 24.0
NAMES = 176.0
NUMBERS = 118.0
STEP = 24.0
BAR = 15.0
# A network with more bars than this is shown by block.
MOST_LAYERS = 32

_WORDS = {"parameters": "parameters", "macs": "MACs"}


def bars_svg(
    summary: Summary,
    *,
    of: Literal["parameters", "macs"] = "parameters",
    selected: str | None = None,
    by_block: bool | None = None,
    dark: bool = False,
) -> str:
    """The parameters or multiply-adds (for one picture) of each layer in order, with its share of the whole.

    Layers without any are left out, and the picture says how many. A block's bar is divided by families of layers.

    Args:
        selected: the layer to highlight, or its block.
        by_block: one bar for each block; None decides by the number of layers.
        dark: colours for a dark background.

    Raises:
        ValueError: `of` is neither "parameters" nor "macs".
    """
    if of not in _WORDS:
        raise ValueError(f'of is "parameters" or "macs", not {of!r}')
    colours = palette(dark)
    if by_block is None:
        by_block = sum(getattr(row, of) > 0 for row in summary.rows) > MOST_LAYERS
    groups = fold(summary.rows, unfolded=() if by_block else foldable(summary.rows))
    shown = [group for group in groups if getattr(group, of) > 0]
    total = sum(getattr(group, of) for group in shown)
    largest = max((getattr(group, of) for group in shown), default=1)
    word = _WORDS[of]
    left_out = len(summary.rows) - sum(len(group.rows) for group in shown)
    note = f"{total:,} {word}" + (f" for one {shape}" if (shape := _picture(summary, of)) else "")
    if left_out:
        note += f" · {left_out} layers without {word} are left out"
    head = [
        text(
            shortened(f"{summary.name}: where the {word} are", WIDTH - 2 * MARGIN, 17),
            MARGIN,
            34,
            size=17.0,
            font_weight=650,
        ),
        text(note, MARGIN, 53, size=11.5, fill=colours.muted),
    ]
    families = {family(row.kind) for group in shown for row in group.rows if getattr(row, of) > 0}
    key, key_height = legend(families, MARGIN, 68, WIDTH - 2 * MARGIN, colours)
    top = 68 + key_height + 12
    bars = [
        _bar(group, top + i * STEP, of=of, whole=(total, largest), chosen=_holds(group, selected), colours=colours)
        for i, group in enumerate(shown)
    ]
    most = sorted(shown, key=lambda group: -getattr(group, of))[:3]
    listed = ", ".join(f"{group.name} {getattr(group, of) / total:.1%}" for group in most)
    return document(
        [*head, key, *bars],
        width=WIDTH,
        height=top + max(1, len(shown)) * STEP + MARGIN - 8,
        title=f"Where the {word} of {summary.name} are",
        description=f"{note}. Most: {listed}." if listed else f"{summary.name} has no {word}.",
        colours=colours,
        class_="network-bars",
    )


def _picture(summary: Summary, of: str) -> str:
    return f"input of {' × '.join(map(str, summary.input_shape))}" if of == "macs" else ""


def _holds(group: Group, selected: str | None) -> bool:
    return selected is not None and (selected == group.name or any(row.name == selected for row in group.rows))


def _bar(group: Group, y: float, *, of: str, whole: tuple[int, int], chosen: bool, colours: Palette) -> str:
    total, largest = whole
    value = getattr(group, of)
    left, room = MARGIN + NAMES + 10, WIDTH - 2 * MARGIN - NAMES - NUMBERS - 18
    shares = {name: sum(getattr(row, of) for row in group.rows if family(row.kind) == name) for name in FAMILIES}
    parts = [text_element("title", f"{group.name}\n{value:,} {_WORDS[of]}, {value / total:.2%}")]
    if chosen:
        parts.append(
            element("rect", x=MARGIN - 8, y=y - 4.5, width=WIDTH - 2 * MARGIN + 16, height=STEP, rx=6.0,
                    fill=colours.accent, fill_opacity=0.16, stroke=colours.accent, stroke_width=1.4)
        )  # fmt: skip
    name = f"{group.name} ({len(group.rows)} layers)" if group.folded else group.name
    parts.append(text(shortened(name, NAMES, 11.5), MARGIN + NAMES, y + 11.5, size=11.5, text_anchor="end",
                      font_weight=650 if chosen else 400))  # fmt: skip
    x = left
    for name, share in shares.items():
        if share:
            width = max(1.2, room * share / largest)
            parts.append(element("rect", x=x, y=y, width=width, height=BAR, rx=2.0, fill=colours.families[name]))
            x += width
    percent = f"{value / total:.1%}" if value >= total / 1000 else "< 0.1%"
    parts += [
        text(count_text(value), x + 8, y + 11.5, size=11.5, font_weight=600),
        text(percent, x + 66, y + 11.5, size=11.5, fill=colours.muted),
    ]
    return element("g", parts, class_="bar" + (" chosen" if chosen else ""), data_name=group.name)
