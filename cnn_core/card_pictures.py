"""What each page does, as one picture: the photo on the left, what the page makes of it on the right."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from cnn_core.augmentation import Augmentation, augmented
from cnn_core.convolution import convolve
from cnn_core.drawing import outline, rgb, signed_heat, signed_limit, to_uint8
from cnn_core.images import fill, to_grey
from cnn_core.kernel_learning import descend, make_task
from cnn_core.kernels import KERNELS
from cnn_core.losses.binary import loss_of
from cnn_core.pooling import pool
from cnn_core.receptive_field import through, whole

HEIGHT, WIDTH, CELL = 320, 512, 16
GRID_CELL = 32
FIELD_COLOURS = ("#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7")
# Convolutions of 3 x 3 in each stage of VGG-16; a pooling of 2 x 2 ends each.
VGG16_STAGES = (2, 2, 3, 3, 3)
VIEW = 64
# Probabilities, as bars of the predictions.
BARS = (0.78, 0.31, 0.17, 0.09, 0.04)
# Behind how many updates a kernel that learns is shown.
LEARNED = (0, 20, 50, 200)
VIEWS = Augmentation(rotation=25, shift=0.1, flip=True, zoom=0.25, brightness=0.2, contrast=0.3)


def edges(photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Vertical edges as signed heat; (H, W, 3)."""
    response = convolve(to_grey(photo), KERNELS["sobel_x"].build(), padding="reflect")
    return signed_heat(response, limit=signed_limit(response) / 3)


