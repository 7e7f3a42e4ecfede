"""Local response normalisation (Krizhevsky, Sutskever and Hinton 2012, section 3.3)."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="cnn_core")
class LocalResponseNormalization(keras.layers.Layer):
    r"""Each value divided by the activity of its neighbours in the channel axis.

    $b_c = a_c \,/\, (k + \alpha \sum_{|j - c| \le r} a_j^2)^\beta$ with $k$ = `bias` and $r$ = `radius`; no
    parameters. The paper's values are the defaults. Equals `tf.nn.local_response_normalization` with the same values;
    Caffe divides alpha by 2 r + 1.

    Example:
        >>> LocalResponseNormalization()(keras.Input((55, 55, 96))).shape
        (None, 55, 55, 96)
    """

    def __init__(
        self, *, radius: int = 2, bias: float = 2.0, alpha: float = 1e-4, beta: float = 0.75, **arguments: Any
    ) -> None:
        super().__init__(**arguments)
        self.radius = radius
        self.bias = bias
        self.alpha = alpha
        self.beta = beta

    def call(self, inputs: Any) -> Any:
        channels = inputs.shape[-1]
        squares = ops.pad(ops.square(inputs), [[0, 0]] * (len(inputs.shape) - 1) + [[self.radius, self.radius]])
        activity = sum(squares[..., shift : shift + channels] for shift in range(2 * self.radius + 1))
        return inputs / ops.power(self.bias + self.alpha * activity, self.beta)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = {"radius": self.radius, "bias": self.bias, "alpha": self.alpha, "beta": self.beta}
        return {**super().get_config(), **own}
