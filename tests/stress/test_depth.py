"""Layers by depth: which are looked at."""

import pytest

from cnn_core.activations.layers import MapLayer
from cnn_core.errors import InputError
from cnn_core.stress.depth import layers_by_depth


def _layer(name, kind, field):
    return MapLayer(name, kind, (8, 8, 3), ("before",), field=field)


def test_a_layer_that_sees_one_pixel_is_left_out_where_others_see_more():
    layers = [_layer("scaled", "Rescaling", (1, 1)), _layer("edges", "Conv2D", (3, 3)), _layer("more", "Conv2D", None)]
    assert [layer.name for layer in layers_by_depth(layers, 3)] == ["edges", "more"]
    assert [layer.name for layer in layers_by_depth(layers[:1], 3)] == ["scaled"]


def test_without_maps_there_is_nothing():
    with pytest.raises(InputError, match="no layer that gives maps"):
        layers_by_depth([], 2)
