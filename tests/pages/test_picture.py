"""The shared picture: samples, uploads, links, page switches, and what broken files do (nothing)."""

import io
import secrets
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn_core.images import Photo
from cnn_core.samples import DEFAULT_SAMPLE, SAMPLES, SCENE, sample, sample_scene
from cnn_core.scene_truth import truth_rows
from pages.ui import own_photo as picture_module
from pages.ui.upload_store import COOKIE, BrowserCookie, UploadStore

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


def new_app(**query: str) -> AppTest:
    """A page that computes little of the picture; the home page draws eleven cards of each new one."""
    app = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page("losses.py").run()


def caption(app: AppTest) -> str:
    assert not app.exception
    return str(app.sidebar.caption[0].value)


def link_key(app: AppTest) -> str:
    value = app.query_params["picture"]
    return value if isinstance(value, str) else value[0]


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    return app.file_uploader[0].set_value([(name, data, "image/png")]).run()


def png(width: int = 40, height: int = 30, colour: str = "teal") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def uploading() -> AppTest:
    app = new_app()
    app.segmented_control("picture_source").select("upload").run()
    return app


def test_starts_with_the_default_sample_and_its_credit() -> None:
    app = new_app()
    height, width = sample(DEFAULT_SAMPLE).shape[:2]
    assert SAMPLES[DEFAULT_SAMPLE].title in caption(app)
    assert f"{width} × {height}" in caption(app)
    assert SAMPLES[DEFAULT_SAMPLE].credit in caption(app)
    assert app.sidebar.get("image")[0].proto.imgs[0].alt == f"The picture in use: {SAMPLES[DEFAULT_SAMPLE].title}"


@pytest.fixture(scope="module")
def walked() -> AppTest:
    """A page on which one sample is chosen after the other."""
    return new_app()


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_sample_can_be_chosen(name: str, walked: AppTest) -> None:
    app = walked
    app.selectbox("picture_sample").select(name).run()
    assert ("Scene 0" if name == SCENE else SAMPLES[name].title) in caption(app)


def test_a_scene_has_a_number_in_the_link_and_its_ground_truth() -> None:
    app = new_app(picture_sample=SAMPLES[SCENE].title, picture_scene="7")
    assert "Scene 7" in caption(app)
    rows = truth_rows(sample_scene(7))
    table = app.sidebar.markdown[0].value
    assert all(row["Box (x, y, x, y)"] in table for row in rows)
    app.switch_page("convolution.py").run()
    assert "Scene 7" in caption(app)
    app.number_input("picture_scene").set_value(8).run()
    assert "Scene 8" in caption(app)
    assert truth_rows(sample_scene(8))[0]["Box (x, y, x, y)"] in app.sidebar.markdown[0].value


def test_the_link_selects_the_sample() -> None:
    app = new_app(picture_sample="Zone plate")
    assert app.selectbox("picture_sample").value == "zone_plate"
    assert "Zone plate" in caption(app)


@pytest.mark.parametrize(
    "query",
    [
        {"picture_sample": "No such sample"},
        {"picture_source": "Nowhere"},
        {"picture": "../../etc/passwd"},
        {"picture_source": "", "picture_sample": "", "picture": ""},
    ],
    ids=str,
)
def test_a_link_that_makes_no_sense_falls_back(query: dict[str, str]) -> None:
    app = new_app(**query)
    assert SAMPLES[DEFAULT_SAMPLE].title in caption(app)
    assert not app.error


def test_the_key_of_a_picture_is_enough_of_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_module, "this_browser", lambda: "one browser")
    app = new_app()
    app.segmented_control("picture_source").select("upload").run()
    key = link_key(upload(app, "mine.png", png()))
    again = new_app(picture=key)
    assert again.segmented_control("picture_source").value == "upload"
    assert "mine.png" in caption(again)
    again.switch_page("convolution.py").run()
    assert "mine.png" in caption(again)
    again.segmented_control("picture_source").select("sample").run()
    assert SAMPLES[DEFAULT_SAMPLE].title in caption(again)
    assert "picture" not in again.query_params