def mosaic(photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The maxima of 16 x 16 windows, as large as the photo; (H, W, 3)."""
    return to_uint8(pool(photo, mode="max", size=CELL)).repeat(CELL, axis=0).repeat(CELL, axis=1)


def fields(photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What the stages of VGG-16 see, as boxes around the middle of the right half; (H, W, 3)."""
    picture = to_uint8(photo)
    height, width = picture.shape[:2]
    field, sizes = whole(height), []
    for convolutions in VGG16_STAGES:
        for _ in range(convolutions):
            field = through(field, 3, padding="same")
        field = through(field, 2, stride=2)
        sizes.append(field.size)
    for size, colour in reversed(list(zip(sizes, FIELD_COLOURS, strict=True))):
        left, top = width * 3 // 4 - size // 2, height // 2 - size // 2
        picture = outline(picture, (left, top, left + size, top + size), colour=colour)
    return picture


def views(photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Many small views of the photo, turned, shifted and lit as augmentation does it; (H, W, 3)."""
    small = to_uint8(fill(photo, height=VIEW, width=VIEW))
    random = np.random.default_rng(1)
    result = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for top in range(0, HEIGHT, VIEW):
        for left in range(0, WIDTH, VIEW):
            inside = np.s_[top + 2 : top + VIEW - 2, left + 2 : left + VIEW - 2]
            result[inside] = augmented(small, VIEWS, random)[2:-2, 2:-2]
    return result


def proposals(photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The photo under a grid whose every cell proposes boxes, of which a few are drawn; (H, W, 3)."""
    picture = to_uint8(photo)
    picture[::GRID_CELL] = picture[::GRID_CELL] // 2 + 100
    picture[:, ::GRID_CELL] = picture[:, ::GRID_CELL] // 2 + 100
    random = np.random.default_rng(3)
    for number in range(14):
        x, y = (random.integers(0, side // GRID_CELL) * GRID_CELL + GRID_CELL // 2 for side in (WIDTH, HEIGHT))
        across, down = random.integers(20, 110, 2)
        colour = FIELD_COLOURS[number % len(FIELD_COLOURS)]
        picture = outline(picture, (x - across, y - down, x + across, y + down), colour=colour, width=2)
    return picture


def slopes(photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The slope of cross-entropy where brightness is the prediction and the brighter half the truth; (H, W, 3)."""
    found = to_grey(photo).astype(np.float64)
    result = loss_of("cross_entropy", found > float(np.median(found)), found)
    return signed_heat(result.logit_gradient, limit=signed_limit(result.logit_gradient))


def regions(photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The photo with a colour laid over each of its four main tones, as masks are; (H, W, 3)."""
    picture = to_uint8(photo)
    tones = Image.fromarray(picture).filter(ImageFilter.GaussianBlur(6)).quantize(4)
    colours = np.array([rgb(colour) for colour in FIELD_COLOURS[:4]], np.float32)
    return np.rint(picture * 0.4 + colours[np.asarray(tones)] * 0.6).astype(np.uint8)


def small_maps(photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Small maps of the photo, one for each named kernel, as a layer has one for each filter; (H, W, 3)."""
    small = to_grey(fill(photo, height=VIEW, width=VIEW))
    builders = list(KERNELS.values())
    result = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    places = [(top, left) for top in range(0, HEIGHT, VIEW) for left in range(WIDTH // 2, WIDTH, VIEW)]
    for number, (top, left) in enumerate(places):
        response = convolve(small, builders[number % len(builders)].build(), padding="reflect")
        inside = np.s_[top + 2 : top + VIEW - 2, left + 2 : left + VIEW - 2]
        result[inside] = signed_heat(response, limit=signed_limit(response) / 2)[2:-2, 2:-2]
    return result


def learned(photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The photo under a kernel that learns to find vertical edges, in strips from its random start on; (H, W, 3)."""
    grey = to_grey(photo)
    # A photo that is black everywhere would teach nothing.
    small = to_grey(fill(photo, height=VIEW, width=VIEW))[..., 0] + 0.01
    task = make_task(small, KERNELS["sobel_x"].build(), side=3)
    path = descend(task, optimizer="adam", rate=0.05, steps=LEARNED[-1], start="random", seed=1)
    shown = [path.kernels[np.searchsorted(path.steps, step)].astype(np.float32) for step in LEARNED]
    responses = [convolve(grey, kernel, padding="reflect") for kernel in shown]
    limit = signed_limit(responses[-1]) / 3
    result, strip = to_uint8(photo), WIDTH // 2 // len(LEARNED)
    for number, response in enumerate(responses):
        columns = np.s_[:, WIDTH // 2 + number * strip : WIDTH // 2 + (number + 1) * strip]
        result[columns] = signed_heat(response[columns], limit=limit)
    return result


def answers(photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The photo darkened under bars of falling length, as probabilities are drawn; (H, W, 3)."""
    picture = to_uint8(photo * 0.35)
    left, room = WIDTH // 2 + 24, WIDTH // 2 - 48
    for number, share in enumerate(BARS):
        top = 36 + number * 52
        picture[top : top + 26, left : left + room] = 70
        picture[top : top + 26, left : left + int(room * share)] = rgb("#56B4E9" if not number else "#A9B2BD")
    return picture


def weighted(photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The photo dark but where much happens in it, as attention weighs places; (H, W, 3)."""
    response = np.abs(convolve(to_grey(photo), KERNELS["laplacian_8"].build(), padding="reflect"))[..., 0]
    strong = Image.fromarray(to_uint8(response / response.max())).filter(ImageFilter.GaussianBlur(20))
    weights = np.asarray(strong, np.float32)[..., :1]
    return to_uint8(photo * (0.15 + 0.85 * weights / max(float(weights.max()), 1.0)))


PICTURES = {
    "convolution": edges,
    "pooling": mosaic,
    "architectures": fields,
    "predictions": answers,
    "feature_maps": small_maps,
    "attention": weighted,
    "losses": slopes,
    "fine_tune": views,
    "from_scratch": learned,
    "detection": proposals,
    "segmentation": regions,
}


def card_picture(page: str, image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The picture for a page's card.

    Args:
        page: a key of `PICTURES`.
        image: (H, W, 3) float32 in [0, 1].

    Returns:
        (320, 512, 3) uint8.

    Example:
        >>> card_picture("pooling", np.zeros((40, 40, 3), np.float32)).shape
        (320, 512, 3)
    """
    photo = fill(image, height=HEIGHT, width=WIDTH)
    half = WIDTH // 2
    return np.concatenate([to_uint8(photo)[:, :half], PICTURES[page](photo)[:, half:]], axis=1)
