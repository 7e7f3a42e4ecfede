"""Small networks written down by hand as rows, for tests of the pictures: no Keras."""

from collections.abc import Sequence

from cnn_core.summary import LayerRow, Summary


def row(
    name: str,
    kind: str,
    inputs: Sequence[str],
    shape: Sequence[int | None],
    *,
    block: str = "",
    parameters: int = 0,
    macs: int = 0,
    detail: str = "",
) -> LayerRow:
    return LayerRow(
        name=name,
        kind=kind,
        inputs=tuple(inputs),
        block=block,
        output_shape=tuple(shape),
        parameters=parameters,
        trainable=parameters,
        macs=macs,
        field_size=None,
        field_stride=None,
        field_start=None,
        activation_bytes=4,
        formula="",
        detail=detail,
    )


def summary(rows: Sequence[LayerRow], name: str = "network") -> Summary:
    return Summary(name, tuple(rows), rows[0].output_shape, rows[-1].output_shape, 1, "float32")


def chain() -> list[LayerRow]:
    """Convolution, pooling and dense layers in a row."""
    return [
        row("image", "InputLayer", (), (32, 32, 1)),
        row("c1", "Conv2D", ["image"], (28, 28, 6), parameters=156, macs=117_600, detail="5 × 5, 6 filters"),
        row("s2", "AveragePooling2D", ["c1"], (14, 14, 6), detail="2 × 2"),
        row("c3", "Conv2D", ["s2"], (10, 10, 16), parameters=2416, macs=240_000, detail="5 × 5, 16 filters"),
        row("flatten", "Flatten", ["c3"], (1600,)),
        row("output", "Dense", ["flatten"], (10,), parameters=16_010, macs=16_000),
    ]


def residual(blocks: Sequence[int] = (3, 4, 6, 3)) -> list[LayerRow]:
    """Like ResNet-50: bottleneck blocks with shortcuts, the first of each stage with a projection."""
    rows = [
        row("image", "InputLayer", (), (224, 224, 3)),
        row("conv1_pad", "ZeroPadding2D", ["image"], (230, 230, 3)),
        row("conv1_conv", "Conv2D", ["conv1_pad"], (112, 112, 64), parameters=9472, macs=118_013_952, detail="7 × 7"),
        row("pool1", "MaxPooling2D", ["conv1_conv"], (56, 56, 64)),
    ]
    for stage, count in enumerate(blocks):
        side, channels = 56 >> stage, 256 << stage
        for number in range(1, count + 1):
            block = f"conv{stage + 2}_block{number}"
            entrance = last = rows[-1].name
            for part in (1, 2, 3):
                narrow = channels if part == 3 else channels // 4
                weights = (9 if part == 2 else 1) * narrow * channels // 4
                for kind, short in (("Conv2D", "conv"), ("BatchNormalization", "bn"), ("Activation", "relu")):
                    if (part, short) == (3, "relu"):
                        continue
                    name = f"{block}_{part}_{short}"
                    count_of = weights if short == "conv" else 4 * narrow if short == "bn" else 0
                    macs = side * side * weights if short == "conv" else 0
                    rows.append(
                        row(name, kind, [last], (side, side, narrow), block=block, parameters=count_of, macs=macs)
                    )
                    last = name
            if number == 1:
                name = f"{block}_0_conv"
                rows.append(row(name, "Conv2D", [entrance], (side, side, channels), block=block, parameters=64))
                entrance = name
            rows.append(row(f"{block}_add", "Add", [entrance, last], (side, side, channels), block=block))
            rows.append(row(f"{block}_out", "Activation", [f"{block}_add"], (side, side, channels), block=block))
    rows.append(row("avg_pool", "GlobalAveragePooling2D", [rows[-1].name], (2048,)))
    rows.append(row("predictions", "Dense", ["avg_pool"], (1000,), parameters=2_049_000, macs=2_048_000))
    return rows


def inception() -> list[LayerRow]:
    """Two modules of four branches."""
    rows = [row("image", "InputLayer", (), (28, 28, 192))]
    for module in ("3a", "3b"):
        start, block = rows[-1].name, f"inception_{module}"
        for branch, count in enumerate((1, 2, 2, 2)):
            last = start
            for number in range(count):
                name = f"{block}_{branch}_{number}"
                kind = "MaxPooling2D" if (branch, number) == (3, 0) else "Conv2D"
                rows.append(row(name, kind, [last], (28, 28, 64), block=block, parameters=100, macs=1000))
                last = name
        ends = [f"{block}_{branch}_{count - 1}" for branch, count in enumerate((1, 2, 2, 2))]
        rows.append(row(f"{block}_output", "Concatenate", ends, (28, 28, 256), block=block))
    return rows


def unet(depth: int = 3) -> list[LayerRow]:
    """Down and up again, with a skip connection at each level."""
    rows = [row("image", "InputLayer", (), (64, 64, 3))]

    def add(name: str, kind: str, inputs: Sequence[str], side: int, channels: int, block: str) -> None:
        counts = {"parameters": 9 * channels, "macs": 9 * channels * side * side} if kind == "Conv2D" else {}
        rows.append(row(name, kind, inputs, (side, side, channels), block=block, **counts))

    for level in range(depth):
        block, side, channels = f"encoder{level + 1}", 64 >> level, 16 << level
        add(f"{block}_conv1", "Conv2D", [rows[-1].name], side, channels, block)
        add(f"{block}_conv2", "Conv2D", [rows[-1].name], side, channels, block)
        add(f"{block}_pool", "MaxPooling2D", [rows[-1].name], side // 2, channels, block)
    add("bottleneck", "Conv2D", [rows[-1].name], 64 >> depth, 16 << depth, "")
    for level in reversed(range(depth)):
        block, side, channels = f"decoder{level + 1}", 64 >> level, 16 << level
        add(f"{block}_up", "UpSampling2D", [rows[-1].name], side, 2 * channels, block)
        add(f"{block}_concat", "Concatenate", [f"encoder{level + 1}_conv2", rows[-1].name], side, 3 * channels, block)
        add(f"{block}_conv", "Conv2D", [rows[-1].name], side, channels, block)
    add("mask", "Conv2D", [rows[-1].name], 64, 1, "")
    return rows


NETWORKS = {"chain": chain, "residual": residual, "inception": inception, "unet": unet}
