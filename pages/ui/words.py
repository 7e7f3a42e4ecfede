"""Words that pages put numbers, times and names from outside into."""

import math
import re
import time

STATES = {
    "queued": (":material/schedule:", "waiting", "gray"),
    "running": (":material/play_circle:", "running", "blue"),
    "stopped": (":material/pause_circle:", "stopped", "orange"),
    "failed": (":material/error:", "failed", "red"),
    "done": (":material/check_circle:", "done", "green"),
}


def plain(text: str, most: int = 80) -> str:
    """A word from outside without effect on the Markdown around it, in one line that keeps its beginning and end.

    Example:
        >>> print(plain("my *best* [run]"))
        my \\*best\\* \\[run\\]
        >>> plain("a" * 30 + ".jpg", most=24)
        'aaa…aaaaaaaaaaaaaaaa.jpg'
    """
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())
    line = line if len(line) <= most else f"{line[: most - 21]}…{line[-20:]}"
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~$:^])", r"\\\1", line)


def duration(seconds: float) -> str:
    """Seconds in words.

    Example:
        >>> duration(7.2), duration(75), duration(7300)
        ('7 s', '1 min 15 s', '2 h 1 min')
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def rate(per_second: float) -> str:
    """How many pictures a second, or, where it is less than one, how many seconds a picture: never a false zero.

    Example:
        >>> rate(1234.2), rate(7), rate(1.26), rate(0.3), rate(0.004)
        ('1,234 pictures/s', '7 pictures/s', '1.3 pictures/s', '3.3 s a picture', '250 s a picture')
    """
    if per_second >= 10:
        return f"{per_second:,.0f} pictures/s"
    if per_second >= 1:
        return f"{per_second:.1f}".removesuffix(".0") + " pictures/s"
    seconds = 1 / per_second
    return (f"{seconds:.1f}".removesuffix(".0") if seconds < 10 else f"{seconds:,.0f}") + " s a picture"


def ago(moment: float, *, now: float | None = None) -> str:
    """How long ago a moment was.

    Example:
        >>> ago(0, now=30), ago(0, now=7200)
        ('just now', '2 h ago')
    """
    seconds = (time.time() if now is None else now) - moment
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if seconds < 48 * 3600:
        return f"{int(seconds // 3600)} h ago"
    return f"{int(seconds // 86400)} days ago"


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a percentage; a dash where there is none. Rounding makes no certainty of what is nearly certain.

    Example:
        >>> percent(0.9123), percent(None), percent(0.99997), percent(1.0)
        ('91.2 %', '–', '> 99.9 %', '100.0 %')
    """
    if share is None or math.isnan(share):
        return "–"
    text = f"{share * 100:.{digits}f}"
    if digits and share < 1 and float(text) == 100:
        return f"> {100 - 10**-digits:.{digits}f} %"
    return f"{text} %"


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "box", "boxes"), counted(1200, "box", "boxes")
        ('1 box', '1,200 boxes')
    """
    return f"{count:,} {one if count == 1 else many}"


def state_badge(state: str) -> str:
    """A run's state as a Markdown badge."""
    icon, word, colour = STATES[state]
    return f":{colour}-badge[{icon} {word}]"
