"""What an uploaded model may consist of: the names of Keras' built-in layers, operations, initialisers and the like.

Left out are layers that hold code (Lambda and the wrappers of other frameworks), and those that may read files from the
server (the lookup and text layers).
"""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _of_ranks(text: str, *ranks: int) -> frozenset[str]:
    return frozenset(f"{name}{rank}D" for name in text.split() for rank in ranks)


LAYERS = (
    _of_ranks("AdaptiveAveragePooling AdaptiveMaxPooling AveragePooling MaxPooling", 1, 2, 3)
    | _of_ranks("GlobalAveragePooling GlobalMaxPooling Conv ConvLSTM Cropping", 1, 2, 3)
    | _of_ranks("SpatialDropout UpSampling ZeroPadding", 1, 2, 3)
    | _of_ranks("DepthwiseConv SeparableConv", 1, 2)
    | _names(
        """
        Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention AutoContrast Average
        BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate Conv1DTranspose Conv2DTranspose
        Conv3DTranspose Dense Dot Dropout ELU EinsumDense Embedding Equalization Flatten GRU GRUCell GaussianDropout
        GaussianNoise GroupNormalization GroupQueryAttention Identity InputLayer LSTM LSTMCell LayerNormalization
        LeakyReLU Masking Maximum Minimum MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization RNN
        RandomBrightness RandomContrast RandomCrop RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue
        RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear
        RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing ReversibleEmbedding SimpleRNN
        SimpleRNNCell Softmax Solarization SpectralNormalization StackedRNNCells Subtract TimeDistributed
        UnitNormalization
        """
    )
)

# Models, and keras.ops used on the tensors of a functional one, by the module that Keras writes.
OPERATIONS = {
    "keras": _names("Sequential"),
    "keras.src.models.functional": _names("Functional"),
    "keras.src.models.sequential": _names("Sequential"),
    "keras.src.ops.numpy": _names(
        """
        Abs Absolute Add Amax Amin Argmax Argmin Average Ceil Clip Concatenate Copy Cos Cumsum Diff Divide DivideNoNan
        Dot Einsum Equal Exp ExpandDims Expm1 Flip Floor FloorDivide GetItem Greater GreaterEqual Less LessEqual Log
        Log10 Log1p Log2 LogicalAnd LogicalNot LogicalOr Matmul Max Maximum Mean Median Min Minimum Mod Moveaxis
        Multiply NanToNum Negative NotEqual OnesLike Outer Pad Power Prod Ravel Reciprocal Repeat Reshape Roll Round
        Sign Sin Split Sqrt Square Squeeze Stack Std Subtract Sum Swapaxes Take TakeAlongAxis Tan Tanh Tensordot Tile
        Transpose Tril Triu TrueDivide Var Where ZerosLike
        """
    ),
    "keras.src.ops.nn": _names(
        """
        AdaptiveAveragePool AdaptiveMaxPool AveragePool Celu DepthToSpace DotProductAttention Elu Gelu Glu HardShrink
        HardSigmoid HardSilu HardTanh LeakyRelu LogSigmoid LogSoftmax MaxPool Normalize OneHot Relu Relu6 Selu Sigmoid
        Silu SoftShrink Softmax Softplus Softsign SpaceToDepth SparsePlus SparseSigmoid Sparsemax Squareplus TanhShrink
        Threshold
        """
    ),
    "keras.src.ops.core": _names("Cast SaturateCast Slice StopGradient Unstack"),
    "keras.src.ops.image": _names("CropImages ExtractPatches PadImages RGBToGrayscale Resize"),
    "keras.src.ops.math": _names("Erf Logsumexp Rsqrt TopK"),
    "keras.src.ops.linalg": _names("Norm"),
}

# Parts of a layer's configuration, by module; "" stands for none.
VALUES = {
    "": _names("__keras_tensor__ __slice__ __ellipsis__ __tuple__ __numpy__ __tensor__"),
    "keras": _names("DTypePolicy"),
    "keras.random": _names("SeedGenerator"),
    "keras.initializers": _names(
        """
        Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones Orthogonal
        RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros
        """
    ),
    "keras.regularizers": _names("L1 L1L2 L2 OrthogonalRegularizer"),
    "keras.constraints": _names("MaxNorm MinMaxNorm NonNeg UnitNorm"),
}

# This project's own layers: registered name -> (module, class).
OURS = {
    "cnn_core>LocalResponseNormalization": ("cnn_core.architectures.local_response", "LocalResponseNormalization"),
}

REFUSED = _names("Lambda __lambda__ function TorchModuleWrapper TFSMLayer JaxLayer FlaxLayer __typespec__")