def test_the_sample_survives_another_source_and_a_page_switch() -> None:
    app = new_app()
    app.selectbox("picture_sample").select("coffee").run()
    app.segmented_control("picture_source").select("upload").run()
    assert "Coffee cup" in caption(app), "without an upload the last sample stays"
    app.segmented_control("picture_source").select("sample").run()
    assert app.selectbox("picture_sample").value == "coffee"
    app.switch_page("convolution.py").run()
    assert "Coffee cup" in caption(app)


def test_upload(uploading: AppTest) -> None:
    app = upload(uploading, "holiday (1).png", png())
    assert "holiday (1).png" in caption(app)
    assert "40 × 30" in caption(app)
    assert not app.error
    assert len(link_key(app)) == 16


def test_upload_survives_page_switches_and_other_sources(uploading: AppTest) -> None:
    app = upload(uploading, "mine.png", png())
    app.switch_page("convolution.py").run()
    assert "mine.png" in caption(app)
    app.switch_page("home.py").run()
    assert "mine.png" in caption(app)
    app.segmented_control("picture_source").select("sample").run()
    assert "mine.png" not in caption(app)
    assert "picture" not in app.query_params
    app.segmented_control("picture_source").select("upload").run()
    assert "mine.png" in caption(app)


def test_a_large_photo_is_reduced_and_says_so(uploading: AppTest) -> None:
    app = upload(uploading, "large.png", png(4000, 1000))
    assert "4000 × 1000, reduced to 1024 × 256" in caption(app)


@pytest.mark.parametrize("size", [(1, 1), (20_000, 1), (1, 20_000)])
def test_unusual_sizes_do_not_break_a_page(uploading: AppTest, size: tuple[int, int]) -> None:
    app = upload(uploading, "thin.png", png(*size))
    for page in ("losses.py", "home.py"):
        app.switch_page(page).run()
        assert "thin.png" in caption(app)
        assert app.sidebar.get("image")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("cut.png", png()[:60], "damaged or cut short"),
        ("empty.png", b"", "is empty"),
        ("letter.jpg", b"Dear Sir or Madam", "holds text"),
        ("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
    ],
)
def test_a_broken_upload_keeps_the_picture(uploading: AppTest, name: str, data: bytes, words: str) -> None:
    app = upload(uploading, "good.png", png())
    app = upload(app, name, data)
    assert "good.png" in caption(app)
    assert words in app.error[0].value
    assert name in app.error[0].value
    app = upload(app, "better.png", png(colour="red"))
    assert "better.png" in caption(app)
    assert not app.error


def test_markup_in_a_file_name_stays_text(uploading: AppTest) -> None:
    app = upload(uploading, "[click](javascript:x)<b>`$x$`" + "y" * 300 + ".png", png())
    line = caption(app).splitlines()[0]
    assert not set(line) & set("[]<>`$")
    assert len(line) < 80


def test_camera_photo_then_another() -> None:
    app = new_app()
    app.segmented_control("picture_source").select("camera").run()
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, "JPEG")
    jpeg = file.getvalue()
    app.get("camera_input")[0].upload("photo.jpg", jpeg, "image/jpeg").run()
    assert "Camera photo" in caption(app)
    assert not app.get("camera_input"), "the camera is off once there is a photo"
    app.button("picture_retake").click().run()
    assert len(app.get("camera_input")) == 1
    assert "Camera photo" in caption(app)


def test_someone_elses_link_shows_the_sample_and_says_why(uploading: AppTest) -> None:
    first = upload(uploading, "private.png", png())
    key = link_key(first)
    second = new_app(picture_source="Upload", picture=key)
    assert SAMPLES[DEFAULT_SAMPLE].title in caption(second)
    assert "only for the browser that brought it" in second.info[0].value
    second = upload(second, "own.png", png(colour="pink"))
    assert "own.png" in caption(second)
    assert not second.info


