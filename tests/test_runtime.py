"""Cores, memory and GPUs as a container sees them."""

import os
from pathlib import Path

import psutil
import pytest

from cnn_core import runtime
from cnn_core.runtime import (
    Gpu,
    describe_machine,
    library_versions,
    nvidia_gpus,
    parse_gpus,
    usable_cores,
    usable_memory,
)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_without_limits_the_machine_counts(tmp_path: Path) -> None:
    assert usable_memory(cgroup=tmp_path) == psutil.virtual_memory().total
    assert usable_cores(cgroup=tmp_path) == len(os.sched_getaffinity(0))


def test_cgroup_2(tmp_path: Path) -> None:
    write(tmp_path, memory_DOT_max="536870912\n", cpu_DOT_max="50000 100000\n")
    assert usable_memory(cgroup=tmp_path) == 2**29
    assert usable_cores(cgroup=tmp_path) == 1


def test_cgroup_2_without_a_limit(tmp_path: Path) -> None:
    write(tmp_path, memory_DOT_max="max\n", cpu_DOT_max="max 100000\n")
    assert usable_memory(cgroup=tmp_path) == psutil.virtual_memory().total
    assert usable_cores(cgroup=tmp_path) == len(os.sched_getaffinity(0))


def test_cgroup_1(tmp_path: Path) -> None:
    write(
        tmp_path,
        memory__memory_DOT_limit_in_bytes="1073741824",
        cpu__cpu_DOT_cfs_quota_us="100000",
        cpu__cpu_DOT_cfs_period_us="100000",
    )
    assert usable_memory(cgroup=tmp_path) == 2**30
    assert usable_cores(cgroup=tmp_path) == 1


def test_cgroup_1_without_a_limit(tmp_path: Path) -> None:
    write(
        tmp_path,
        memory__memory_DOT_limit_in_bytes="9223372036854771712",
        cpu__cpu_DOT_cfs_quota_us="-1",
        cpu__cpu_DOT_cfs_period_us="100000",
    )
    assert usable_memory(cgroup=tmp_path) == psutil.virtual_memory().total
    assert usable_cores(cgroup=tmp_path) == len(os.sched_getaffinity(0))


def test_gpu_listing() -> None:
    listing = "NVIDIA H100 80GB HBM3, 81559\nbroken line\nTesla, T4, 15360\n"
    assert parse_gpus(listing) == (Gpu("NVIDIA H100 80GB HBM3", 81559 * 2**20), Gpu("Tesla, T4", 15360 * 2**20))
    assert parse_gpus("") == ()


def test_no_gpu_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.shutil, "which", lambda _name: None)
    assert nvidia_gpus() == ()


@pytest.mark.parametrize(
    "script", ["echo 'NVIDIA-SMI has failed'; exit 9", "echo nonsense", "sleep 30"], ids=["fails", "nonsense", "hangs"]
)
def test_a_gpu_program_that_does_not_answer(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(runtime.shutil, "which", lambda _name: str(program))
    monkeypatch.setattr(runtime, "_NVIDIA_SECONDS", 0.3)
    assert nvidia_gpus() == ()


def test_a_gpu_program_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA A10, 23028'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert nvidia_gpus() == (Gpu("NVIDIA A10", 23028 * 2**20),)


def test_this_machine() -> None:
    machine = describe_machine()
    assert 1 <= machine.cores <= (os.cpu_count() or 1)
    assert 2**28 < machine.memory_bytes <= psutil.virtual_memory().total
    assert describe_machine() is machine


def test_versions_equal_pip() -> None:
    import numpy

    assert library_versions()["NumPy"] == numpy.__version__
