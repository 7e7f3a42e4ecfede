"""Names from outside as plain text in Markdown."""

import re


def plain(name: str, most: int = 80) -> str:
    """A name without effect on the Markdown around it, and not longer than a line."""
    text = "".join(letter if letter.isprintable() else "?" for letter in name)
    text = text if len(text) <= most else f"{text[: most - 21]}…{text[-20:]}"
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~$:^])", r"\\\1", text)
