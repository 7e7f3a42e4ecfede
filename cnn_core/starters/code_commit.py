"""Which commit of this project's code is running, for model cards."""

import subprocess
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def code_commit() -> str:
    """The hash of the commit that is checked out, 40 hexadecimal digits; "unknown" outside a git repository.

    Example:
        >>> len(code_commit()) in (40, 7)
        True
    """
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=_ROOT, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return asked.stdout.strip()
