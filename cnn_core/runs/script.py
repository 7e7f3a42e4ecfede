"""A run as code: the script that writes its configuration, which pages show beside the button that starts it."""

from collections.abc import Callable, Mapping
from typing import Any

_SCRIPT = """import json
from pathlib import Path

from {module} import {check}

run = Path("run")
run.mkdir(exist_ok=True)
config = {config}
{check}(config)  # says what is out of its range
(run / "config.json").write_text(json.dumps(config))

# {does}, and goes on where it was stopped:
#     python -m {command} run
"""


def run_script(config: Mapping[str, Any], check: Callable[..., object], *, command: str, does: str = "Trains") -> str:
    """A script that leaves a run's folder, to be trained by a command.

    Args:
        config: the run's configuration.
        check: the function that refuses what is wrong with one; the script imports it from where it is.
        command: the module that trains a run's folder.
        does: what the command does, as the beginning of a sentence.

    Example:
        >>> from cnn_core.training.pair_config import pair_of
        >>> case = {"job": "scratch_mistake", "case": 3}
        >>> script = run_script(case, pair_of, command="cnn_core.training")
        >>> script.splitlines()[3], script.splitlines()[8]
        ('from cnn_core.training.pair_config import pair_of', "    'job': 'scratch_mistake',")
    """
    return _SCRIPT.format(
        module=check.__module__, check=check.__qualname__, config=dict_code(config), command=command, does=does
    )


def dict_code(values: Mapping[str, Any]) -> str:
    """A dictionary as code, a line for each entry.

    Example:
        >>> print(dict_code({"epochs": 2, "optimizer": "adam"}))
        {
            'epochs': 2,
            'optimizer': 'adam',
        }
    """
    return "{\n" + "".join(f"    {key!r}: {value!r},\n" for key, value in values.items()) + "}"
