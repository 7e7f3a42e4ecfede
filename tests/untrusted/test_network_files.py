"""ONNX and LiteRT files, looked through before a runtime sees them: good ones pass, hostile ones are refused."""

from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.starter_models import MODELS
from cnn_core.untrusted import onnx_file
from cnn_core.untrusted.lite_file import check_lite_file
from cnn_core.untrusted.onnx_file import check_onnx_file
from tests.untrusted import onnx_writer as onnx

GOOD_ONNX = onnx.constant_answer({"boxes": np.zeros((1, 21, 85))}, metadata={"names": "{0: 'cat', 1: \"dog\"}"})


def plain(*nodes: bytes, tensors: tuple[bytes, ...] = ()) -> bytes:
    return onnx.model(onnx.graph(nodes, tensors, [onnx.value_info("x", (1, 3, 8, 8))], []))


def nested(depth: int) -> bytes:
    inner = onnx.node("Relu", ["x"], ["y"])
    for _ in range(depth):
        inner = onnx.node("If", ["c"], ["y"], onnx.attribute("then_branch", onnx.graph([inner], [], [], [])))
    return plain(inner)


def declared(*sides: int) -> bytes:
    return onnx.field(1, onnx.packed(sides)) + onnx.field(2, 1) + onnx.field(8, "w")


HOSTILE_ONNX = {
    "empty graph": (plain(), "holds no network"),
    "text": (b"hello, this is no network at all", "is not an ONNX file"),
    "zip": (b"PK\x03\x04" + bytes(100), "is not an ONNX file"),
    "cut short": (GOOD_ONNX[:-40], "is not an ONNX file"),
    "operation of its own": (plain(onnx.node("Evil", ["x"], ["y"], domain="evil.corp")), "Evil of evil.corp"),
    "operation inside an inner graph": (
        plain(
            onnx.node(
                "If",
                ["c"],
                ["y"],
                onnx.attribute("then_branch", onnx.graph([onnx.node("Evil", [], ["z"], domain="evil")], [], [], [])),
            )
        ),
        "Evil of evil",
    ),
    "weights elsewhere": (
        plain(
            onnx.node("Relu", ["x"], ["y"]),
            tensors=(declared(4) + onnx.field(13, onnx.field(1, "location") + onnx.field(2, "/etc/passwd")),),
        ),
        "weights in another file",
    ),
    "weights elsewhere in an attribute": (
        plain(
            onnx.node("Constant", [], ["y"], onnx.field(1, "value") + onnx.field(5, declared(4) + onnx.field(14, 1)))
        ),
        "weights in another file",
    ),
    "a tensor of a terabyte": (
        plain(onnx.node("Relu", ["x"], ["y"]), tensors=(declared(1 << 20, 1 << 20),)),
        "1,000 MB",
    ),
    "negative sides": (plain(onnx.node("Relu", ["x"], ["y"]), tensors=(declared((1 << 64) - 1, 0),)), "1,000 MB"),
    "many axes": (plain(onnx.node("Relu", ["x"], ["y"]), tensors=(declared(*[9] * 40),)), "not an ONNX file"),
    "deep": (nested(20), "nested too deep"),
}


def test_good_files_pass() -> None:
    checked = check_onnx_file(GOOD_ONNX, name="good.onnx")
    assert (checked.nodes, checked.class_names) == (3, ("cat", "dog"))
    assert check_onnx_file(nested(3), name="nested.onnx").nodes == 4
    assert check_onnx_file(plain(onnx.node("QGemm", [], ["y"], domain="com.microsoft")), name="m").nodes == 1
    for path in sorted(MODELS.glob("*.tflite")):
        assert check_lite_file(path.read_bytes(), name=path.name).inputs == 1


def test_real_files_pass(data_folder: Path) -> None:
    models = data_folder / "models"
    assert check_onnx_file((models / "yolox_nano.onnx").read_bytes(), name="yolox").nodes == 369
    for path in models.glob("*.tflite"):
        check_lite_file(path.read_bytes(), name=path.name)


@pytest.mark.parametrize("case", HOSTILE_ONNX)
def test_hostile_onnx_files_are_refused(case: str) -> None:
    data, message = HOSTILE_ONNX[case]
    with pytest.raises(InputError, match=message) as caught:
        check_onnx_file(data, name="sent.onnx")
    assert "sent.onnx" in str(caught.value)


