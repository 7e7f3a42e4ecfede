"""Short programs that give the numbers of the attention page. Each is text that runs as it is.

They start from `picture.png` where the maps follow rules, and from `maps.npz` where a network gave them; the page
offers both files.
"""

from collections.abc import Mapping, Sequence

HAND, LAYER = "hand", "layer"


def source_code(source: str, *, side: int) -> str:
    """The lines that make `maps`, (h, w, C), and `colours`, (h, w, 3).

    Args:
        source: "hand" or "layer".
        side: as in `place_maps.hand_maps`.

    Example:
        >>> print(source_code("layer", side=24))
        saved = np.load("maps.npz")
        maps, colours = saved["maps"], saved["colours"]
    """
    if source == LAYER:
        return 'saved = np.load("maps.npz")\nmaps, colours = saved["maps"], saved["colours"]'
    return f"""photo = hand_maps(load_image("picture.png"), side={side})
maps, colours = photo.values, photo.colours"""


def channel_code(
    source: str,
    *,
    side: int,
    kind: str,
    strength: float = 1.0,
    ratio: int = 16,
    seed: int = 0,
    by_hand: Mapping[int, float] | None = None,
) -> Mapping[str, str]:
    """Squeeze and excitation; leaves `weights`, one a channel, and `weighed`, the maps times them.

    Args:
        source: as in `source_code`; likewise `side`.
        side: see `source`.
        kind: "means", "hand" or "random".
        strength: of "means".
        ratio: of "random", as in `channel_gate.random_gate`; likewise `seed`.
        seed: see `ratio`.
        by_hand: of "hand": channel -> its weight; the others keep 1.

    Example:
        >>> code = channel_code("layer", side=24, kind="hand", by_hand={0: 0.5})
        >>> list(code)
        ['NumPy']
    """
    start = source_code(source, side=side)
    if kind == "hand":
        lines = "".join(f"weights[{channel}] = {weight!r}\n" for channel, weight in (by_hand or {}).items())
        return {
            "NumPy": f"""{_imports(source, numpy=True)}
{start}
weights = np.ones(maps.shape[-1], np.float32)
{lines}weighed = maps * weights
print(weights.round(3))
"""
        }
    gate = _gate(kind, strength, ratio, seed)
    name = gate.partition("(")[0]
    arithmetic = (
        f"means = np.maximum(maps.mean(axis=(0, 1)), 0)\n"
        f"weights = 1 / (1 + np.exp(-{strength!r} * (means - means.mean())))\n"
        if kind == "means"
        else f"gate = {gate}\n"
        "hidden = np.maximum(maps.mean(axis=(0, 1)) @ gate.reduce_kernel + gate.reduce_bias, 0)\n"
        "weights = 1 / (1 + np.exp(-(hidden @ gate.excite_kernel + gate.excite_bias)))\n"
    )
    gates = () if kind == "means" else (name,)
    return {
        "NumPy": f"""{_imports(source, numpy=True, gates=gates)}
{start}
{arithmetic}weighed = maps * weights
print(weights.round(3))
""",
        "Keras": f"""{_imports(source, numpy=True, gates=(name,), block=True)}
{start}
gate = {gate}
block = block_alone(block="squeeze_excite", input_shape=maps.shape, ratio={1 if kind == "means" else ratio})
block.set_weights(gate.weights)
excite = keras.Model(block.input, block.get_layer("squeeze_excite_excite").output)
weights = np.ravel(excite(maps[None]))
weighed = np.asarray(block(maps[None]))[0]
print(weights.round(3))
""",
    }


def cbam_code(
    source: str, *, side: int, gate_strength: float, kernel: str, size: int, strength: float, seed: int
) -> Mapping[str, str]:
    """CBAM; leaves `channels` and `places`, the two kinds of weights, and `weighed`, the maps times both.

    Args:
        source: as in `source_code`; likewise `side`.
        side: see `source`.
        gate_strength: of `channel_gate.readable_gate`.
        kernel: as in `place_gate.place_kernel`; likewise `size`, `strength` and `seed`.
        size: see `kernel`.
        strength: see `kernel`.
        seed: see `kernel`.

    Example:
        >>> list(cbam_code("hand", side=8, gate_strength=1.0, kernel="random", size=7, strength=1.0, seed=0))
        ['NumPy', 'Keras']
    """
    start = source_code(source, side=side)
    made = f"""gate = readable_gate(maps.shape[-1], strength={gate_strength!r})
kernel = place_kernel({kernel!r}, size={size}, strength={strength!r}, seed={seed})
"""
    return {
        "NumPy": f"""{_imports(source, numpy=source == LAYER, gates=("channel_weights", "readable_gate"), places=True)}
{start}
{made}channels = channel_weights(maps, gate, maxima=True)
weighed = maps * channels
places = place_weights(weighed, kernel)
weighed = weighed * places[..., None]
print(channels.round(3), places.min().round(3), places.max().round(3))
""",
        "Keras": f"""{_imports(source, numpy=True, gates=("readable_gate",), kernels=True, block=True)}
{start}
{made}block = block_alone(block="cbam", input_shape=maps.shape, ratio=1, kernel={size})
block.set_weights([*gate.weights, kernel])
looks = ("cbam_channel_sigmoid", "cbam_spatial_conv")
inside = keras.Model(block.input, [*(block.get_layer(name).output for name in looks), block.output])
channels, places, weighed = (np.squeeze(part) for part in inside(maps[None]))
print(channels.round(3), places.min().round(3), places.max().round(3))
""",
    }


