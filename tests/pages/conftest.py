"""What the tests of pages share."""

from collections.abc import Iterator

import pytest
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner


@pytest.fixture(scope="session", autouse=True)
def _what_stays_the_same_is_found_once() -> Iterator[None]:
    """Every AppTest searches all installed packages for components, and every run compiles the scripts anew."""
    found = manifest_scanner.scan_component_manifests()
    compiled = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda *_, **__: list(found))
        for module in (app_test, local_script_runner):
            patch.setattr(module, "ScriptCache", lambda: compiled)
        yield


@pytest.fixture(scope="session", autouse=True)
def _garbage_waits() -> Iterator[None]:
    """Streamlit looks for garbage behind every run, among all that a process of tests holds: that takes longer."""
    before = config.get_option("runner.postScriptGC")
    config.set_option("runner.postScriptGC", False)
    yield
    config.set_option("runner.postScriptGC", before)
