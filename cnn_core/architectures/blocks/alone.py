"""A network of one block alone, so that a block can be looked at like a network."""

from collections.abc import Callable
from typing import Any

import keras

from cnn_core.architectures.blocks.aspp import aspp
from cnn_core.architectures.blocks.cbam import cbam
from cnn_core.architectures.blocks.depthwise_separable import depthwise_separable
from cnn_core.architectures.blocks.inception import inception_module
from cnn_core.architectures.blocks.inverted_residual import inverted_residual
from cnn_core.architectures.blocks.product_attention import product_attention
from cnn_core.architectures.blocks.residual import residual_block
from cnn_core.architectures.blocks.self_attention import self_attention
from cnn_core.architectures.blocks.squeeze_excite import squeeze_excite
from cnn_core.architectures.limits import check_shape, one_of

BLOCKS: dict[str, Callable[..., keras.KerasTensor]] = {
    "residual_block": residual_block,
    "inverted_residual": inverted_residual,
    "inception_module": inception_module,
    "depthwise_separable": depthwise_separable,
    "squeeze_excite": squeeze_excite,
    "cbam": cbam,
    "product_attention": product_attention,
    "self_attention": self_attention,
    "aspp": aspp,
}


def block_alone(*, block: str, input_shape: tuple[int, int, int], num_classes: int = 0, **options: Any) -> keras.Model:
    """A model that is one block, uncompiled; `options` are those of the block's function.

    Args:
        block: a name of BLOCKS.
        input_shape: rows, columns and channels.
        num_classes: taken so that blocks are built like networks; without effect.
        options: settings of the block.

    Raises:
        InputError: a size or an option out of its range.

    Example:
        >>> block_alone(block="squeeze_excite", input_shape=(56, 56, 64)).count_params()
        580
    """
    del num_classes
    name = one_of(block, "block", tuple(BLOCKS))
    shape = check_shape(input_shape, network="this block")
    inputs = keras.Input(shape, name="input")
    return keras.Model(inputs, BLOCKS[name](inputs, name=name, **options), name=name)
