"""Short programs that learn the hidden filter as the page does. Each is text that runs as it is, from `picture.png`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cnn_core.hidden_filters import TYPED
from cnn_core.kernel_learning import BETA_1, BETA_2, EPSILON, MOMENTUM


@dataclass(frozen=True)
class Lesson:
    """Everything that a path depends on, besides the photo.

    Attributes:
        hidden: as `hidden_filters.hidden_filter` takes it; likewise `number` and `text`.
        number: see `hidden`.
        text: see `hidden`.
        picture: as `hidden_filters.learners_picture` takes it; likewise `centred`.
        centred: see `picture`.
        side: of the kernel that learns.
        noise: on the target.
        optimizer: as `kernel_learning.descend` takes it; likewise `rate`, `steps`, `crops` and `start`.
        rate: see `optimizer`.
        steps: see `optimizer`.
        crops: see `optimizer`.
        start: see `optimizer`.
        seed: of noise, start and crops.
    """

    hidden: str
    number: int
    text: str
    picture: str
    centred: bool
    side: int
    noise: float
    optimizer: str
    rate: float
    steps: int
    crops: int
    start: str
    seed: int


def at_rate(lesson: Lesson, share: float, *, limit: float) -> Lesson:
    """The lesson with a part of the largest learning rate, to six digits: the code shows the rate as it is used.

    Args:
        lesson: whose rate is not known yet.
        share: of the limit.
        limit: as `kernel_learning.largest_rate` gives it.

    Example:
        >>> lesson = Lesson("sobel_x", 0, "", "photo", True, 3, 0.0, "gradient", 0.0, 50, 0, "zeros", 0)
        >>> at_rate(lesson, 0.9, limit=1 / 3).rate, at_rate(lesson, 0.1, limit=1.23456789).rate
        (0.3, 0.123457)
    """
    return replace(lesson, rate=float(f"{share * limit:.6g}"))


def lesson_code(lesson: Lesson) -> Mapping[str, str]:
    """The descent in NumPy, in Keras where every batch is the whole photo, and the closed form.

    Each leaves `kernel`, (side, side), as it is after the last step.

    Example:
        >>> lesson = Lesson("sobel_x", 0, "", "photo", True, 3, 0.0, "adam", 0.1, 50, 0, "zeros", 0)
        >>> list(lesson_code(lesson))
        ['NumPy', 'Keras', 'Least squares']
    """
    start = _start(lesson)
    codes = {"NumPy": start + _rows() + _first(lesson) + _numpy(lesson)}
    if not lesson.crops:
        codes["Keras"] = start + _first(lesson) + _keras(lesson)
    closed = (
        "kernel = np.linalg.lstsq(P, y, rcond=1e-9)[0].reshape(task.shape)\n"
        "eigenvalues = np.linalg.eigvalsh(2 * P.T @ P / len(P))\n"
        'print(kernel.round(3))\nprint("2 / L =", 2 / eigenvalues[-1])\n'
    )
    codes["Least squares"] = start + _rows() + closed
    return codes


def _start(lesson: Lesson) -> str:
    hidden = repr(lesson.hidden)
    if lesson.hidden == TYPED:
        hidden += f", text={lesson.text!r}"
    elif lesson.number:
        hidden += f", number={lesson.number}"
    picture = repr(lesson.picture) + ', to_uint8(load_image("picture.png"))'
    if lesson.centred:
        picture += ", centred=True"
    noise = f", noise={lesson.noise!r}, seed={lesson.seed}" if lesson.noise else ""
    return f"""import numpy as np
from cnn_core.drawing import to_uint8
from cnn_core.hidden_filters import hidden_filter, learners_picture
from cnn_core.images import load_image
from cnn_core.kernel_learning import make_task

