"""Average the weights of runs of `starter_classifier` that went on from one another.

    python -m cnn_core.starters.classifier_average RUN_FOLDER --runs RUN_1 RUN_2 RUN_3 --cifar cifar10.zip

Stochastic weight averaging (Izmailov et al. 2018, https://arxiv.org/abs/1803.05407): the ends of several schedules lie
around a flat place, and their mean is nearer to its middle than any of them. Batch norm's statistics are taken again.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.architectures.airbench import airbench
from cnn_core.starters.cifar import read_cifar
from cnn_core.starters.classifier import NETWORK
from cnn_core.starters.code_commit import code_commit
from cnn_core.starters.training import set_precision, settle_batch_norm


def main() -> None:
    """Average from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="for the result")
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="folders of ended runs, in their order")
    parser.add_argument("--cifar", type=Path, required=True, help="the zip of CIFAR-10")
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    arguments = parser.parse_args()
    set_precision(arguments.precision)
    images, _ = read_cifar(arguments.cifar, part="train")
    model = airbench(**NETWORK)
    model.set_weights(averaged([_weights(run) for run in arguments.runs]))
    settle_batch_norm(model, images)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    model.save_weights(arguments.folder / "trained.weights.h5")
    records = [json.loads((run / "run.json").read_text()) for run in arguments.runs]
    command = " ".join(["python -m cnn_core.starters.classifier_average", *sys.argv[1:]])
    (arguments.folder / "run.json").write_text(json.dumps(joined(records, command=command), indent=1))


def averaged(networks: list[list[np.ndarray]]) -> list[np.ndarray]:
    """The mean of each weight over the networks.

    Example:
        >>> averaged([[np.array([0.0, 2.0])], [np.array([1.0, 4.0])]])[0].tolist()
        [0.5, 3.0]
    """
    return [np.mean(weights, axis=0) for weights in zip(*networks, strict=True)]


def joined(records: list[dict[str, Any]], *, command: str) -> dict[str, Any]:
    """What `run.json` says of runs that followed one another: all commands and epochs, the time of all.

    Example:
        >>> runs = [{"command": one, "seconds": 2, "epochs": [one], "seed": 0} for one in ("a", "b")]
        >>> both = joined(runs, command="c")
        >>> both["command"], both["seconds"], both["epochs"]
        ('a; b; c', 4, ['a', 'b'])
    """
    return records[-1] | {
        "command": "; ".join([*(record["command"] for record in records), command]),
        "commit": code_commit(),
        "seconds": sum(record["seconds"] for record in records),
        "epochs": [epoch for record in records for epoch in record["epochs"]],
    }


def _weights(run: Path) -> list[np.ndarray]:
    model = airbench(**NETWORK)
    model.load_weights(run / "trained.weights.h5")
    return list(model.get_weights())


if __name__ == "__main__":
    main()
