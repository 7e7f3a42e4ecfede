"""Any segmenter by its name."""

from cnn_core.errors import InputError
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.starters import load_starter, segmenter_starters


def load_segmenter(source: str) -> Segmenter:
    """A segmenter, ready to look at photos.

    Args:
        source: one of `segmenter_starters`.

    Raises:
        InputError: no such segmenter.

    Example:
        >>> segmenter = load_segmenter("starter_segmenter_people")  # doctest: +SKIP
        >>> segmenter.predict(image).labels.max()  # doctest: +SKIP
        1
    """
    if source in segmenter_starters():
        return load_starter(source)
    raise InputError(
        "There is no segmenter of this name", f"Choose one of {', '.join(segmenter_starters())}", name=source
    )
