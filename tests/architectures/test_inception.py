"""GoogLeNet: its count worked out from table 1 of the paper, apart from the implementation."""

from cnn_core.architectures.inception import googlenet
from tests.architectures.shells import counts, without_weights

# Table 1 of https://arxiv.org/abs/1409.4842: name, output side, depth, #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5,
# pool proj.
TABLE_1 = """
3a 28 256  64  96 128 16  32  32
3b 28 480 128 128 192 32  96  64
4a 14 512 192  96 208 16  48  64
4b 14 512 160 112 224 24  64  64
4c 14 512 128 128 256 24  64  64
4d 14 528 112 144 288 32  64  64
4e 14 832 256 160 320 32 128 128
5a  7 832 256 160 320 32 128 128
5b  7 1024 384 192 384 48 128 128
"""


def convolution(kernel: int, channels: int, filters: int) -> int:
    return kernel * kernel * channels * filters + filters


def rows_of_the_table() -> list[tuple[str, list[int]]]:
    rows = [line.split() for line in TABLE_1.strip().splitlines()]
    return [(row[0], [int(number) for number in row[1:]]) for row in rows]


def count_of_the_table() -> tuple[int, dict[str, int]]:
    """All parameters, with a bias per filter; and those of each module."""
    total = convolution(7, 3, 64) + convolution(1, 64, 64) + convolution(3, 64, 192)
    channels, modules = 192, {}
    for name, (_, depth, one, reduce3, three, reduce5, five, pool) in rows_of_the_table():
        modules[name] = (
            convolution(1, channels, one)
            + convolution(1, channels, reduce3)
            + convolution(3, reduce3, three)
            + convolution(1, channels, reduce5)
            + convolution(5, reduce5, five)
            + convolution(1, channels, pool)
        )
        assert one + three + five + pool == depth
        channels = depth
    return total + sum(modules.values()) + channels * 1000 + 1000, modules


def test_parameters_equal_the_table() -> None:
    total, modules = count_of_the_table()
    found = counts(googlenet)
    assert found[""] == total == 6_998_552
    for name, expected in modules.items():
        assert sum(count for layer, count in found.items() if layer.startswith(f"inception_{name}_")) == expected


def test_the_maps_have_the_sizes_of_the_table() -> None:
    def measure() -> dict[str, tuple[int, ...]]:
        model = googlenet()
        return {name: model.get_layer(f"inception_{name}_concat").output.shape[1:] for name, _ in rows_of_the_table()}

    assert without_weights(measure) == {name: (side, side, depth) for name, (side, depth, *_) in rows_of_the_table()}


def test_auxiliary_heads() -> None:
    """Section 5: 5 x 5 pooling with stride 3 gives 4 x 4; 128 filters; 1,024 units; the classes."""
    heads = sum(
        convolution(1, channels, 128) + (4 * 4 * 128 * 1024 + 1024) + (1024 * 1000 + 1000) for channels in (512, 528)
    )
    assert counts(googlenet, auxiliary=True)[""] == count_of_the_table()[0] + heads == 13_378_280

    def outputs() -> list[str]:
        return [output.shape[-1] for output in googlenet(auxiliary=True, num_classes=7).outputs]

    assert without_weights(outputs) == [7, 7, 7]


def test_local_response_normalisation_has_no_parameters() -> None:
    assert counts(googlenet, lrn=True) == counts(googlenet)
