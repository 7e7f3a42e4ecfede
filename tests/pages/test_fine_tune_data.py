"""The tab Data: what is brought, what the check-up says of it, and what clicks change, against the files on disk."""

import hashlib
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn_core.folders.data_set import About, save_about
from cnn_core.folders.intake import DataStore
from cnn_core.runs.folder import create_run, write_status
from pages.fine_tune_tabs.code import SNIPPETS
from pages.ui.workplace import needed_data
from tests.pages.folder_bringing import bring_folder

ROOT = Path(__file__).parents[2]
MAIN = str(ROOT / "pages" / "main.py")
SORT = "fine_tune_sort"


def picture(seed: int, *, side: int = 40) -> bytes:
    """A JPEG that no other seed gives: coarse coloured noise."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC).save(content, "JPEG", quality=90)
    return content.getvalue()


def class_folders(counts: dict[str, int], *, top: str = "photos/") -> dict[str, bytes]:
    return {
        f"{top}{label}/{number}.jpg": picture(100 * place + number)
        for place, (label, count) in enumerate(counts.items())
        for number in range(count)
    }


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """`opened(browser, **link)`: the page in a browser of that name, with a server folder of its own."""
    monkeypatch.setenv("CNN_PLAYGROUND_HOME", str(tmp_path / "home"))

    def start(browser: str = "mine", **link: str) -> AppTest:
        app = AppTest.from_file(MAIN, default_timeout=120)
        app.session_state["picture_session"] = browser
        app.query_params.update(link)
        app.switch_page("fine_tune.py")
        app.run()
        assert not app.exception
        return app

    return start


def upload(app: AppTest, files: dict[str, bytes], source: str = "folder") -> AppTest:
    """Bring a folder, or zips."""
    if source == "folder":
        bring_folder(app, "fine_tune_source", files)
    else:
        app.segmented_control(key="fine_tune_source").set_value("A zip").run()
        widget = next(one for one in app.file_uploader if (one.key or "").startswith("fine_tune_source_zip"))
        widget.set_value([(name, data, "application/octet-stream") for name, data in files.items()]).run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    elements: Sequence[Any] = [*app.markdown, *app.caption, *app.info, *app.error, *app.success, *app.warning]
    return "\n".join([*(element.value for element in elements), *(box.label for box in app.expander)])


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def data_of(app: AppTest) -> str:
    """The data set in the link."""
    found = app.query_params["data"]
    return found if isinstance(found, str) else found[0]


def changes(app: AppTest, tmp_path: Path) -> dict[str, Any]:
    return json.loads((tmp_path / "home/data" / data_of(app) / "changes.json").read_text())


def click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def choose(app: AppTest, files: list[str], *, turn: int) -> None:
    """As the browser's component does it; what is done with a choice begins the next turn."""
    app.session_state[f"{SORT}_{turn}"] = {"chosen": files}
    app.run()


def test_a_folder_is_taken_in_counted_and_found_again_after_a_reload(
    opened: Callable[..., AppTest], tmp_path: Path
) -> None:
    app = upload(opened(), class_folders({"cat": 10, "dog": 5}) | {"photos/cat/.DS_Store": b"x"})
    found = metrics(app)
    assert (found["Pictures"], found["Classes"], found["To train on"], found["For validation"]) == (
        "15",
        "2",
        "12",
        "3",
    )
    assert "15 files taken in" in words(app)
    assert "1 that operating systems leave behind" in words(app)
    # n / (k n_c) of the training part: 12 / (2 * 8) and 12 / (2 * 4).
    assert "| cat | 8 | 2 | 0 | 0.75 |" in words(app)
    assert "| dog | 4 | 1 | 0 | 1.50 |" in words(app)
    assert "2.0 times as many" in words(app)
    assert "Only 3 pictures are for validation" in words(app)
    data_id = data_of(app)
    assert sorted(path.name for path in (tmp_path / "home/data" / data_id / "files").iterdir()) == ["cat", "dog"]
    slider = app.slider(key=f"fine_tune_check_part_{data_id}").set_value(40).run()
    assert metrics(slider)["For validation"] == "6"
    app.number_input(key=f"fine_tune_check_seed_{data_id}").set_value(5).run()
    assert metrics(app)["For validation"] == "6"
    again = opened(data=data_id)
    assert metrics(again)["For validation"] == "6"
    stranger = opened("somebody else", data=data_id)
    assert not stranger.metric
    assert "only for the browser that brought them" in words(stranger)


def test_broken_files_and_others_are_named_with_their_reason(opened: Callable[..., AppTest]) -> None:
    files = class_folders({"cat": 4, "dog": 4})
    files["photos/cat/cut.jpg"] = picture(7)[:200]
    files["photos/dog/paper.pdf"] = b"%PDF-1.7 " + bytes(50)
    app = upload(opened(), files)
    assert metrics(app)["Pictures"] == "8"
    assert "Not used: 1 picture cannot be opened, 1 other file" in words(app)
    assert "cat/cut.jpg | " in words(app)
    assert "dog/paper.pdf | " in words(app)


