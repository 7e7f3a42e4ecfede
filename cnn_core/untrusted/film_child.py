"""The child process of `cnn_core.untrusted.film`: `python -m cnn_core.untrusted.film_child FOLDER`.

Reads task.json and the file `film`, writes numbered JPEG files, progress.json and answer.json.
"""

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageSequence

from cnn_core.child_process import limit_this_process, read_json, write_json
from cnn_core.errors import InputError

MOST_PIXELS = 9_000_000  # of a frame: 4K
MOST_FRAMES_READ = 7_200
_FILE_BYTES = 110_000_000
_QUALITY = 92
_AGAIN = "Download or export it again, or bring another film"

# Time in seconds and (H, W, 3) uint8 RGB.
Frame = tuple[float, np.ndarray]


def main(folder: Path) -> None:
    """Decode the film in the folder."""
    task = read_json(folder / "task.json")
    limit_this_process(more_memory=task["memory"], more_seconds=task["cpu_seconds"], file_bytes=_FILE_BYTES)
    try:
        read = _with_pillow if task["reader"] == "pillow" else _with_opencv
        answer = _write(folder, *read(folder / "film", task), task)
    except InputError as error:
        answer = {"problem": error.problem, "remedy": error.remedy}
    # Decoders raise nearly anything on a damaged file, and this process does nothing else.
    except Exception as error:
        answer = {"problem": f"is damaged or cut short: {' '.join(str(error).split())[:160]}", "remedy": _AGAIN}
    write_json(folder / "answer.json", answer)


def _write(folder: Path, frames: Iterator[Frame], expected: int, notes: list[str], task: Any) -> dict[str, Any]:
    times: list[float] = []
    size = original = (0, 0)
    for moment, pixels in frames:
        if not times:
            original = pixels.shape[:2]
            scale = min(1.0, task["side"] / max(original))
            size = max(1, round(original[0] * scale)), max(1, round(original[1] * scale))
        small = cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_AREA) if pixels.shape[:2] != size else pixels
        path = str(folder / f"{len(times):04}.jpg")
        cv2.imwrite(path, cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        times.append(round(moment, 3))
        write_json(folder / "progress.json", [len(times), max(expected, len(times))])
        if len(times) == task["frames"]:
            break
    if not times:
        raise InputError("holds no frame that can be decoded", _AGAIN)
    return {"times": times, "size": list(size), "original_size": list(original), "notes": notes}


def _with_pillow(path: Path, task: Any) -> tuple[Iterator[Frame], int, list[str]]:
    picture = Image.open(path, formats=("GIF", "WEBP"))
    _check_size(*picture.size)
    count = getattr(picture, "n_frames", 1)
    stride, read, notes = _every(count, count, task)

    def frames() -> Iterator[Frame]:
        moment = 0.0
        for number, frame in enumerate(ImageSequence.Iterator(picture)):
            if number >= read or moment > task["seconds"]:
                return
            if number % stride == 0:
                clear = frame.convert("RGBA")
                white = Image.new("RGBA", clear.size, "white")
                yield moment, np.asarray(Image.alpha_composite(white, clear).convert("RGB"))
            # Browsers show a frame that says 0 for a tenth of a second.
            moment += (frame.info.get("duration") or 100) / 1000

    return frames(), math.ceil(read / stride), notes


def _with_opencv(path: Path, task: Any) -> tuple[Iterator[Frame], int, list[str]]:
    # A film may not name other files or addresses to read.
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "protocol_whitelist;file"
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    if not video.isOpened():
        raise InputError("cannot be decoded", "Save it as MP4 with H.264, or as a GIF")
    _check_size(int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT)))
    rate = video.get(cv2.CAP_PROP_FPS)
    rate = rate if math.isfinite(rate) and 0.1 <= rate <= 1000 else 25.0
    stated = video.get(cv2.CAP_PROP_FRAME_COUNT)
    count = int(stated) if math.isfinite(stated) and 0 < stated < 1e7 else MOST_FRAMES_READ
    stride, read, notes = _every(count, round(rate * task["seconds"]), task)

    def frames() -> Iterator[Frame]:
        for number in range(read):
            if not video.grab():
                return
            if number % stride == 0:
                decoded, pixels = video.retrieve()
                if decoded:
                    yield number / rate, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)

    return frames(), math.ceil(min(count, read) / stride), notes


def _every(count: int, most: int, task: Any) -> tuple[int, int, list[str]]:
    """Which frames are taken: every n-th of so many; and what is said about the others."""
    read = max(1, min(count, most, MOST_FRAMES_READ))
    stride = math.ceil(read / task["frames"])
    notes = []
    if stride > 1:
        notes.append(f"Every {stride}. frame is looked at.")
    if read < count:
        notes.append(f"Only the first {task['seconds']:.0f} seconds are looked at.")
    return stride, read, notes


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1 or width * height > MOST_PIXELS:
        raise InputError(
            f"has frames of {width} x {height} pixels", f"Bring one of at most {MOST_PIXELS // 1_000_000} megapixels"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
