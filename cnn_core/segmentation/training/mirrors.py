"""A network that looks at a picture's mirror images as well, and answers with the mean of what it said of each.

It needs no training, and as many times the work. Mistakes that depend on the side from which a thing is seen average
out (test-time augmentation, as in Krizhevsky, Sutskever and Hinton 2012, section 4.1).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

# Axes of a batch (N, H, W, C) that are reversed for each view, by how many views there are.
VIEWS: dict[int, tuple[tuple[int, ...], ...]] = {1: ((),), 2: ((), (2,)), 4: ((), (2,), (1,), (1, 2))}


def averaged_over_mirrors(model: "keras.Model", count: int) -> "keras.Model":
    """The same network for `count` views of each picture: as it is, mirrored left to right, top to bottom, both.

    Args:
        model: (N, H, W, C) -> probabilities (N, H, W, K).
        count: a key of `VIEWS`; 1 gives the network itself.

    Example:
        >>> from cnn_core.architectures.unet import unet
        >>> averaged_over_mirrors(unet(input_shape=(16, 16, 3), depth=1, base_filters=2), 4).output_shape
        (None, 16, 16, 2)
    """
    import keras
    from keras import ops

    if count == 1:
        return model
    picture = keras.Input(model.input_shape[1:], name="input")
    views = [ops.flip(picture, axis=axes) if axes else picture for axes in VIEWS[count]]
    # One call for all views: the network is there once, in files too.
    answers = ops.reshape(model(ops.concatenate(views, axis=0)), (count, -1, *model.output_shape[1:]))
    back = [ops.flip(answers[k], axis=axes) if axes else answers[k] for k, axes in enumerate(VIEWS[count])]
    return keras.Model(picture, sum(back[1:], start=back[0]) / count, name=f"{model.name}_mirrored")