def test_copies_are_left_out_by_a_click(opened: Callable[..., AppTest], tmp_path: Path) -> None:
    files = class_folders({"train/cat": 4, "train/dog": 4, "val/cat": 2, "val/dog": 2}, top="")
    files["val/cat/again.jpg"] = files["train/cat/0.jpg"]
    files["val/dog/wrong.jpg"] = files["train/cat/1.jpg"]
    app = upload(opened(), {f"set/{name}": data for name, data in files.items()})
    assert "2 pictures are there more than once" in words(app)
    assert "2 of them in more than one part" in words(app)
    assert "1 of them in two classes" in words(app)
    click(app, "fine_tune_check_copies")
    # The copy that is kept back stays; which of two classes is right, only a person can tell.
    assert changes(app, tmp_path)["excluded"] == ["train/cat/0.jpg"]
    assert metrics(app)["Left out by you"] == "1"
    app = opened(data=data_of(app), fine_tune_look="Duplicates")
    assert "**in two classes**" in words(app)
    click(app, "fine_tune_duplicates_0_train/cat/1.jpg")
    assert changes(app, tmp_path)["excluded"] == ["train/cat/0.jpg", "val/dog/wrong.jpg"]


def test_pictures_are_left_out_relabelled_and_taken_back(opened: Callable[..., AppTest], tmp_path: Path) -> None:
    first = upload(opened(), class_folders({"cat": 6, "dog": 6}))
    app = opened(data=data_of(first), fine_tune_look="Sort out")
    assert app.button(key=f"{SORT}_out").disabled
    choose(app, ["cat/1.jpg", "cat/2.jpg", "no such file"], turn=0)
    click(app, f"{SORT}_out")
    assert changes(app, tmp_path)["excluded"] == ["cat/1.jpg", "cat/2.jpg"]
    assert metrics(app)["Pictures"] == "10"
    choose(app, ["cat/3.jpg"], turn=1)
    app.selectbox(key=f"{SORT}_target").set_value("dog").run()
    click(app, f"{SORT}_label")
    assert changes(app, tmp_path)["relabelled"] == {"cat/3.jpg": "dog"}
    app.selectbox(key=f"{SORT}_show").set_value("changed").run()
    assert "3 pictures" in words(app)
    choose(app, ["cat/1.jpg", "cat/3.jpg"], turn=2)
    click(app, f"{SORT}_restore")
    assert changes(app, tmp_path) == {"excluded": ["cat/2.jpg"], "relabelled": {}, "without": []}
    for show in ("copies", "small", "broken", "all"):
        app.selectbox(key=f"{SORT}_show").set_value(show).run()
        assert not app.exception
    app.selectbox(key=f"{SORT}_class").set_value("dog").run()
    assert "6 pictures" in words(app)


def test_each_view_of_the_pictures_draws(opened: Callable[..., AppTest]) -> None:
    app = upload(opened(), class_folders({"cat": 3, "dog": 3}))
    data_id = data_of(app)
    app = opened(data=data_id, fine_tune_look="At a glance")
    assert "**dog**, 3 pictures" in words(app)
    app = opened(data=data_id, fine_tune_look="As the network sees them")
    app.select_slider(key="fine_tune_seen_side").set_value(224).run()
    app.selectbox(key="fine_tune_seen_backbone").set_value("mobilenet_v2").run()
    app.selectbox(key="fine_tune_seen_class").set_value("dog").run()
    assert not app.exception
    assert "Stretched to 224 × 224" in words(app)
    assert "pixels from -1 to 1" in words(app)
    # 40 pixels are far fewer than 224.
    app = opened(data=data_id, fine_tune_seen_side="224")
    assert "6 pictures far smaller than the network's input of 224 × 224" in words(app)
    click(app, "fine_tune_check_small")
    assert any("has no pictures" in error.value for error in app.error)
    assert "fine_tune_check_train" not in [button.key for button in app.button]


def test_zips_are_taken_in_and_a_bad_one_is_refused(opened: Callable[..., AppTest]) -> None:
    cats, dogs = (zipped(class_folders({label: 4}, top="")) for label in ("cat", "dog"))
    app = upload(opened(), {"cats.zip": cats, "dogs.zip": dogs}, "zip")
    assert metrics(app)["Classes"] == "2"
    app = upload(opened("another"), {"bad.zip": zipped({"../../evil.jpg": picture(0)})}, "zip")
    assert "'../../evil.jpg' leaves its folder" in app.error[0].value
    assert "data" not in app.query_params
    app = upload(opened("a third"), {"none.zip": b"no zip at all"}, "zip")
    assert "is no zip" in app.error[0].value


def test_data_that_cannot_be_trained_on_says_why(opened: Callable[..., AppTest]) -> None:
    app = upload(opened(), class_folders({"cat": 3}))
    assert "one class only, 'cat'" in app.error[0].value
    app = upload(opened("b"), {f"papers/a/{number}.pdf": b"%PDF-1.7" for number in range(3)})
    assert "There are no pictures in papers: of its 3 files" in app.error[0].value
    app = upload(opened("c"), {"photos/.DS_Store": b"x", "photos/a/Thumbs.db": b"y"})
    assert "no pictures" in app.error[0].value


