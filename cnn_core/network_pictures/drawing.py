"""What the pictures of networks share: colours, glyphs, escaped text, legends, and the SVG around them.

Colours are those of Okabe and Ito (2008), which people with any common colour deficiency can tell apart; each family
also has its own glyph. Every colour is written as an attribute, so the files look the same in any program.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from cnn_core.network_pictures.kinds import FAMILIES, text_width

FONT = "Inter, 'Segoe UI', 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif"


@dataclass(frozen=True)
class Palette:
    """The colours of a picture, "#rrggbb"; `families` maps a family to its colour."""

    paper: str
    ink: str
    muted: str
    line: str
    surface: str
    accent: str
    families: dict[str, str]

    def tint(self, family: str, share: float = 0.1) -> str:
        """The family's colour mixed into the paper."""
        return mixed(self.families[family], self.paper, share)


LIGHT = Palette(
    paper="#FFFFFF",
    ink="#1B2430",
    muted="#596373",
    line="#8A94A3",
    surface="#F3F5F8",
    accent="#0B6BCB",
    families={
        "convolution": "#0072B2",
        "pooling": "#D55E00",
        "normalisation": "#56B4E9",
        "activation": "#E69F00",
        "dense": "#009E73",
        "merge": "#CC79A7",
        "other": "#7C8696",
        "block": "#44546A",
    },
)
DARK = Palette(
    paper="#11161D",
    ink="#E6EAF0",
    muted="#A3AEBD",
    line="#75808F",
    surface="#1B222C",
    accent="#5AA9F5",
    families={
        "convolution": "#3E9BDB",
        "pooling": "#EE7A2E",
        "normalisation": "#8CCFF5",
        "activation": "#F0B73A",
        "dense": "#28BD92",
        "merge": "#DE93BE",
        "other": "#8F9AAA",
        "block": "#A9B8CC",
    },
)


def palette(dark: bool) -> Palette:
    """The colours for a dark or a light background."""
    return DARK if dark else LIGHT


# Each in a box from -6 to 6: a grid, a funnel, a bell, a hinge, a fan, a plus, a dot, a pile.
GLYPHS = {
    "convolution": "M-5-5H5V5H-5Z M-1.7-5V5 M1.7-5V5 M-5-1.7H5 M-5 1.7H5",
    "pooling": "M-5.5-4.5H5.5L2 4.5H-2Z",
    "normalisation": "M-6 4.5C-2.6 4.5-2.6-4.5 0-4.5S2.6 4.5 6 4.5",
    "activation": "M-6 4H0L5-4.5",
    "dense": "M-5-5L5 0 M-5 0H5 M-5 5L5 0 M-5-5V-5 M-5 0V0 M-5 5V5 M5 0V0",
    "merge": "M-5 0H5 M0-5V5",
    "other": "M-4 0H4",
    "block": "M-5-4.5H5 M-5 0H5 M-5 4.5H5",
}


def mixed(colour: str, other: str, share: float) -> str:
    """`share` of the first colour and the rest of the other.

    Example:
        >>> mixed("#FF0000", "#FFFFFF", 0.2)
        '#FFCCCC'
    """
    pairs = [(int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02X}" for a, b in pairs)


def contrasting(colour: str) -> str:
    """Near black or white, whichever stands out more from the colour."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#FFFFFF" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.058 else "#11161D"


def number(value: float) -> str:
    """A coordinate with one decimal at most.

    Example:
        >>> number(3.0), number(2.25), number(-0.01)
        ('3', '2.2', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def clean(content: str) -> str:
    """The text without the characters that XML does not allow.

    Example:
        >>> clean("a\\x08b")
        'ab'
    """
    return "".join(
        c for c in content if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )


def _written(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def element(name: str, children: Iterable[str] = (), /, **attributes: object) -> str:
    """An SVG element; `class_` and `data_name` become class and data-name, floats are rounded, None is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(clean(_written(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(children)
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def text(content: str, x: float, y: float, *, size: float = 12.0, **attributes: object) -> str:
    """A line of text, escaped."""
    return element("text", [escape(clean(content), quote=False)], x=float(x), y=float(y), font_size=size, **attributes)


def glyph(family: str, x: float, y: float, colours: Palette, *, side: float = 22.0) -> str:
    """The family's glyph on a square of its colour, centred at (x, y)."""
    fill = colours.families[family]
    mark = contrasting(fill)
    return element(
        "g",
        [
            element("rect", x=-11.0, y=-11.0, width=22.0, height=22.0, rx=5.0, fill=fill),
            element(
                "path",
                d=GLYPHS[family],
                fill=mark if family == "pooling" else "none",
                stroke=mark,
                stroke_width=2.4 if family in ("merge", "other") else 1.5,
                stroke_linecap="round",
                stroke_linejoin="round",
            ),
        ],
        transform=f"translate({number(x)} {number(y)}) scale({side / 22:.3g})",
    )


def shortened(content: str, width: float, size: float) -> str:
    """The text, with "…" in its middle where it is wider than `width`."""
    if text_width(content, size) <= width:
        return content
    kept = len(content) - 1
    while kept > 2 and text_width(content[: (kept + 1) // 2] + "…" + content[-(kept // 2) :], size) > width:
        kept -= 1
    return content[: (kept + 1) // 2] + "…" + content[-(kept // 2) :]


def legend(families: Iterable[str], x: float, y: float, width: float, colours: Palette) -> tuple[str, float]:
    """Glyph and name of each family in lines of `width`, from (x, y) on; and how high that is."""
    present = set(families)
    parts, left, top = [], x, y
    for name, title in FAMILIES.items():
        if name not in present:
            continue
        wide = 24 + text_width(title, 11.5) + 14
        if left > x and left + wide > x + width:
            left, top = x, top + 24
        parts += [glyph(name, left + 8, top + 8, colours, side=16), text(title, left + 22, top + 12, size=11.5)]
        left += wide
    return element("g", parts, class_="legend", fill=colours.ink), top + 24 - y


def document(
    parts: Sequence[str],
    *,
    width: float,
    height: float,
    title: str,
    description: str,
    colours: Palette,
    class_: str,
    defs: Sequence[str] = (),
) -> str:
    """The whole SVG file, with its size, background, font, and a title and description for screen readers."""
    return element(
        "svg",
        [
            text_element("title", title, id="title"),
            text_element("desc", description, id="description"),
            element("defs", defs) if defs else "",
            element("rect", class_="paper", width=float(width), height=float(height), fill=colours.paper),
            *parts,
        ],
        xmlns="http://www.w3.org/2000/svg",
        width=float(width),
        height=float(height),
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_labelledby="title description",
        class_=class_,
        font_family=FONT,
        fill=colours.ink,
    )


def text_element(name: str, content: str, **attributes: object) -> str:
    """An element that holds text alone, such as title, escaped."""
    return element(name, [escape(clean(content), quote=False) or " "], **attributes)