def attention_code(
    source: str,
    *,
    side: int,
    kind: str,
    heads: int,
    place: tuple[int, int],
    say: float,
    same_length: bool,
    temperature: float,
    scaled: bool,
    seed: int,
) -> Mapping[str, str]:
    """Self-attention; leaves `rows`, (heads, n), what one place attends to, and `taken`, (h, w, 3).

    Args:
        source: as in `source_code`; likewise `side`.
        side: see `source`.
        kind: "readable" or "random".
        heads: how many.
        place: row and column of the place that is looked at.
        say: how much say the positions have; 0 leaves them out.
        same_length: as in `place_maps.comparable`.
        temperature: as in `dot_product.readable_heads`; likewise `scaled`.
        scaled: see `temperature`.
        seed: of random projections.

    Example:
        >>> code = attention_code("hand", side=8, kind="readable", heads=1, place=(0, 0), say=0.0,
        ...     same_length=True, temperature=1.0, scaled=True, seed=0)
        >>> list(code)
        ['NumPy', 'Keras']
    """
    start = source_code(source, side=side)
    positions = (
        f"positions = weighed_positions(maps.shape[:2], channels=maps.shape[-1] // {heads}, strength={say!r})\n"
        if say
        else "positions = None\n"
    )
    options = f"heads={heads}, positions=positions, temperature={temperature!r}, scaled={scaled}"
    if kind == "random":
        options += f", seed={seed}"
    made = f"""maps = comparable(maps, same_length={same_length})
{positions}heads = {kind}_heads(maps, {options})
"""
    numbers = f"""values = colours.reshape(-1, 3)
place = {place[0]} * maps.shape[1] + {place[1]}
"""
    imports = "from cnn_core.attention.dot_product import " + f"{kind}_heads\n"
    more = "from cnn_core.attention.positions import weighed_positions\n" if say else ""
    more += _photo(source, "comparable")
    return {
        "NumPy": f"""import numpy as np

{imports}{more}
{start}
{made}{numbers}rows, taken = [], []
for head in range(heads.count):
    scores = heads.queries[:, head] @ heads.keys[:, head].T * heads.factor
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = powers / powers.sum(axis=1, keepdims=True)
    rows.append(weights[place])
    taken.append(weights @ values)
rows, taken = np.stack(rows), np.mean(taken, axis=0).reshape(colours.shape)
print(rows.max(axis=1).round(4))
""",
        "Keras": f"""import keras
import numpy as np

{imports}{more}
{start}
{made}{numbers}layer, rows, taken = keras.layers.Attention(), [], []
for head in range(heads.count):
    # Keras' layer neither scales nor cools: that is in the queries.
    query, key = (part[None, :, head] for part in (heads.queries * heads.factor, heads.keys))
    output, weights = layer([query, values[None], key], return_attention_scores=True)
    rows.append(np.asarray(weights)[0, place])
    taken.append(np.asarray(output)[0])
rows, taken = np.stack(rows), np.mean(taken, axis=0).reshape(colours.shape)
print(rows.max(axis=1).round(4))
""",
    }