def test_after_a_folder_that_came_to_nothing_there_is_a_place_for_another(opened: Callable[..., AppTest]) -> None:
    app = upload(opened(), {"sent/inner.zip": b"PK"})
    assert "Nothing was taken in. 'sent/inner.zip' is an archive" in app.error[0].value
    upload(app, {"papers/a/1.txt": b"text"})
    assert "There are no pictures in papers" in app.error[0].value


def test_more_pictures_are_added_beside_the_classes_that_are_there(opened: Callable[..., AppTest]) -> None:
    app = upload(opened(), class_folders({"cat": 4, "dog": 4}))
    app.toggle(key="fine_tune_source_more_folder").set_value(True).run()
    upload(app, class_folders({"bird": 4}, top=""))
    assert metrics(app)["Classes"] == "3"
    assert metrics(app)["Pictures"] == "12"


def test_ready_made_shapes_then_another_set_then_deleting(opened: Callable[..., AppTest], tmp_path: Path) -> None:
    app = opened(fine_tune_source="Ready-made")
    app.number_input(key="fine_tune_source_shapes").set_value(4).run()
    click(app, "fine_tune_source_draw")
    assert metrics(app)["Pictures"] == "24"
    first = data_of(app)
    click(app, "fine_tune_source_draw")
    second = data_of(app)
    assert first != second
    app.selectbox(key=f"fine_tune_set_{second}").set_value(first).run()
    assert data_of(app) == first
    click(app, "fine_tune_delete_data")
    assert not (tmp_path / "home/data" / first).exists()
    assert not app.metric


def test_five_sets_are_kept_and_only_a_complete_one_removes_the_oldest(
    opened: Callable[..., AppTest], tmp_path: Path
) -> None:
    store = DataStore(tmp_path / "home/data")
    kept = [store.new(hashlib.sha256(b"mine").hexdigest()) for _ in range(5)]
    for age, data_id in enumerate(reversed(kept), 1):
        save_about(store.folder(data_id), About("Mugs" if data_id == kept[0] else "Others"))
        os.utime(tmp_path / "home/data" / data_id, (time.time() - 60 * age,) * 2)
    app = upload(opened(), {"bad.zip": b"no zip at all"}, "zip")
    assert "is no zip" in app.error[0].value
    assert len(list((tmp_path / "home/data").iterdir())) == 5
    app.segmented_control(key="fine_tune_source").set_value("A folder").run()
    upload(app, class_folders({"a": 2, "b?": 2}, top="sixth/"))
    assert "5 data sets are kept: Mugs was removed." in words(app)
    assert "Renamed: b" in words(app)
    assert {path.name for path in (tmp_path / "home/data").iterdir()} == {*kept[1:], data_of(app)}


def test_a_folder_on_the_server_only_where_it_is_allowed(
    opened: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, data in class_folders({"cat": 4, "dog": 4}, top="").items():
        (tmp_path / "open" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "open" / name).write_bytes(data)
    assert "On the server" not in opened().segmented_control(key="fine_tune_source").options
    monkeypatch.setenv("CNN_PLAYGROUND_DATA", str(tmp_path / "open"))
    app = opened(fine_tune_source="On the server")
    app.text_input(key="fine_tune_source_path").set_value("..")
    next(one for one in app.button if one.label == "Use it").click().run()
    assert "among those that this server opens" in app.error[0].value
    app.text_input(key="fine_tune_source_path").set_value(str(tmp_path / "open"))
    next(one for one in app.button if one.label == "Use it").click().run()
    assert metrics(app)["Pictures"] == "8"
    monkeypatch.setenv("CNN_PLAYGROUND_DATA", "")
    assert "opens no folders" in opened(data=data_of(app)).error[0].value


def test_what_a_run_has_still_to_read_is_not_tidied_away(opened: Callable[..., AppTest], tmp_path: Path) -> None:
    first = upload(opened(), class_folders({"cat": 2, "dog": 2}))
    runs = tmp_path / "home/runs"
    listing = tmp_path / "home/data" / data_of(first) / "listings/one.json"
    run = create_run(runs, {"job": "transfer", "data": {"listing": str(listing)}}, owner="me", name="one")
    create_run(runs, {"job": "transfer"}, owner="me", name="without data")
    assert needed_data(tmp_path / "home") == {data_of(first)}
    write_status(run, "done")
    assert needed_data(tmp_path / "home") == set()


def test_both_pieces_of_code_run_and_agree(tmp_path: Path) -> None:
    """In one process, the second on the pictures that the first has drawn."""
    ran = subprocess.run(
        [sys.executable, "-c", "\nprint('----')\n".join(SNIPPETS.values())],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    own, by_hand = ran.stdout.split("----")
    # Six pictures of each shape, of which one is kept back; each class weighs the same.
    assert own.count("{'train': 5, 'validation': 1, 'test': 0} weight 1.00") == 6
    assert by_hand.count(" 6 weight 1.00") == 6
    assert "copies to leave out: ()" in own
    assert "copies: []" in by_hand
