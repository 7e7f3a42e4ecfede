"""The verdict about an experiment: in words, its figures, and the code that gives its intervals."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cnn_core.training.pair_config import PairConfig
from cnn_core.training.snippets import verdict_code
from cnn_core.training.verdict import Verdict, points, verdict_of_json, verdict_words
from pages.ui.lesson import same_in_code
from pages.ui.tables import text_table
from pages.ui.words import duration, percent, plain


def draw_verdict(pair: PairConfig, result: Mapping[str, Any], *, key: str) -> None:
    """Whether the difference is told from chance, and what that rests on.

    Args:
        pair: the experiment.
        result: of its run, as `result.json` has it.
        key: of the code.
    """
    verdict, labels = verdict_of_json(result["verdict"]), pair.labels()
    said = plain(verdict_words(verdict, labels["first"], labels["second"]), 500)
    box, icon = (st.success, ":material/gavel:") if verdict.told else (st.info, ":material/casino:")
    box(f"**{said[0].upper()}{said[1:]}** {_why(verdict)}", icon=icon)
    rows = []
    for side, label in labels.items():
        legs = result[side]
        rows.append(
            {
                "": f"**{label}**",
                "Test accuracy": percent(getattr(verdict, side)),
                "by seed": ", ".join(percent(leg["really"]) for leg in legs),
                "only it is right": f"{getattr(verdict, f'only_{side}'):,}",
                "parameters": f"{legs[0]['parameters']:,}",
            }
        )
    text_table(rows)
    st.caption(
        f"On {verdict.held_out:,} test pictures, asked about once, in the end. "
        f"{duration(result.get('seconds') or 0)} in all."
    )
    same_in_code({"Verdict": verdict_code(verdict)}, key=key)


def _why(verdict: Verdict) -> str:
    """What the verdict rests on, and what it does not say."""
    if verdict.p_value is not None:
        p = "below 0.0001" if verdict.p_value < 0.0001 else f"{verdict.p_value:.4f}"
        return (
            f"McNemar's test: p {'' if p.startswith('below') else '= '}{p}. This is about these two networks; whether "
            "another seed gives the same, several seeds say."
        )
    if verdict.seeds is None:
        return ""
    parts = [
        f"{name} {points(interval.low)} to {points(interval.high)}"
        for name, interval in (("over the pictures", verdict.pictures), ("over the seeds", verdict.seeds))
    ]
    return f"95 % intervals of the difference in points, {'; '.join(parts)}. It counts where both leave out 0."