def guide_code(source: str, *, side: int, place: tuple[int, int]) -> Mapping[str, str]:
    """The guide's block beside self-attention; leaves `moved`, (h, w) for each: where outputs change with one place.

    Args:
        source: as in `source_code`; likewise `side`.
        side: see `source`.
        place: row and column of the place that becomes 0.

    Example:
        >>> list(guide_code("hand", side=8, place=(1, 2)))
        ['NumPy', 'Keras']
    """
    start = source_code(source, side=side)
    change = f"maps = comparable(maps)\nchanged = maps.copy()\nchanged[{place[0]}, {place[1]}] = 0\n"
    return {
        "NumPy": f"""import numpy as np

{_photo(source, "comparable")}
{start}
{change}

def softmax(x):
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def guides_block(x):
    return softmax(x * x) * x


def self_attention(x):
    rows = x.reshape(-1, x.shape[-1])
    return (softmax(rows @ rows.T / np.sqrt(x.shape[-1])) @ rows).reshape(x.shape)


moved = {{}}
for block in (guides_block, self_attention):
    moved[block.__name__] = np.linalg.norm(block(maps) - block(changed), axis=-1)
    print(block.__name__, np.count_nonzero(moved[block.__name__] > 1e-6), "places change")
""",
        "Keras": f"""import numpy as np

from cnn_core.architectures.blocks.alone import block_alone
{_photo(source, "comparable")}
{start}
{change}channels = maps.shape[-1]
# Query, key and value are the maps themselves; both blocks take any 1 x 1 convolutions.
same = [np.eye(channels)[None, None], np.zeros(channels)]
moved = {{}}
for name, block in {{"guides_block": "product_attention", "self_attention": "self_attention"}}.items():
    model = block_alone(block=block, input_shape=maps.shape, units=channels)
    model.set_weights(same * (len(model.weights) // 2))
    before, after = (np.asarray(model(x[None]))[0] for x in (maps, changed))
    if name == "self_attention":
        # The residual block adds its input.
        before, after = before - maps, after - changed
    moved[name] = np.linalg.norm(before - after, axis=-1)
    print(name, np.count_nonzero(moved[name] > 1e-6), "places change")
""",
    }


def cost_code(side: int, *, channels: int, ratio: int, units: int) -> Mapping[str, str]:
    """What the blocks cost, counted layer by layer; leaves `costs`, name -> (parameters, MACs).

    Example:
        >>> list(cost_code(14, channels=64, ratio=16, units=64))
        ['Formulas', 'Keras']
    """
    options = {
        "squeeze_excite": f'"ratio": {ratio}',
        "cbam": f'"ratio": {ratio}',
        "product_attention": f'"units": {units}',
        "self_attention": f'"units": {units}',
    }
    return {
        "Formulas": f"""from cnn_core.attention.cost import BLOCKS, block_cost

costs = {{}}
for block in BLOCKS:
    cost = block_cost(block, ({side}, {side}), channels={channels}, ratio={ratio}, units={units})
    costs[block] = (cost.parameters, cost.macs)
    print(block, *costs[block])
""",
        "Keras": f"""from cnn_core.architectures.blocks.alone import block_alone
from cnn_core.summary import summarize

costs = {{}}
for block, options in {{
{"".join(f"    {name!r}: {{{text}}},{chr(10)}" for name, text in options.items())}}}.items():
    rows = summarize(block_alone(block=block, input_shape=({side}, {side}, {channels}), **options))
    costs[block] = (rows.parameters, rows.macs)
    print(block, *costs[block])
""",
    }


def _gate(kind: str, strength: float, ratio: int, seed: int) -> str:
    if kind == "random":
        return f"random_gate(maps.shape[-1], ratio={ratio}, seed={seed})"
    return f"readable_gate(maps.shape[-1], strength={strength!r})"


def _photo(source: str, *names: str) -> str:
    """The imports that the maps need."""
    wanted = sorted([*names, *(["hand_maps"] if source == HAND else [])])
    lines = [f"from cnn_core.attention.place_maps import {', '.join(wanted)}"] if wanted else []
    if source == HAND:
        lines.append("from cnn_core.images import load_image")
    return "".join(f"{line}\n" for line in lines)


def _imports(
    source: str,
    *,
    numpy: bool,
    gates: Sequence[str] = (),
    places: bool = False,
    kernels: bool = False,
    block: bool = False,
) -> str:
    heads = (["import keras"] if block else []) + (["import numpy as np"] if numpy else [])
    lines = ["from cnn_core.architectures.blocks.alone import block_alone"] if block else []
    if gates:
        lines.append(f"from cnn_core.attention.channel_gate import {', '.join(sorted(gates))}")
    if places or kernels:
        wanted = ["place_kernel", *(["place_weights"] if places else [])]
        lines.append(f"from cnn_core.attention.place_gate import {', '.join(wanted)}")
    body = "".join(f"{line}\n" for line in lines) + _photo(source)
    head = "".join(f"{line}\n" for line in heads)
    return f"{head}\n{body}" if head and body else head + body
