"""A table as the bytes of a CSV file."""

import csv
import io
from collections.abc import Iterable, Sequence


def csv_table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """One line for the titles and one for each row; numbers keep all their digits.

    Args:
        header: the titles; empty for none.
        rows: of the table.

    Example:
        >>> csv_table(["step", "loss"], [(0, 0.1), (1, 1 / 3)])
        b'step,loss\\n0,0.1\\n1,0.3333333333333333\\n'
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    if header:
        table.writerow(header)
    table.writerows(rows)
    return text.getvalue().encode()
