"""The architectures page: every control, and the figures on the screen equal to those of the core."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.architectures.catalog import ARCHITECTURES
from cnn_core.comparison import VARIANTS
from cnn_core.own_network.layers import KINDS, layer
from cnn_core.own_network.link import decode_network, encode_network
from cnn_core.own_network.presets import PRESETS
from cnn_core.summary import summarize

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
ONE = "architectures_one"
OWN = "architectures_own"


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params.update(link)
    app.switch_page("architectures.py")
    app.run()
    assert not app.exception
    return app


def own(specs: list[Any] | tuple[Any, ...], shape: tuple[int, int, int] = (32, 32, 3)) -> AppTest:
    return opened(architectures_view="Build your own", architectures_own=encode_network(specs, shape))


def metric(app: AppTest, label: str) -> str:
    return next(element.value for element in app.metric if element.label == label)


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.latex, *app.info, *app.error])


def graph(app: AppTest) -> dict[str, Any]:
    element = next(e for e in app.main.get("bidi_component") if "_graph" in e.proto.id)
    return json.loads(element.proto.json or element.proto.mixed.json)


@pytest.mark.parametrize(
    ("title", "parameters"),
    [("LeNet-5", 61_706), ("VGG-16", 138_357_544), ("ResNet-50", 25_636_712), ("AlexNet", 62_379_752)],
)
def test_counts_on_the_screen_are_the_published_ones(title: str, parameters: int) -> None:
    app = opened(architectures_network=title)
    assert metric(app, "Parameters") == f"{parameters:,}"
    assert not app.error


@pytest.fixture(scope="module")
def walked() -> AppTest:
    """A page on which one network is chosen after the other."""
    return opened()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_of_the_catalog_shows(name: str, walked: AppTest) -> None:
    app = walked
    app.selectbox(key="architectures_network").set_value(name).run()
    assert not app.exception
    assert not app.error
    assert ARCHITECTURES[name].sentence in words(app)
    expected = summarize(
        lambda: ARCHITECTURES[name].build(
            input_shape=ARCHITECTURES[name].input_shape, num_classes=ARCHITECTURES[name].num_classes
        )
    )
    assert metric(app, "Parameters") == f"{expected.parameters:,}"
    assert [row.name for row in expected.rows] == app.selectbox(key=f"{ONE}_layer").options


def test_settings_change_the_summary() -> None:
    app = opened(architectures_network="VGG-16")
    app.number_input(key="architectures_vgg16_classes").set_value(10).run()
    assert metric(app, "Parameters") == f"{138_357_544 - 990 * 4097:,}"
    app.toggle(key="architectures_vgg16_batch_norm").set_value(True).run()
    assert "BatchNormalization" in app.multiselect(key=f"{ONE}_kinds").options
    app.number_input(key="architectures_vgg16_rows").set_value(64).run()
    app.number_input(key="architectures_vgg16_columns").set_value(64).run()
    before = metric(app, "Activations at once")
    app.number_input(key="architectures_batch").set_value(8).run()
    assert metric(app, "Activations at once") != before
    app.selectbox(key="architectures_dtype").set_value("float16").run()
    assert not app.exception


def test_the_chosen_layer_is_explained() -> None:
    app = opened(architectures_network="VGG-16")
    assert app.selectbox(key=f"{ONE}_layer").value == "fc1"
    app.selectbox(key=f"{ONE}_layer").set_value("block3_conv2").run()
    assert r"590{,}080" in words(app)
    assert "From block3_conv1 (56 × 56 × 256) to **56 × 56 × 256**." in words(app)
    assert "sees 32 × 32 input pixels" in words(app)


@pytest.mark.parametrize("picture", ["Graph", "Blocks", "Where the cost is", "Receptive field"])
def test_each_picture(picture: str) -> None:
    app = opened(architectures_network="LeNet-5")
    app.segmented_control(key=f"{ONE}_picture").set_value(picture).run()
    assert not app.exception
    if picture == "Graph":
        assert "<svg" in graph(app)["svg"]
        assert "lenet5" in graph(app)["name"].lower()
    else:
        assert app.main.get("image")


def test_rows_are_filtered_by_kind() -> None:
    app = opened(architectures_network="LeNet-5")
    everything = len(app.dataframe[0].value)
    app.multiselect(key=f"{ONE}_kinds").set_value(["Conv2D"]).run()
    shown = app.dataframe[0].value
    assert list(shown["parameters"]) == [156, 2416]
    assert len(shown) < everything


def test_code_and_text_of_the_network() -> None:
    app = opened(architectures_network="LeNet-5")
    code = next(element.value for element in app.code if "keras" in element.value)
    scope: dict[str, Any] = {}
    exec(compile(code, "page", "exec"), scope)
    assert scope["model"].count_params() == 61_706


@pytest.mark.parametrize("number", range(3))
def test_presets_of_the_networks_tab(number: int) -> None:
    app = opened()
    app.button(key=f"architectures_one_preset_{number}").click().run()
    assert not app.exception
    assert app.session_state["architectures_network"] == ["vgg16", "resnet50", "lenet5"][number]
    assert app.selectbox(key=f"{ONE}_layer").value == ["fc1", "conv2_block1_add", "block2_conv"][number]


@pytest.mark.parametrize(
    ("network", "key", "value"),
    [
        ("ResNet-50", "architectures_resnet50_rows", 3),
        ("ResNet-50", "architectures_resnet50_classes", 0),
        ("ResNet-50", "architectures_resnet50_classes", -5),
        ("LeNet-5", "architectures_lenet5_rows", 5),
        ("LeNet-5", "architectures_lenet5_channels", 0),
        ("VGG-16", "architectures_vgg16_rows", 10**9),
    ],
)
def test_what_a_network_cannot_take_gets_a_message(network: str, key: str, value: int) -> None:
    app = opened(architectures_network=network)
    start = app.number_input(key=key).value
    app.number_input(key=key).set_value(value).run()
    assert not app.exception
    assert "Received: " in app.error[0].value
    app.number_input(key=key).set_value(start).run()
    assert not app.error


def test_an_odd_size_for_u_net_names_the_nearest() -> None:
    app = opened(architectures_network="U-Net (segmentation)")
    app.number_input(key="architectures_unet_rows").set_value(250).run()
    assert "248" in app.error[0].value
    assert "256" in app.error[0].value


def test_compare_presets_and_the_table() -> None:
    app = opened(architectures_view="Compare")
    assert "| VGG-16 | 224 × 224 × 3 | 138,357,544 |" in words(app)
    for number, names in enumerate(
        [("resnet34", "resnet34_plain"), ("standard_cnn", "separable_cnn"), ("flatten_cnn", "gap_cnn")]
    ):
        app.button(key=f"architectures_compare_preset_{number}").click().run()
        assert not app.exception
        for name in names:
            parameters = summarize(VARIANTS[name].reference().build).parameters
            assert f"| {VARIANTS[name].title} | " in words(app)
            assert f"| {parameters:,} |" in words(app)
    app.multiselect(key="architectures_compared").set_value([]).run()
    assert "Choose a network" in app.info[0].value
    app.toggle(key="architectures_all").set_value(True).run()
    assert not app.exception
    assert "| EfficientNet-B0 |" in words(app)
    assert "none published" in words(app)


def test_a_changed_network_has_no_published_accuracy() -> None:
    for variant in VARIANTS.values():
        if variant.top1:
            assert ARCHITECTURES[variant.network].top1_source
    assert VARIANTS["resnet34_plain"].top1 is None
    assert (VARIANTS["alexnet"].top1, VARIANTS["alexnet_original"].top1) == (None, 57.1)


def test_building_a_network_of_ones_own() -> None:
    app = own([layer("convolution", filters=8), layer("flatten"), layer("dense", units=10)])
    assert metric(app, "Parameters") == f"{3 * 3 * 3 * 8 + 8 + 32 * 32 * 8 * 10 + 10:,}"
    app.button(key=f"{OWN}_arrow_upward_2").click().run()
    assert "Layer 2" in app.error[0].value
    app.button(key=f"{OWN}_arrow_downward_1").click().run()
    assert not app.error
    app.number_input(key=f"{OWN}_1_filters").set_value(4).run()
    app.selectbox(key=f"{OWN}_1_padding").set_value("valid").run()
    assert metric(app, "Parameters") == f"{3 * 3 * 3 * 4 + 4 + 30 * 30 * 4 * 10 + 10:,}"
    app.button(key=f"{OWN}_delete_2").click().run()
    assert [spec.kind for spec in decode_network(app.session_state[OWN])[0]] == ["convolution", "dense"]
    app.number_input(key=f"{OWN}_rows").set_value(28).run()
    assert decode_network(app.session_state[OWN])[1] == (28, 32, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_layer_can_be_added(kind: str) -> None:
    app = own([layer("convolution", filters=16)])
    app.selectbox(key=f"{OWN}_kind").set_value(kind).run()
    app.button(key=f"{OWN}_add").click().run()
    assert not app.exception
    assert not app.error
    specs, shape = decode_network(app.session_state[OWN])
    assert [spec.kind for spec in specs] == ["convolution", kind]
    assert shape == (32, 32, 3)


def test_the_teaching_mistake_says_which_layer_and_why() -> None:
    app = opened(architectures_view="Build your own")
    number = list(PRESETS).index("mistake")
    app.button(key=f"architectures_own_preset_{number}").click().run()
    assert "Layer 9" in app.error[0].value
    assert "2 × 2 input cannot take a 3 × 3 window with padding 'valid'" in app.error[0].value
    assert "Not reached." in words(app)


def test_a_broken_link_is_said_and_nothing_else_happens() -> None:
    app = opened(architectures_view="Build your own", architectures_own="nonsense")
    assert "cannot be read" in app.error[0].value
    app.text_input(key=OWN).set_value(encode_network([layer("dense")], (8,) * 3)).run()
    assert not app.exception


def test_a_broken_link_leaves_a_network_to_go_on_with() -> None:
    app = opened(architectures_view="Build your own", architectures_own="nonsense")
    app.button(key=f"{OWN}_delete_1").click().run()
    assert not app.exception
    assert not app.error
    assert len(decode_network(app.session_state[OWN])[0]) == len(PRESETS["vgg_pooled"].specs) - 1


def test_a_new_layer_for_feature_maps_goes_where_there_are_some() -> None:
    app = own([layer("convolution", filters=8), layer("flatten"), layer("dense", units=10)])
    app.button(key=f"{OWN}_add").click().run()
    assert not app.error
    kinds = [spec.kind for spec in decode_network(app.session_state[OWN])[0]]
    assert kinds == ["convolution", "convolution", "flatten", "dense"]


def test_the_part_before_an_impossible_layer_keeps_its_summary() -> None:
    app = own([layer("convolution", filters=8), layer("flatten"), layer("convolution")])
    assert "Layer 3" in app.error[0].value
    assert metric(app, "Parameters") == f"{3 * 3 * 3 * 8 + 8:,}"


def test_a_layer_chosen_in_the_list_is_marked_in_the_table() -> None:
    app = opened(architectures_network="LeNet-5")
    app.selectbox(key=f"{ONE}_layer").set_value("fc2").run()
    assert app.dataframe[0].proto.id.endswith("fc2")
    names = list(app.dataframe[0].value["layer"])
    assert json.loads(app.dataframe[0].proto.selection_default)["selection"]["rows"] == [names.index("fc2")]


def test_latency_of_more_than_a_gigabyte_is_refused_with_the_figure_and_stays() -> None:
    app = opened(architectures_network="VGG-16")
    app.number_input(key="architectures_vgg16_rows").set_value(4000)
    app.number_input(key="architectures_vgg16_columns").set_value(4000).run()
    app.button(key=f"{ONE}_measure").click().run()
    app.run()
    assert "131.21 GB" in next(error.value for error in app.error)
    app.button(key=f"{ONE}_prepare").click().run()
    assert "131.21 GB" in app.error[-1].value


def test_a_huge_network_of_ones_own_allocates_nothing() -> None:
    app = own([layer("convolution", filters=4096, kernel=31), layer("convolution", filters=4096, kernel=31)])
    assert not app.exception
    assert app.error or int(metric(app, "Parameters").replace(",", "")) > 10**9


def test_bad_files_get_a_message() -> None:
    app = opened(architectures_view="Your file")
    app.file_uploader(key="architectures_file_upload").set_value(
        [("broken.keras", b"not a zip at all", "application/octet-stream")]
    ).run()
    assert not app.exception
    assert "broken.keras" in app.error[0].value


def test_a_file_of_ones_own_is_read_without_its_weights(tmp_path: Path) -> None:
    import keras

    path = tmp_path / "own.keras"
    keras.Sequential(
        [keras.Input((12, 12, 1), name="input"), keras.layers.Conv2D(3, 3, name="seen"), keras.layers.Flatten()]
    ).save(path)
    app = opened(architectures_view="Your file")
    app.file_uploader(key="architectures_file_upload").set_value(
        [("own.keras", path.read_bytes(), "application/octet-stream")]
    ).run()
    assert not app.exception
    assert not app.error
    assert metric(app, "Parameters") == "30"
    assert "seen" in app.selectbox(key="architectures_file_layer").options