def test_the_link_finds_the_photo_again_in_a_new_session(uploading: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    token = secrets.token_urlsafe(32)
    monkeypatch.setattr(picture_module, "this_browser", lambda: token)
    first = upload(uploading, "again.png", png(colour="olive"))
    second = new_app(picture_source="Upload", picture=link_key(first))
    assert "again.png" in caption(second)
    assert not second.info


def photo(name: str, side: int = 10) -> Photo:
    return Photo(name, np.zeros((side, side, 3), np.uint8), (side, side))


def test_store_gives_a_photo_to_its_browser_alone() -> None:
    store = UploadStore()
    store.put("anna", "k1", photo("a"))
    assert store.get("anna", "k1") is not None
    assert store.get("ben", "k1") is None
    assert store.get("anna", "k2") is None


def test_store_is_bounded_in_bytes_and_drops_the_least_used() -> None:
    store = UploadStore(max_bytes=1000)
    for number in range(3):
        store.put(f"browser {number}", "k", photo("p"))
    store.get("browser 0", "k")
    store.put("browser 3", "k", photo("p"))
    assert store.bytes_used() <= 1000
    assert [store.get(f"browser {n}", "k") is not None for n in range(4)] == [True, False, True, True]


def test_store_is_bounded_per_browser() -> None:
    store = UploadStore(max_per_browser=2)
    store.put("ben", "k", photo("p"))
    for number in range(5):
        store.put("anna", f"k{number}", photo("p"))
    assert [store.get("anna", f"k{n}") is not None for n in range(5)] == [False, False, False, True, True]
    assert store.get("ben", "k") is not None


def test_store_forgets_after_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("pages.ui.upload_store.time.monotonic", lambda: now[0])
    store = UploadStore(max_age=100)
    store.put("anna", "k", photo("p"))
    now[0] = 90
    assert store.get("anna", "k") is not None
    now[0] = 180
    assert store.get("anna", "k") is not None, "asking for it keeps it"
    now[0] = 281
    assert store.get("anna", "k") is None
    assert store.bytes_used() == 0


def cookies_set(*, accept: str = "text/html", cookie: str = "", scheme: str = "http", kind: str = "http") -> list[str]:
    """The Set-Cookie headers of one request through the middleware."""
    sent: list[dict[str, object]] = []

    async def page(_scope: object, _receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]

    async def keep(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [(b"accept", accept.encode()), (b"cookie", cookie.encode())]
    scope = {"type": kind, "method": "GET", "scheme": scheme, "headers": headers}
    # Nothing here waits, so one step runs it to its end, also beside Playwright's event loop.
    request = BrowserCookie(page)(scope, None, keep)  # type: ignore[arg-type]
    with pytest.raises(StopIteration):
        request.send(None)
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]  # type: ignore[attr-defined]


def test_the_first_page_sets_a_random_cookie_that_scripts_cannot_read() -> None:
    (first,), (second,) = cookies_set(), cookies_set()
    assert first != second
    assert first.startswith(f"{COOKIE}=")
    assert "HttpOnly" in first
    assert "SameSite=Lax" in first
    assert f"Max-Age={180 * 24 * 3600}" in first, "the list of runs outlasts the browser"
    assert "Secure" not in first
    assert "Secure" in cookies_set(scheme="https")[0]


def test_a_browser_keeps_its_cookie_and_other_requests_set_none() -> None:
    token = secrets.token_urlsafe(32)
    (renewed,) = cookies_set(cookie=f"a=b; {COOKIE}={token}")
    assert renewed.startswith(f"{COOKIE}={token}; Max-Age=")
    assert cookies_set(accept="*/*") == []
    assert cookies_set(kind="websocket") == []
    (other,) = cookies_set(cookie=f"{COOKIE}=chosen")
    assert not other.startswith(f"{COOKIE}=chosen")


def test_a_file_that_was_let_go_of_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped run calls back once more, with Streamlit's placeholder for the deleted file, which holds no bytes."""
    from streamlit.elements.widgets.file_uploader import DeletedFile

    from pages.ui import own_photo as module

    state = {"upload": DeletedFile("gone"), "picture_uploads": 3}
    monkeypatch.setattr(module.st, "session_state", state)
    module._take_file("upload", "upload")
    assert state["picture_uploads"] == 3
