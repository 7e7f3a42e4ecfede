"""Tab Take it away: the network in four formats, each compared with the original, and all that belongs to it."""

import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from cnn_core.exports.formats import FORMATS, onnx_missing
from cnn_core.exports.record import FOLDER, Export, read_exports
from cnn_core.exports.take_home import PACKAGE, write_take_home
from cnn_core.runs import client
from cnn_core.runs.store import RunEntry
from pages.fine_tune_tabs.export_work import REFUSED, ask_for_export, export_work
from pages.fine_tune_tabs.opened import code_folder, config_of_run, finished_run
from pages.fine_tune_tabs.scripts import draw_scripts
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.words import duration, plain
from pages.ui.workplace import service_options

POLL_SECONDS = 0.7

CODE = """from pathlib import Path

from cnn_core.exports.comparison import compare, comparison_pictures
from cnn_core.exports.formats import FORMATS
from cnn_core.exports.job import write_files
from cnn_core.exports.record import FOLDER
from cnn_core.results.trained import trained_network

run = Path("{run}")
network = trained_network(run)
pictures, _ = comparison_pictures(run, network.size)
for name, export in write_files(run, {kinds}).items():  # what is there already is not written again
    if name in FORMATS and export.state == "done":
        answer = FORMATS[name].read(run / FOLDER / export.file)
        difference = compare(network(pictures), answer, pictures)
        print(f"{{name}}: differs by at most {{difference.largest:.1g}} on {{difference.pictures}} pictures")
"""


def draw() -> None:
    """Everything in one zip, then single formats, then the scripts and the card."""
    entry = finished_run()
    if entry is None:
        return
    what_happens(
        "The preprocessing is inside the network: it takes raw pixels and gives probabilities. Each format is written, "
        "read again with its own runtime and asked about the same pictures; only a file that agrees is offered.",
        r"\max_{x, k}\,\lvert p_k(x) - \hat p_k(x) \rvert \le 10^{-3}",
    )
    st.markdown(f"#### {plain(entry.name)}")
    st.download_button(
        "Download all that is needed to use it",
        partial(_package, entry.folder),
        file_name=f"{_file_name(entry.name)}.zip",
        mime="application/zip",
        key="fine_tune_take_home",
        type="primary",
        icon=":material/inventory_2:",
        on_click="ignore",
        help="The network (.keras), its labels, predict.py, the model card and all figures.",
    )
    working = export_work(entry.folder) is not None
    st.fragment(_formats, run_every=POLL_SECONDS if working else None)(entry, working)
    draw_scripts(entry.folder, config_of_run(entry.folder))
    kinds = [name for name in FORMATS if name in read_exports(entry.folder)] or ["keras"]
    same_in_code({"Python": CODE.format(run=code_folder(entry), kinds=kinds)}, key="fine_tune_take", file="exports")


def _formats(entry: RunEntry, was_working: bool) -> None:
    run = entry.folder
    work = export_work(run)
    if was_working != (work is not None):
        st.rerun()
    exports = read_exports(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Single formats**", width="stretch")
        if work is not None:
            st.button(
                "Stop",
                key="fine_tune_export_stop",
                icon=":material/stop:",
                on_click=client.stop,
                args=(run / FOLDER, service_options()),
            )
        missing = [name for name in FORMATS if name not in exports or exports[name].state != "done"]
        missing = [name for name in missing if name != "onnx" or not onnx_missing()]
        st.button(
            "Prepare all",
            key="fine_tune_export_all",
            icon=":material/deployed_code:",
            disabled=work is not None or not missing,
            on_click=ask_for_export,
            args=(run, missing),
        )
    if refused := st.session_state.pop(REFUSED, None):
        st.error(refused, icon=":material/error:")
    if work is not None and work.state == "queued":
        st.caption(":material/schedule: Waiting for its turn")
    for name, way in FORMATS.items():
        export = exports.get(name)
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{way.title}**. {way.use}  \n{_state(name, export)}", width="stretch")
            if export is not None and export.state == "done":
                st.download_button(
                    f"Download {export.file}",
                    (run / FOLDER / export.file).read_bytes,
                    file_name=export.file,
                    mime="application/octet-stream",
                    key=f"fine_tune_export_{name}_file",
                    on_click="ignore",
                    icon=":material/download:",
                )
            else:
                st.button(
                    "Prepare",
                    key=f"fine_tune_export_{name}",
                    icon=":material/deployed_code:",
                    disabled=work is not None or (name == "onnx" and bool(onnx_missing())),
                    on_click=ask_for_export,
                    args=(run, [name]),
                )


def _state(name: str, export: Export | None) -> str:
    if name == "onnx" and onnx_missing() and (export is None or export.state != "done"):
        return f":material/info: needs {' and '.join(onnx_missing())}: `pip install -r requirements-onnx.txt`"
    if export is None:
        return ":gray[not prepared yet]"
    if export.state == "done":
        exact = (
            f"differs by at most {export.difference:.1g} on {export.pictures} pictures"
            if export.difference
            else (f"the same answers on {export.pictures} pictures")
        )
        return f":material/check: {export.size / 1e6:,.1f} MB; {exact}; {duration(export.seconds)}"
    if export.state == "failed":
        return f":red[:material/error: {plain(export.reason, 300)}]"
    return (
        ":material/hourglass_top: being written, read again and compared …"
        if export.state == "working"
        else ":gray[waiting]"
    )


def _package(run: Path) -> bytes:
    with tempfile.TemporaryDirectory() as place:
        return write_take_home(run, Path(place) / PACKAGE).read_bytes()


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)[:60] or "network"
