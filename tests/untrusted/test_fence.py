"""Behind the fence a process reads its libraries and its own folder, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnn_core.child_process import ROOT
from cnn_core.untrusted.fence import fence_version

TRY = """
import os, sys
from pathlib import Path
from cnn_core.untrusted.fence import fence_in, library_folders
own, other = map(Path, sys.argv[1:3])
assert fence_in(library_folders(Path.cwd()), [own])
import json, sqlite3, ai_edge_litert.interpreter
(own / "written").write_text("x")
assert (own / "written").read_text() == "x"
(own / "written").unlink()
open("/dev/null", "w").write("x")
def refused(work):
    try:
        work()
    except PermissionError:
        return True
said = [
    refused(lambda: (other / "secret").read_text()),
    refused(lambda: (other / "secret").write_text("y")),
    refused(lambda: (other / "new").write_text("y")),
    refused(lambda: os.listdir(other)),
    refused(lambda: (other / "secret").unlink()),
    refused(lambda: Path("pyproject.toml").read_text()),
    refused(lambda: os.truncate(other / "secret", 0)),
]
print(said)
"""


@pytest.mark.skipif(not fence_version(), reason="this kernel has no Landlock")
def test_files_outside_the_fence_are_out_of_reach(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    (other / "secret").write_text("secret")
    ran = subprocess.run(
        [sys.executable, "-c", TRY, str(own), str(other)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stdout.strip() == str([True] * 7), ran.stdout + ran.stderr
    assert (other / "secret").read_text() == "secret"