def test_an_onnx_file_of_too_many_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "MAX_NODES", 3)
    with pytest.raises(InputError, match="more than 3 nodes"):
        check_onnx_file(plain(*[onnx.node("Relu", ["x"], ["y"])] * 4), name="m")
    monkeypatch.setattr(onnx_file, "MAX_FIELDS", 100)
    with pytest.raises(InputError, match="too many parts"):
        check_onnx_file(onnx.field(99, 1) * 200, name="m")
    monkeypatch.setattr(onnx_file, "MAX_BYTES", 50)
    with pytest.raises(InputError, match="larger than"):
        check_onnx_file(GOOD_ONNX, name="m")


def lite(custom: str, *, inputs: int = 1, shape: tuple[int, ...] = (1, 8, 8, 3)) -> bytes:
    """A LiteRT file of one operation, field numbers as in its schema."""
    builder = flatbuffers.Builder(256)

    def vector(offsets: list[int]) -> int:
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()

    def table(count: int, fields: dict[int, int]) -> int:
        builder.StartObject(count)
        for number, offset in fields.items():
            builder.PrependUOffsetTRelativeSlot(number, offset, 0)
        return builder.EndObject()

    def numbers(values: tuple[int, ...]) -> int:
        builder.StartVector(4, len(values), 4)
        for value in reversed(values):
            builder.PrependInt32(value)
        return builder.EndVector()

    name = builder.CreateString(custom)
    builder.StartObject(4)
    builder.PrependInt8Slot(0, 32, 0)
    builder.PrependUOffsetTRelativeSlot(1, name, 0)
    builder.PrependInt32Slot(3, 32, 0)
    codes = vector([builder.EndObject()])
    tensor = table(8, {0: numbers(shape)})
    graph = table(5, {0: vector([tensor]), 1: numbers(tuple(range(inputs)))})
    model = table(8, {1: codes, 2: vector([graph])})
    builder.Finish(model, file_identifier=b"TFL3")
    return bytes(builder.Output())


def test_lite_files_name_only_operations_of_the_interpreter() -> None:
    assert check_lite_file(lite("TFLite_Detection_PostProcess"), name="m").inputs == 1
    assert check_lite_file(lite("TFLite_Detection_PostProcess", inputs=2), name="m").inputs == 2
    with pytest.raises(InputError, match="uses FlexEvil, which is not one of LiteRT's own operations"):
        check_lite_file(lite("FlexEvil"), name="sent.tflite")
    with pytest.raises(InputError, match="1,000 MB"):
        check_lite_file(lite("TFLite_Detection_PostProcess", shape=(1, 1 << 20, 1 << 20, 3)), name="m")
    with pytest.raises(InputError, match="holds no network"):
        check_lite_file(lite("TFLite_Detection_PostProcess", inputs=0), name="m")


@pytest.mark.parametrize("data", [b"", b"x", b"PK" + bytes(50), GOOD_ONNX])
def test_what_is_no_lite_file_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="is not a LiteRT"):
        check_lite_file(data, name="sent.tflite")


@given(st.integers(0, 10**6), st.integers(0, 255), st.integers(9, 10**6))
def test_damaged_files_are_refused_or_harmless(place: int, byte: int, length: int) -> None:
    """Whatever byte is changed and wherever the file ends, nothing but an InputError comes of it."""
    for good, check in ((GOOD_ONNX, check_onnx_file), (lite("TFLite_Detection_PostProcess"), check_lite_file)):
        damaged = bytearray(good)
        damaged[place % len(good)] = byte
        for data in (bytes(damaged), good[: length % len(good)]):
            try:
                check(data, name="sent")
            except InputError as error:
                assert "sent" in str(error) or "The file" in str(error)  # noqa: PT017


@given(st.integers(0, 10**6), st.integers(0, 2**32 - 1))
def test_wild_offsets_stay_in_the_file(place: int, value: int) -> None:
    damaged = bytearray(lite("TFLite_Detection_PostProcess"))
    place = 8 + place % (len(damaged) - 12)
    damaged[place : place + 4] = value.to_bytes(4, "little")
    try:
        check_lite_file(bytes(damaged), name="sent")
    except InputError as error:
        assert error.problem  # noqa: PT017
