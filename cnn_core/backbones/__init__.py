"""Pretrained networks without their classifier, each with the preprocessing it was trained with, inside the model.

`catalog` says what there is, `weights` where the numbers are, `loading` builds the model. No Keras is loaded here.
"""

from cnn_core.backbones.catalog import BACKBONES, Backbone, backbone_named
from cnn_core.backbones.loading import load_backbone
from cnn_core.backbones.preprocessing import preprocessed, wrong_preprocessing
from cnn_core.backbones.weights import download_weights, weights_identity, weights_present

__all__ = [
    "BACKBONES",
    "Backbone",
    "backbone_named",
    "download_weights",
    "load_backbone",
    "preprocessed",
    "weights_identity",
    "weights_present",
    "wrong_preprocessing",
]
