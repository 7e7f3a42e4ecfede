"""The border between the headless core, the pages, and the heavy libraries, seen by what really gets loaded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("tensorflow", "keras", "matplotlib", "scipy.signal")

# The builders of networks, losses as Keras takes them and the training of the starters are Keras code; everything else
# imports Keras only when it is called.
TRAINING = {
    *("training", "classifier", "classifier_average", "detector", "segmenter", "segmentation_loss", "fcn"),
    *("exact_folding", "lite_export", "torch_speed"),
}
LOSSES = {"targets", "entropy", "overlap", "weighted"}
CORE = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "cnn_core").rglob("*.py")
    if "architectures" not in path.parts
    and not (path.parent.name == "starters" and path.stem in TRAINING)
    and not (path.parent.name == "losses" and path.stem in LOSSES)
)
PAGES = sorted(path.name for path in (ROOT / "pages").glob("*.py") if path.name != "main.py")

# Pages that run a network may load Keras; these may not.
_LIGHT = {"home.py", "convolution.py", "pooling.py", "losses.py", "attention.py", "from_scratch.py"}
LIGHT_PAGES = [page for page in PAGES if page in _LIGHT]
# Views behind the first that need no network either.
LIGHT_VIEWS = {"from_scratch.py": ("Learn a kernel", "Several devices")}


def loaded_after(code: str) -> set[str]:
    """Names of all modules in a fresh Python that has run the code."""
    code += "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stdout.splitlines()[-1]))


def test_no_core_module_loads_streamlit_or_a_network_library() -> None:
    """One process imports all of them; where something heavy appears, the module that brought it is named."""
    loaded = loaded_after(
        f"""
import importlib, sys
for name in {CORE!r}:
    importlib.import_module(name)
    heavy = sorted(set({["streamlit", *HEAVY]!r}) & set(sys.modules))
    assert not heavy, f"{{name}} loads {{heavy}}"
"""
    )
    assert set(CORE) <= loaded


# Streamlit is imported once, and forked for each page.
DRAWN = f"""
import json, os, sys, traceback
from streamlit.testing.v1 import AppTest

def draw(page, views):
    app = AppTest.from_file({str(ROOT / "pages" / "main.py")!r}, default_timeout=60).run()
    if page != "home.py":
        app.switch_page(page).run()
    assert not app.exception, app.exception
    assert app.title, "the page has drawn nothing"
    for view in views:
        app.query_params["scratch_view"] = view
        app.switch_page(page).run()
        assert not app.exception, app.exception
        assert app.metric, "the view has drawn nothing"
    print(json.dumps([page, sorted(sys.modules)]), flush=True)

for page in {LIGHT_PAGES!r}:
    if os.fork() == 0:
        try:
            draw(page, {LIGHT_VIEWS!r}.get(page, ()))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    assert os.wait()[1] == 0, page
"""


@pytest.fixture(scope="module")
def loaded_by() -> dict[str, set[str]]:
    """Names of all modules behind each light page, drawn in a process that has imported Streamlit and nothing else."""
    ran = subprocess.run([sys.executable, "-c", DRAWN], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = (json.loads(line) for line in ran.stdout.splitlines() if line.startswith('["'))
    return {page: set(loaded) for page, loaded in found}


@pytest.mark.parametrize("page", LIGHT_PAGES)
def test_a_light_page_loads_no_heavy_library(page: str, loaded_by: dict[str, set[str]]) -> None:
    loaded = loaded_by[page]
    assert "cnn_core.samples" in loaded
    assert loaded.isdisjoint(HEAVY)
    assert "skimage" not in loaded, "its photos are read without importing it"


def test_importing_the_application_loads_no_heavy_library() -> None:
    assert loaded_after("import app").isdisjoint(HEAVY)