photo = learners_picture({picture})
hidden = hidden_filter({hidden}).kernel
task = make_task(photo, hidden, side={lesson.side}{noise})
"""


def _rows() -> str:
    return (
        "# One row for each pixel: what lies under the kernel there. y: what the hidden filter makes of it.\n"
        "P, y = task.windows().reshape(task.target.size, -1), task.target.ravel()\n"
    )


def _first(lesson: Lesson) -> str:
    size = lesson.side**2
    if lesson.start == "zeros":
        return f"kernel = np.zeros({size})\n"
    return f"kernel = np.random.default_rng([{lesson.seed}, 1]).normal(0, (2 / {size}) ** 0.5, {size})\n"


def _numpy(lesson: Lesson) -> str:
    before = "velocity, square = np.zeros_like(kernel), np.zeros_like(kernel)\n" if lesson.optimizer == "adam" else ""
    if lesson.optimizer == "momentum":
        before = "velocity = np.zeros_like(kernel)\n"
    batch, slope = "", "    gradient = 2 / len(y) * P.T @ (P @ kernel - y)\n"
    if lesson.crops:
        before += (
            f"chance = np.random.default_rng([{lesson.seed}, 2])\n"
            "rows, columns = task.target.shape\nplaces = np.arange(rows * columns).reshape(rows, columns)\n"
            "high, wide = min(8, rows), min(8, columns)\n"
        )
        batch = (
            f"    tops = chance.integers(0, rows - high + 1, {lesson.crops})\n"
            f"    lefts = chance.integers(0, columns - wide + 1, {lesson.crops})\n"
            "    batch = np.concatenate(\n"
            "        [places[top : top + high, left : left + wide].ravel() for top, left in zip(tops, lefts)]\n"
            "    )\n"
        )
        slope = "    gradient = 2 / len(batch) * P[batch].T @ (P[batch] @ kernel - y[batch])\n"
    updates = {
        "gradient": "    kernel = kernel - rate * gradient\n",
        "momentum": f"    velocity = {MOMENTUM} * velocity - rate * gradient\n    kernel = kernel + velocity\n",
        "adam": f"    velocity = {BETA_1} * velocity + {1 - BETA_1:.3g} * gradient\n"
        f"    square = {BETA_2} * square + {1 - BETA_2:.3g} * gradient**2\n"
        f"    size = rate * (1 - {BETA_2}**step) ** 0.5 / (1 - {BETA_1}**step)\n"
        f"    kernel = kernel - size * velocity / (square**0.5 + {EPSILON})\n",
    }
    return f"""{before}rate = {lesson.rate!r}
for step in range(1, {lesson.steps} + 1):
{batch}{slope}{updates[lesson.optimizer]}
kernel = kernel.reshape(task.shape)
print(kernel.round(3))
print("loss", ((P @ kernel.ravel() - y) ** 2).mean())
"""


def _keras(lesson: Lesson) -> str:
    optimizer = {
        "gradient": f"keras.optimizers.SGD({lesson.rate!r})",
        "momentum": f"keras.optimizers.SGD({lesson.rate!r}, momentum={MOMENTUM})",
        "adam": f"keras.optimizers.Adam({lesson.rate!r})",
    }[lesson.optimizer]
    side = lesson.side
    before = (side - 1) // 2
    return f"""import keras

# The part of the photo that counts: each window of it gives one cell of the target.
top, left = task.corner[0] - {before}, task.corner[1] - {before}
rows, columns = task.target.shape
seen = task.photo[top : top + rows + {side - 1}, left : left + columns + {side - 1}]
layer = keras.layers.Conv2D(1, {side}, use_bias=False)
model = keras.Sequential([keras.layers.Input((*seen.shape, 1)), layer])
layer.set_weights([kernel.reshape({side}, {side}, 1, 1)])
model.compile({optimizer}, loss="mse")
for step in range({lesson.steps}):
    model.train_on_batch(seen[None, ..., None], task.target[None, ..., None])
kernel = layer.get_weights()[0][..., 0, 0]
print(kernel.round(3))
"""
