"""The training script's text, for every option; one is run in `test_take_away`."""

import ast

import keras
import pytest

from cnn_core.backbones.catalog import BACKBONES
from cnn_core.errors import InputError
from cnn_core.exports.predict_script import predict_script
from cnn_core.exports.training_package import write_training_package
from cnn_core.exports.training_script import training_script
from cnn_core.transfer.config import config_of, default_config

CLASSES = ("it's", 'a "b"', "back\\slash", "ключ")


def script(backbone="mobilenet_v2", **changes):
    config = default_config("listing.json", backbone=backbone)
    for name, value in changes.items():
        config[name] = config[name] | value if isinstance(value, dict) else value
    text = training_script(config_of(config), classes=CLASSES)
    names = {
        node.targets[0].id: node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert ast.literal_eval(names["CLASSES"]) == list(CLASSES)
    return text


@pytest.mark.parametrize("name", [name for name in BACKBONES if name != "starter"])
def test_every_backbone_is_named_as_keras_names_it(name):
    text = script(name)
    calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    used = [call for call in calls if call.startswith("keras.applications.")]
    assert len(used) == 2, "the network and its own preprocessing"
    for call in used:
        thing = keras
        for part in call.split(".")[1:]:
            thing = getattr(thing, part)
        assert callable(thing)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"optimizer": "sgd"}, "keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)"),
        ({"optimizer": "adamw"}, "keras.optimizers.AdamW(rate, weight_decay=0.004)"),
        ({"schedule": "plateau"}, "ReduceLROnPlateau(factor=0.5, patience=2)"),
        ({"schedule": "cosine"}, "warmup_target=rate"),
        ({"precision": "mixed"}, 'set_global_policy("mixed_float16")'),
        ({"head": {"label_smoothing": 0.1}}, "CategoricalCrossentropy(label_smoothing=0.1)"),
        ({"head": {"l2": 0.01}}, "kernel_regularizer=keras.regularizers.L2(0.01)"),
        ({"head": {"pooling": "max"}}, "layers.GlobalMaxPooling2D"),
        ({"augmentation": {"mixup": 0.2}}, "layers.MixUp(alpha=0.2"),
        ({"augmentation": {"cutout": 0.5}}, "scale=(0.25, 0.25)"),
        ({"augmentation": {"rotation": 36}}, "layers.RandomRotation(0.1, seed=SEED)"),
        ({"method": "fine_tuning"}, "first = max(0, len(base.layers) - 20)"),
        ({"method": "both", "fine_tuning": {"layers": "block_1"}}, r're.compile(r"block_1(?!\d)")'),
    ],
)
def test_an_option_brings_its_line_and_only_its_line(changes, expected):
    assert expected in script(**changes)
    assert expected not in script()


def test_what_is_off_is_left_out():
    text = script(
        class_weights=False, early_stopping=0, head={"dense": 0, "dropout": 0.0}, augmentation={"flip": False}
    )
    for word in ("class_weight", "EarlyStopping", "Dropout", '"relu"', "augment"):
        assert word not in text
        assert word in script()


def test_a_name_cannot_leave_its_docstring():
    name = '"""\nimport os\\'
    for text in (predict_script(name=name, size=(8, 8)), script(name=name)):
        tree = ast.parse(text)
        assert "import os" in ast.get_docstring(tree)
        assert not any(alias.name == "os" for node in tree.body if isinstance(node, ast.Import) for alias in node.names)


def test_a_run_whose_pictures_are_gone_says_so(tmp_path):
    from cnn_core.child_process import write_json

    write_json(tmp_path / "config.json", default_config(tmp_path / "listing.json", backbone="vgg16"))
    with pytest.raises(InputError, match="list of pictures is missing"):
        write_training_package(tmp_path, tmp_path / "training.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]
