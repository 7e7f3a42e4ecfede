"""The names of ImageNet's 1,000 classes (ILSVRC 2012), in the order of every pretrained network's outputs.

`assets/imagenet_classes.txt` holds what Keras' imagenet_class_index.json does, so that a network whose weights are here
can name what it sees without a connection: written as Keras writes it, it has the MD5 that Keras checks (a test does).
"""

import json
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).parents[1] / "assets" / "imagenet_classes.txt"
# Two pairs of classes share their first word in WordNet.
_UNLIKE = {134: "crane (bird)", 517: "crane (machine)", 639: "maillot (tank suit)"}


@lru_cache(maxsize=1)
def imagenet_classes() -> tuple[tuple[str, str], ...]:
    """WordNet's id and Keras' label of each class.

    Example:
        >>> imagenet_classes()[281]
        ('n02123045', 'tabby')
    """
    rows = [line.split(" ", maxsplit=1) for line in _FILE.read_text(encoding="utf-8").splitlines()]
    return tuple((synset, label) for synset, label in rows)


@lru_cache(maxsize=1)
def imagenet_names() -> tuple[str, ...]:
    """Names for people, each once.

    Example:
        >>> imagenet_names()[282], imagenet_names()[517], len(set(imagenet_names()))
        ('tiger cat', 'crane (machine)', 1000)
    """
    return tuple(_UNLIKE.get(number, label.replace("_", " ")) for number, (_, label) in enumerate(imagenet_classes()))


def keras_index() -> str:
    """The content of imagenet_class_index.json.

    Example:
        >>> keras_index()[:27]
        '{"0": ["n01440764", "tench"'
    """
    return json.dumps({str(number): list(row) for number, row in enumerate(imagenet_classes())})
