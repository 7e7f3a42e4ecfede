"""Networks of visitors, opened in this process in place of a child: TensorFlow is imported once for all tests."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core.segmentation import hub, saved_model
from cnn_core.untrusted import network, network_child, open_saved_model, open_segmenter_preset, picture_network
from cnn_core.untrusted.network_worker import Described, NetworkFiles


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The networks that were opened, by their keys; "batches" lists what they were asked."""
    opened: dict[str, Any] = {"batches": []}
    for module in (network, network_child, open_saved_model, open_segmenter_preset):
        monkeypatch.setattr(module, "limit", lambda _: None)

    def describe(files: NetworkFiles, **_: Any) -> Described:
        with tempfile.TemporaryDirectory() as place:
            files.write(Path(place))
            task = {"kind": files.kind, "name": files.name, "memory": files.memory, **files.task}
            found = opened[files.key] = network_child.OPENERS[files.kind](Path(place), task)
        outputs = found.run(np.zeros(found.input_shape, found.input_dtype))
        shapes = tuple((name, array.shape) for name, array in outputs.items())
        return Described(found.input_shape, found.input_dtype, shapes, found.facts)

    def ask(files: NetworkFiles, batch: np.ndarray, **_: Any) -> tuple[np.ndarray, ...]:
        opened["batches"].append(batch)
        return tuple(opened[files.key].run(batch).values())

    for module in (picture_network, saved_model, hub):
        monkeypatch.setattr(module, "describe", describe)
    monkeypatch.setattr(picture_network, "ask", ask)
    return opened
