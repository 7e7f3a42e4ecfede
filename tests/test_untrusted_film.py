"""Films that nobody vouches for: frames and times are those of the file, and what is no film is refused by name."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cnn_core.box_drawing import draw_boxes
from cnn_core.boxes import Boxes
from cnn_core.detection.film_export import boxes_gif
from cnn_core.errors import InputError
from cnn_core.images import open_photo
from cnn_core.untrusted import film as film_module
from cnn_core.untrusted.film import MOST_FRAMES, SIDE, read_film


def shades(count: int, height: int = 48, width: int = 64) -> list[np.ndarray]:
    return [np.full((height, width, 3), 255 * number // count, np.uint8) for number in range(count)]


def video(path: Path, frames: list[np.ndarray], rate: float = 10.0) -> bytes:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), rate, frames[0].shape[1::-1])
    if not writer.isOpened():
        pytest.skip("this OpenCV cannot write MP4")
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path.read_bytes()


def brightness(frames: tuple[bytes, ...]) -> list[float]:
    return [float(open_photo(frame, name="frame").pixels.mean()) for frame in frames]


def test_a_long_large_video_is_thinned_out_and_reduced(tmp_path: Path) -> None:
    """130 frames at 10 a second: every second one, with its own time and pixels."""
    frames = shades(130, 160, 704)
    seen: list[tuple[int, int]] = []
    film = read_film(video(tmp_path / "a.mp4", frames), name="a.mp4", progress=lambda *now: seen.append(now))
    assert len(film.frames) == 65 <= MOST_FRAMES
    assert film.times[:3] == (0.0, 0.2, 0.4)
    assert (film.size, film.original_size) == ((145, SIDE), (160, 704))
    np.testing.assert_allclose(brightness(film.frames), [frame.mean() for frame in frames[::2]], atol=4)
    assert any("Every 2. frame" in note for note in film.notes)
    assert all(done <= of for done, of in seen)


def test_a_gif_keeps_its_times_and_what_is_drawn_on_what_was_there_before() -> None:
    first = Image.new("RGBA", (64, 48), "black")
    second = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    second.paste((255, 255, 255, 255), (0, 0, 32, 48))
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=[second], duration=[250, 40], disposal=1)
    film = read_film(file.getvalue(), name="two.gif")
    assert film.times == (0.0, 0.25)
    later = open_photo(film.frames[1], name="frame").pixels
    assert later[24, 10].min() > 240
    assert later[24, 55].max() < 15


def damaged_mp4() -> bytes:
    return b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x10mdat" + bytes(range(64))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no film that can be read"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\nfile:///etc/passwd\n", "no film that can be read"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "no film that can be read"),
        (damaged_mp4(), "cannot be decoded|damaged|no frame"),
        (b"GIF89a" + bytes(9), "damaged|no frame"),
    ],
)
def test_what_is_no_film_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_film(data, name="x.mp4")
    assert "x.mp4" in str(caught.value)


def test_a_frame_that_is_too_large_is_refused_before_it_is_decoded() -> None:
    file = io.BytesIO()
    Image.new("P", (40, 30)).save(file, "GIF")
    data = bytearray(file.getvalue())
    data[6:10] = (4_000).to_bytes(2, "little") * 2
    with pytest.raises(InputError, match="4000 x 4000"):
        read_film(bytes(data), name="bomb.gif")


def test_a_film_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_module, "_PATIENCE", 0.0)
    file = io.BytesIO()
    Image.new("P", (40, 30)).save(file, "GIF")
    with pytest.raises(InputError, match=r"too long|Other films"):
        read_film(file.getvalue(), name="slow.gif")


def test_the_gif_shows_the_boxes_at_the_speed_of_the_film() -> None:
    frames = shades(3, 60, 80)
    found = [Boxes([[5 * number, 5, 40, 40]], [0], [0.9], ("cat",)) for number in range(3)]
    made = Image.open(io.BytesIO(boxes_gif(frames, found, [0.0, 0.3, 0.5], side=80)))
    assert made.n_frames == 3
    lengths = []
    for number in range(3):
        made.seek(number)
        lengths.append(made.info["duration"])
        shown = np.asarray(made.convert("RGB")).astype(int)
        assert np.abs(shown - draw_boxes(frames[number], found[number])).mean() < 6
    assert lengths == [300, 200, 200]
    with pytest.raises(InputError, match="its boxes"):
        boxes_gif(frames, found[:2], [0.0, 0.3, 0.5])
