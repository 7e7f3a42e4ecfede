"""A segmenter on a folder: figures against a plain count, classes by name, progress, stop and going on."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from cnn_core.child_process import read_json
from cnn_core.confidence import mean_iou_interval
from cnn_core.errors import InputError
from cnn_core.masks import masks_of
from cnn_core.runs.folder import ask_to_stop, read_events, read_progress, read_status
from cnn_core.runs.store import RunStore
from cnn_core.segmentation import evaluation_job
from cnn_core.segmentation.evaluation import classes_csv, evaluate, figures_of, judge, photo_rows, photos_csv
from cnn_core.segmentation.evaluation_job import evaluation_run, new_evaluation
from cnn_core.segmentation.judged import FILE, load_judged, load_labels, save_judged
from cnn_core.segmentation.masked_folder import read_masked_folder
from cnn_core.segmentation.masked_labels import read_labels
from cnn_core.segmentation.masked_listing import load_masked_listing
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.shared_classes import shared_labels
from tests.segmentation.masked_pictures import NAMES, SIDE, picture, write_folder, write_masked_listing

CLASSES = ("Background", "blue", "green", "Red")


def look(image: np.ndarray):
    """Sees red and blue as they are, but for the first rows, which it takes for something green."""
    labels = np.where(image[..., 0] > 0.8, 3, np.where(image[..., 2] > 0.8, 1, 0))
    labels[:4] = 2
    return masks_of(np.eye(4, dtype=np.float32)[labels], size=labels.shape, names=CLASSES)


SEGMENTER = Segmenter("by_colour", "By colour", CLASSES, "", "", (32, 32), look)


def said(number: int) -> np.ndarray:
    """What it says in the classes of the masks: green is background to them."""
    labels = picture(number)[1].copy()
    labels[:4] = 0
    return labels


def test_figures_are_those_of_all_pixels_together(tmp_path: Path) -> None:
    listing = read_masked_folder(write_folder(tmp_path, 5))
    seen: list[tuple[int, int]] = []
    kept: dict[int, np.ndarray] = {}
    judged, notes = judge(
        listing,
        SEGMENTER,
        progress=lambda done, of: seen.append((done, of)),
        keep=lambda number, labels, _: kept.update({number: labels}),
    )
    assert seen == [(number, 5) for number in range(6)]
    assert notes == ("The masks do not know green: such answers count as background.",)
    assert judged.names == NAMES
    truth = np.stack([picture(number)[1] for number in range(5)])
    found = np.stack([said(number) for number in range(5)])
    np.testing.assert_array_equal(np.stack([kept[number] for number in range(5)]), found)
    figures = evaluate(judged, draws=50)
    for label, row in enumerate(figures.by_class):
        both, either = ((truth == label) & (found == label)).sum(), ((truth == label) | (found == label)).sum()
        assert row.iou.value == pytest.approx(both / either)
        assert row.dice.value == pytest.approx(2 * both / ((truth == label).sum() + (found == label).sum()))
        assert row.iou.low <= row.iou.value <= row.iou.high
        assert row.photos == 5
    assert figures.pixel_accuracy.value == pytest.approx((truth == found).mean())
    assert figures.mean_iou.value == pytest.approx(np.mean([row.iou.value for row in figures.by_class]))
    assert figures_of(judged)["mean_iou"] == figures.mean_iou.value
    # No pixel is undecided here, so that the intervals are those of square matrices.
    expected = mean_iou_interval(judged.matrices[:, :, :-1], seed=0, draws=50)
    assert (figures.mean_iou.low, figures.mean_iou.high) == pytest.approx((expected.low, expected.high))
    assert expected.low < expected.high
    rows = photo_rows(judged)
    wrongs = [(truth[number] != found[number]).sum() for number in range(5)]
    assert [row.mean_iou for row in rows] == sorted(row.mean_iou for row in rows)
    assert {row.file: row.wrong for row in rows} == {f"images/{number}.png": wrongs[number] for number in range(5)}
    by_red = photo_rows(judged, label=1)[0]
    assert by_red.mean_iou == min(row.mean_iou for row in photo_rows(judged, label=1))
    table = list(csv.reader(io.StringIO(photos_csv(judged))))
    assert [row[0] for row in table[1:]] == list(judged.files)
    assert list(csv.reader(io.StringIO(classes_csv(figures))))[2][:2] == ["red", f"{figures.by_class[1].iou.value:.6f}"]
    save_judged(judged, tmp_path / FILE)
    again = load_judged(tmp_path / FILE)
    assert (again.names, again.files, again.places) == (judged.names, judged.files, judged.places)
    np.testing.assert_array_equal(again.matrices, judged.matrices)
    np.testing.assert_array_equal(again.boundary, judged.boundary)
    assert len(judged.of({"validation"})) == 1


def test_classes_are_paired_by_name_or_else_by_order() -> None:
    ordered = shared_labels(("background", "object"), ("membrane", "cell"))
    assert (ordered.names, ordered.of_found) == (("background", "object"), (0, 1))
    assert "background is membrane, object is cell" in ordered.notes[0]
    people = shared_labels(("background", "object"), ("background", "person"))
    assert people.of_found == (0, 1)
    bare = shared_labels(("cat", "sofa", "cow"), ("Couch", "cat", "dog"))
    assert (bare.names, bare.of_truth, bare.of_found) == (("cat", "sofa"), (0, 1, 255), (1, 0, 255))
    with pytest.raises(InputError, match="no class is in both"):
        shared_labels(("background", "cat"), ("background", "dog", "cow"))


def test_a_photo_that_is_damaged_is_left_out_by_name(tmp_path: Path) -> None:
    listing = read_masked_folder(write_folder(tmp_path, 3))
    (tmp_path / "images" / "1.png").write_bytes(b"nothing")
    judged, notes = judge(listing, SEGMENTER)
    assert judged.files == ("images/0.png", "images/2.png")
    assert "1.png" in notes[1]
    for name in ("0", "2"):
        (tmp_path / "masks" / f"{name}.png").unlink()
    with pytest.raises(InputError, match="There is no file"):
        judge(listing, SEGMENTER)


def test_a_run_is_stopped_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_masked_listing(tmp_path)
    listing = load_masked_listing(path)
    looked: list[int] = []
    run = new_evaluation(RunStore(tmp_path / "runs"), {"segmenter": "by_colour", "parts": None}, path, owner="me")

    def stopping(image: np.ndarray):
        looked.append(len(looked))
        if len(looked) == 3:
            ask_to_stop(run)
        return look(image)

    watched = Segmenter("by_colour", "By colour", CLASSES, "", "", (32, 32), stopping)
    monkeypatch.setattr(evaluation_job, "load_segmenter", lambda _: watched)
    evaluation_run(run)
    status = read_status(run)
    assert status.state == "stopped"
    assert "behind 3 of 6 photos" in status.reason
    assert not (run / FILE).exists()
    (run / "stop").unlink(missing_ok=True)
    evaluation_run(run)
    assert read_status(run).state == "done"
    assert len(looked) == 6
    judged = load_judged(run / FILE)
    assert judged.files == tuple(item.file for item in listing.items)
    for place, file in zip(judged.places, judged.files, strict=True):
        np.testing.assert_array_equal(load_labels(run, place), said(int(Path(file).stem)))
    result = read_json(run / "result.json")
    assert result["all"] == pytest.approx(figures_of(judged))
    assert read_progress(run)["batch"] == 6
    assert "green" in read_events(run)[-1]["text"]
    assert read_labels(listing, listing.items[0]).shape == (SIDE, SIDE)
    with pytest.raises(InputError, match="no photos in this part"):
        new_evaluation(RunStore(tmp_path / "runs"), {"parts": ["test"]}, path, owner="me")


def test_the_starter_of_membranes_is_as_good_as_its_card_says(data_folder: Path) -> None:
    """Two of its held-out slices, whose labels are black and white and name no class."""
    from cnn_core.segmentation.starters import load_starter
    from cnn_core.starter_models import starter_card
    from cnn_core.starters.segmenter_data import SPLITS

    held = set(read_json(SPLITS / "membranes.json")["held_out"])
    listing = read_masked_folder(data_folder / "membrane")
    items = [item for item in listing.items if Path(item.file).stem in held][:2]
    judged, _ = judge(listing, load_starter("starter_segmenter_membranes"), items=items)
    figures = starter_card("starter_segmenter_membranes").metrics.figures
    found = evaluate(judged, draws=2)
    assert len(judged) == 2
    assert found.by_class[1].dice.value == pytest.approx(float(str(figures["cell Dice"]).split()[0]), abs=0.02)
