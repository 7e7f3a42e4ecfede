"""A child process is held to its limits, is killed with what it started, and is read through whole files only."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cnn_core.child_process import ROOT, kill_child, read_json, start_child, write_json


def run_limited(work: str) -> subprocess.CompletedProcess[str]:
    code = (
        "from cnn_core.child_process import limit_this_process\n"
        "limit_this_process(more_memory=200_000_000, more_seconds=2, file_bytes=1_000_000)\n" + work
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    "work",
    [
        "held = bytearray(400_000_000)",
        "while True: pass",
        "__import__('tempfile').TemporaryFile().write(bytes(5_000_000))",
    ],
)
def test_memory_time_and_files_are_limited(work: str) -> None:
    assert run_limited(work).returncode != 0


def test_what_stays_below_the_limits_runs() -> None:
    ran = run_limited("held = bytearray(50_000_000); print(len(held))")
    assert (ran.returncode, ran.stdout.strip()) == (0, "50000000"), ran.stderr


def test_a_child_sees_no_secrets_and_is_killed_with_its_own_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "sleeper"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(
        "import json, os, subprocess, sys, time\n"
        "other = subprocess.Popen(['sleep', '60'])\n"
        "open(sys.argv[1] + '/found.json', 'w').write(json.dumps([dict(os.environ), other.pid]))\n"
        "time.sleep(60)\n"
    )
    monkeypatch.setattr("cnn_core.child_process.ROOT", tmp_path)
    monkeypatch.setenv("SECRET_TOKEN", "x")
    process = start_child("sleeper", tmp_path, on_gpu=False)
    waited = threading.Event()
    for _ in range(200):
        if read_json(tmp_path / "found.json"):
            break
        waited.wait(0.05)
    environment, other = read_json(tmp_path / "found.json")
    assert "SECRET_TOKEN" not in environment
    assert environment["CUDA_VISIBLE_DEVICES"] == ""
    assert os.getpgid(other) == process.pid
    kill_child(process)
    assert process.returncode is not None
    # It is no child of ours: the kill is certain, the moment in which it is carried out is not.
    for _ in range(200):
        if not is_running(other):
            break
        waited.wait(0.05)
    assert not is_running(other)


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_a_file_is_replaced_whole_and_a_bad_one_is_none(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    assert read_json(path) is None
    write_json(path, {"a": [1, 2]})
    assert read_json(path) == {"a": [1, 2]}
    assert [entry.name for entry in tmp_path.iterdir()] == ["status.json"]
    path.write_text("{")
    assert read_json(path) is None
