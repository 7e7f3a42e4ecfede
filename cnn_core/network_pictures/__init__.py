"""The pictures of a network as SVG: its graph, its stages in perspective, where its parameters and work are. No Keras.

Each takes a `Summary`, gives one file that needs nothing else, light or dark, and highlights `selected`.
"""

from cnn_core.network_pictures.bars import bars_svg
from cnn_core.network_pictures.graph_picture import graph_svg
from cnn_core.network_pictures.perspective import perspective_svg

__all__ = ["bars_svg", "graph_svg", "perspective_svg"]
