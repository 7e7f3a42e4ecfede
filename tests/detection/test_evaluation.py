"""A detector on a folder: figures against those of the starter's own card, classes by name, progress, going on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnn_core.boxes import Boxes
from cnn_core.child_process import read_json
from cnn_core.detection.boxed_folder import read_boxed_folder
from cnn_core.detection.candidates import Candidates
from cnn_core.detection.class_names import shared_classes
from cnn_core.detection.detector import Detector
from cnn_core.detection.evaluation import at_threshold, class_rows, evaluate, judge, worst_pictures
from cnn_core.detection.evaluation_job import evaluation_run, new_evaluation
from cnn_core.detection.judged import FILE, load_judged
from cnn_core.errors import InputError
from cnn_core.runs.folder import ask_to_stop, read_events, read_progress, read_status
from cnn_core.runs.store import RunStore
from tests.detection.boxed_pictures import COLOURS, write_boxed_listing, write_picture, write_yolo_folder

CLASSES = ("Blue", "green", "red")


def look(image: np.ndarray) -> Candidates:
    """Finds blocks by their colour; says of every picture that there is something green in it too."""
    corners, labels = [[0.0, 0.0, 9.0, 9.0]], [1]
    for name, colour in zip(("red", "Blue"), COLOURS, strict=True):
        rows, columns = np.nonzero((np.abs(image * 255 - colour) < 40).all(axis=2))
        corners.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        labels.append(CLASSES.index(name))
    return Candidates(Boxes(corners, labels, [0.9, 0.8, 0.7], CLASSES), image.shape[:2])


DETECTOR = Detector("by_colour", "By colour", CLASSES, "", "", look)


def test_a_detector_that_finds_everything_gets_full_marks(tmp_path: Path) -> None:
    listing = read_boxed_folder(write_yolo_folder(tmp_path, 5))
    seen: list[tuple[int, int]] = []
    judged, notes = judge(listing, DETECTOR, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(number, 5) for number in range(6)]
    assert notes == ("Nothing is annotated as green: such answers do not count.",)
    assert judged.names == ("red", "blue")
    figures = evaluate(judged)
    for value in (figures.coco.ap, figures.coco.ap50, figures.voc07.ap, figures.voc12.ap, figures.costs.ap50):
        assert value == pytest.approx(1.0)
    assert [
        (row.right, row.wrong, row.unfound, row.precision) for row in class_rows(figures.coco, at_threshold(judged)[2])
    ] == [
        (5, 0, 0, 1.0),
        (5, 0, 0, 1.0),
    ]
    assert (figures.interval50.low, figures.interval50.high) == pytest.approx((1.0, 1.0))
    # Above the scores of the red ones nothing red is left.
    rows, kinds, classes = at_threshold(judged, threshold=0.75)
    assert classes == {"red": (5, 0, 0), "blue": (0, 0, 5)}
    assert kinds["missed"] == 5
    assert len(worst_pictures(rows, count=3)) == 3
    assert worst_pictures(rows, kind="duplicate") == []


def test_a_picture_that_cannot_be_read_is_named_and_the_rest_is_judged(tmp_path: Path) -> None:
    listing = read_boxed_folder(write_yolo_folder(tmp_path, 3))
    listing.path("images/1.png").write_bytes(b"nothing")
    judged, notes = judge(listing, DETECTOR)
    assert [picture.file for picture in judged.pictures] == ["images/0.png", "images/2.png"]
    assert any("images/1.png" in note for note in notes)
    with pytest.raises(InputError, match=r"images/1\.png"):
        judge(listing, DETECTOR, items=listing.items[1:2])


def test_boxes_come_back_in_pixels_of_large_pictures(tmp_path: Path) -> None:
    """What is too large for a network is made smaller before it is looked at."""
    folder = write_yolo_folder(tmp_path, 1)
    pixels = np.full((64, 64, 3), 128, np.uint8)
    pixels[10:40, 8:20], pixels[10:50, 40:60] = COLOURS
    large = np.kron(pixels, np.ones((33, 33, 1), np.uint8))
    write_picture(folder / "images" / "0.png", large)
    (folder / "labels" / "0.txt").write_text(
        f"0 {14 / 64} {25 / 64} {12 / 64} {30 / 64}\n1 {50 / 64} {30 / 64} {20 / 64} {40 / 64}"
    )
    judged, _ = judge(read_boxed_folder(folder), DETECTOR)
    assert judged.pictures[0].size == (2112, 2112)
    assert evaluate(judged).coco.ap == pytest.approx(1.0)


def test_classes_are_paired_by_their_names() -> None:
    shared = shared_classes(["tv_monitor", "Cat"], ["cat", "tv monitor"])
    assert (shared.of_truth, shared.of_detector) == ((0, 1), (1, 0))
    assert shared_classes(["aeroplane"], ["airplane"]).names == ("aeroplane",)
    with pytest.raises(InputError, match="no class is in both"):
        shared_classes(["cat"], ["dog"])


def test_as_a_run_it_stops_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = write_boxed_listing(tmp_path, 6)
    run = new_evaluation(RunStore(tmp_path / "runs"), {"detector": "x", "name": "One"}, listing, owner="me")
    looked: list[int] = []

    def counted(image: np.ndarray) -> Candidates:
        looked.append(1)
        if len(looked) == 2:
            ask_to_stop(run)
        return look(image)

    monkeypatch.setattr("cnn_core.detection.evaluation_job.load_detector", lambda _: replace(DETECTOR, look=counted))
    evaluation_run(run)
    assert read_status(run).state == "stopped"
    assert len(looked) == 2
    assert not (run / "result.json").exists()
    (run / "stop").unlink()
    evaluation_run(run)
    assert read_status(run).state == "done"
    assert len(looked) == 6
    assert read_progress(run)["batch"] == read_progress(run)["batches"] == 6
    assert [event["text"] for event in read_events(run)] == [
        "Nothing is annotated as green: such answers do not count."
    ]
    result = read_json(run / "result.json")
    assert result["all"]["map50"] == pytest.approx(1.0)
    assert evaluate(load_judged(run / FILE)).coco.ap == pytest.approx(1.0)


def test_the_cells_starter_has_the_figures_of_its_card(data_folder: Path) -> None:
    """The first pictures of BCCD's test split, as the card's sample; the box of one without area is left out there."""
    from cnn_core.detection.loading import load_detector
    from cnn_core.starter_models import starter_card

    sample = starter_card("starter_detector_cells").sample
    listing = read_boxed_folder(data_folder / "bccd")
    judged, notes = judge(
        listing, load_detector("starter_detector_cells"), items=listing.of({"test"})[: sample.pictures]
    )
    assert notes == ()
    assert evaluate(judged).coco.ap50 == pytest.approx(sample.figures["map50"], abs=0.01)
