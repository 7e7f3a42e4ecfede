"""Models from a hub: a server in place of Kaggle's, archives good and hostile, and a machine without a network."""

import io
import tarfile
import urllib.error
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from cnn_core import model_downloads
from cnn_core.detection.hub import PRESETS, load_preset
from cnn_core.detection.loading import load_detector
from cnn_core.detection.saved_model import SSD_MOBILENET_V2
from cnn_core.errors import InputError
from cnn_core.model_downloads import download_model, downloaded, is_handle


class Answer(io.BytesIO):
    def __init__(self, data: bytes, *, length: int | None = None) -> None:
        super().__init__(data)
        self.headers = Message()
        self.headers["Content-Length"] = str(len(data) if length is None else length)


def archive(files: dict[str, bytes], *, link: str = "") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        if link:
            member = tarfile.TarInfo("link")
            member.type, member.linkname = tarfile.SYMTYPE, link
            tar.addfile(member)
    return stream.getvalue()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    said: dict[str, Any] = {"asked": []}

    def urlopen(address: str, timeout: float) -> Answer:  # noqa: ARG001
        said["asked"].append(address)
        if isinstance(said["answer"], Exception):
            raise said["answer"]
        return said["answer"]

    monkeypatch.setattr(model_downloads.urllib.request, "urlopen", urlopen)
    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(tmp_path))
    return said


def test_a_model_is_downloaded_once_with_progress(server: dict[str, Any]) -> None:
    server["answer"] = Answer(archive({"./saved_model.pb": b"graph", "variables/variables.index": b"i"}))
    steps: list[tuple[int, int]] = []
    assert downloaded(SSD_MOBILENET_V2) is None
    folder = download_model(SSD_MOBILENET_V2, progress=lambda done, total: steps.append((done, total)))
    assert (folder / "saved_model.pb").read_bytes() == b"graph"
    assert (folder / "variables" / "variables.index").is_file()
    assert steps[-1][0] == steps[-1][1] > 0
    assert download_model(SSD_MOBILENET_V2) == folder == downloaded(SSD_MOBILENET_V2)
    assert server["asked"] == [f"https://www.kaggle.com/api/v1/models/{SSD_MOBILENET_V2}/download"]


def test_an_address_of_tensorflow_hub_is_a_handle_too(server: dict[str, Any]) -> None:
    server["answer"] = Answer(archive({"saved_model.pb": b"graph"}))
    assert download_model("https://tfhub.dev/tensorflow/ssd_mobilenet_v2/2").is_dir()
    assert server["asked"] == ["https://tfhub.dev/tensorflow/ssd_mobilenet_v2/2?tf-hub-format=compressed"]


@pytest.mark.parametrize(
    "handle",
    [
        "",
        "a/b",
        "../../../../1",
        "a/b/c/../1",
        "https://evil.example/a/b/1",
        "a/b/c/d/1/../..",
        "a/b/c/d/e",
        "a b/b/c/d/1",
    ],
)
def test_what_is_no_handle_is_refused(server: dict[str, Any], handle: str) -> None:
    assert not is_handle(handle)
    with pytest.raises(InputError, match="no handle of a model"):
        download_model(handle)
    assert server["asked"] == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (urllib.error.URLError("no route to host"), "could not be downloaded: no route to host.*Choose a starter"),
        (Answer(b"x" * 10, length=20), "ended after 10 of 20 bytes"),
        (Answer(b"this is no archive"), "damaged"),
        (Answer(archive({})), "empty"),
        (Answer(archive({"../evil": b"x"})), "evil"),
        (Answer(archive({"saved_model.pb": b"x"}, link="/etc/passwd")), "holds a link"),
        (Answer(archive({f"f{number}": b"" for number in range(600)})), "holds too much"),
        (Answer(b"", length=10**10), "larger than|ended after"),
        (Answer(archive({"big": bytes(3_000_000)})), "holds too much"),
    ],
    ids=["offline", "cut", "no archive", "empty", "outside", "link", "many", "huge", "bomb"],
)
def test_what_goes_wrong_is_told_and_nothing_is_left(
    server: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Any, message: str
) -> None:
    monkeypatch.setattr(model_downloads, "MOST_EXPANDED", 2_000_000)
    server["answer"] = answer
    with pytest.raises(InputError, match=message):
        download_model(SSD_MOBILENET_V2)
    assert downloaded(SSD_MOBILENET_V2) is None
    assert not (tmp_path / "evil").exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_longest_unused_model_goes_first(server: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_downloads, "MOST_EXPANDED", 1_000)
    monkeypatch.setattr(model_downloads, "MOST_KEPT", 2_500)
    for number in range(1, 4):
        server["answer"] = Answer(archive({"saved_model.pb": bytes(900)}))
        download_model(f"a/b/c/d/{number}")
    assert [downloaded(f"a/b/c/d/{number}") is not None for number in range(1, 4)] == [False, True, True]


def test_presets_are_downloaded_like_models(server: dict[str, Any]) -> None:
    assert not PRESETS["dfine_nano_coco"].present
    with pytest.raises(InputError, match=r"D-FINE nano is not on this machine.*15 MB"):
        load_detector("dfine_nano_coco")
    with pytest.raises(InputError, match="not on this machine"):
        load_detector(SSD_MOBILENET_V2)
    server["answer"] = Answer(archive({"config.json": b"{}"}))
    PRESETS["dfine_nano_coco"].download()
    assert PRESETS["dfine_nano_coco"].present
    assert server["asked"] == ["https://www.kaggle.com/api/v1/models/keras/d-fine/keras/dfine_nano_coco/1/download"]
    with pytest.raises(InputError, match="no such detector"):
        load_preset("dfine_gigantic")


def test_presets_say_what_they_are() -> None:
    assert all(is_handle(preset.handle) and preset.name in preset.handle for preset in PRESETS.values())
    assert all(preset.licence and preset.megabytes > 10 for preset in PRESETS.values())
    stated = [preset.figure for preset in PRESETS.values() if preset.figure is not None]
    assert all(30 < value < 60 for value in stated)
