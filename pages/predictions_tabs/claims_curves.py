"""Claim: networks see what we see. The photo disturbed more and more, and the probability of the answer."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from cnn_core.chart_svg import curves_svg
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.drawing import data_uri, png
from cnn_core.stress.curve import Curve, curve_in_words, probabilities_of, seen, stress_curve
from cnn_core.stress.curve_files import curves_csv
from cnn_core.stress.disturbances import DISTURBANCES, disturbed, strengths
from cnn_core.stress.snippets import curve_code
from pages.predictions_tabs.asked import asked_networks
from pages.predictions_tabs.one_photo import titled
from pages.predictions_tabs.stoppable import asked_once
from pages.ui.charts import CONFIG, curves
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.picture import Picture, shared_picture
from pages.ui.pictures import SmallPicture, draw_strip
from pages.ui.words import percent, plain

KEY = "predictions_claims"
KINDS = {way.title: kind for kind, way in DISTURBANCES.items()}
_STRIP = 7
# Noise and the order of hidden squares are drawn.
_RANDOM = ("noise", "occlusion")


def draw() -> None:
    """Networks and the disturbance on the left; curves, pictures and words on the right."""
    picture = shared_picture()
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        networks = titled(asked_networks())
        kind, count, seed, strength = _controls()
    with right:
        found = {}
        for number, (title, network) in enumerate(networks.items()):
            curve = _curve(network, picture, kind, count, seed, title=title, button=f"{KEY}_curve_{number}")
            if curve is None:
                return
            found[title] = curve
        _draw_chart(found, networks, kind, strength)
        for title, curve in found.items():
            name = f"**{plain(title)}.** " if len(found) > 1 else ""
            st.markdown(name + plain(curve_in_words(curve, networks[title].classes), 600))
        network, curve = next((networks[title], curve) for title, curve in found.items())
        if len(found) > 1:
            st.markdown(f"**What {plain(network.title)} is shown, and answers**")
        _draw_pictures(network, picture, curve, strength, seed)
    way = DISTURBANCES[kind]
    what_happens(
        f"{way.about} The network is asked at each strength, and the curve shows the probability of the class that it "
        "gives the photo undisturbed. It speaks of this photo and this network, and of no others.",
        way.formula,
    )
    _take_home(networks, found, picture, disturbed(seen(network, picture.pixels), kind, strength, seed=seed))
    codes = {}
    for title, each in networks.items():
        for label, code in curve_code(
            each.code, kind, low=way.low, high=way.high, count=len(curve.strengths), seed=seed
        ).items():
            codes[label if len(networks) == 1 else f"{title}: {label}"] = code
    same_in_code(codes, key=f"{KEY}_curve", file="curve")


def _controls() -> tuple[str, int, int, float]:
    """The kind of disturbance, points of the curve, the seed, and the strength that is looked at."""
    kind = KINDS[str(st.selectbox("Disturb by", list(KINDS), key=f"{KEY}_kind", bind="query-params"))]
    way = DISTURBANCES[kind]
    count = st.slider("Points of the curve", 5, 61, 21, 2, key=f"{KEY}_points", bind="query-params")
    low, high = way.low * way.scale, way.high * way.scale
    strength = st.slider(
        f"Look at ({way.unit.strip()})",
        low,
        high,
        high / 4,
        (high - low) / 100 if high != 180 else 1.0,
        key=f"{KEY}_at_{kind}",
        bind="query-params",
    )
    seed = 0
    if kind in _RANDOM:
        seed = st.number_input("Seed", 0, 9999, 0, key=f"{KEY}_seed", bind="query-params")
    return kind, int(count), int(seed), float(np.clip(strength / way.scale, way.low, way.high))


def _curve(
    network: LookedAt, picture: Picture, kind: str, count: int, seed: int, *, title: str, button: str
) -> Curve | None:
    return asked_once(
        ("curve", network.key, picture.key, kind, count, seed),
        lambda progress: stress_curve(
            network, picture.pixels, kind, strengths(kind, count), seed=seed, progress=progress
        ),
        what=f"Pictures shown to {plain(title)}",
        button=button,
    )


def _lines(found: Mapping[str, Curve], networks: Mapping[str, LookedAt]) -> dict[str, list[float]]:
    """The curves by network and class."""
    return {
        f"{title}: {networks[title].classes[curve.predicted]}": curve.line.tolist() for title, curve in found.items()
    }


def _draw_chart(found: Mapping[str, Curve], networks: Mapping[str, LookedAt], kind: str, strength: float) -> None:
    way = DISTURBANCES[kind]
    first = next(iter(found.values()))
    lines = _lines(found, networks)
    figure = curves(
        [value * way.scale for value in first.strengths],
        lines,
        x_title=way.axis,
        y_title="probability" if len(found) > 1 else f"probability of {next(iter(lines)).rpartition(': ')[2]}",
        y_format=".0%",
        highlighted=strength * way.scale,
    )
    figure.update_layout(height=320)
    figure.update_xaxes(dtick=None)
    figure.update_yaxes(range=[0, 1.03])
    alt = "; ".join(f"{title}: {curve_in_words(curve, networks[title].classes)}" for title, curve in found.items())
    st.plotly_chart(figure, config=CONFIG, key=f"{KEY}_chart", alt=alt)


def _draw_pictures(network: LookedAt, picture: Picture, curve: Curve, strength: float, seed: int) -> None:
    """What the network is shown at the strength that is looked at, and at a few along the curve."""
    way, view = DISTURBANCES[curve.kind], seen(network, picture.pixels)
    at = disturbed(view, curve.kind, strength, seed=seed)
    row = probabilities_of(network, [at])[0]
    said = f"{network.classes[int(row.argmax())]} {percent(float(row.max()))}"
    left, right = st.columns([1, 3], gap="medium")
    with left, st.container(key=f"sharp_{KEY}_at"):
        st.image(data_uri(at), width="stretch", alt=f"{picture.name} at {way.shown(strength)}: {said}")
        name, share = network.classes[curve.predicted], percent(float(row[curve.predicted]))
        rest = "" if row.argmax() == curve.predicted else f"; {plain(name)} {share}"
        st.caption(f"At {way.shown(strength)}: **{plain(said)}**{rest}")
    with right:
        places = np.linspace(0, len(curve.strengths) - 1, _STRIP).round().astype(int).tolist()
        tiles = []
        for k in dict.fromkeys(places):
            answer = network.classes[int(curve.answers[k])]
            words = f"{way.shown(curve.strengths[k])}: {answer} {percent(float(curve.probabilities[k].max()))}"
            pixels = disturbed(view, curve.kind, curve.strengths[k], seed=seed)
            tiles.append(SmallPicture(data_uri(pixels), words, words))
        draw_strip(tiles, side=112)


def _take_home(
    networks: Mapping[str, LookedAt], found: Mapping[str, Curve], picture: Picture, shown: np.ndarray
) -> None:
    with st.container(horizontal=True, gap="small"):
        table = {title: (curve, networks[title].classes) for title, curve in found.items()}
        download("Curves (SVG)", lambda: _svg(networks, found), "curves.svg", "image/svg+xml", key=f"{KEY}_svg")
        download("Curves (CSV)", lambda: curves_csv(table), "curves.csv", "text/csv", key=KEY)
        download("Disturbed photo (PNG)", lambda: png(shown), "disturbed.png", "image/png", key=KEY)
        photo = "picture.png, which the code reads"
        download(photo, lambda: png(picture.pixels), "picture.png", "image/png", key=KEY)


def _svg(networks: Mapping[str, LookedAt], found: Mapping[str, Curve]) -> bytes:
    first = next(iter(found.values()))
    way = DISTURBANCES[first.kind]
    x = [value * way.scale for value in first.strengths]
    return curves_svg(x, _lines(found, networks), x_title=way.axis).encode()
