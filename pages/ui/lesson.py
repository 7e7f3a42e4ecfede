"""The three parts every view has: what happens here, try this, the same in code."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from pages.ui.link import set_controls


def what_happens(text: str, formula: str) -> None:
    """Two sentences and a LaTeX formula, open at the top of a view."""
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**What happens here.** {text}")
        st.latex(formula)


def try_this(presets: Mapping[str, tuple[str, Mapping[str, Any]]], *, page: str) -> None:
    """One-click presets: title -> (what to look for, widget key -> value).

    The click sets the widgets by their session keys, so that the view, and its link, follow.
    """
    shown = st.session_state.get(f"{page}_preset_hint", "")
    # On a phone the buttons would fill the screen: there they wait in a menu.
    roomy = has_room()
    place = st.container(horizontal=True, gap="small", vertical_alignment="center") if roomy else st.popover("Try this")
    with place:
        if roomy:
            st.markdown("**Try this**", width="content")
        for number, (title, (_, values)) in enumerate(presets.items()):
            st.button(
                title,
                key=f"{page}_preset_{number}",
                icon=":material/touch_app:",
                on_click=_apply,
                args=(page, title, dict(values)),
            )
    if shown in presets:
        st.caption(f":material/lightbulb: **{shown}.** {presets[shown][0]}")


def has_room() -> bool:
    """Whether there is room to open every control at once: not on a phone, where the picture would scroll away."""
    return "Mobi" not in (st.context.headers.get("User-Agent") or "")


def _apply(page: str, title: str, values: dict[str, Any]) -> None:
    set_controls(values)
    st.session_state[f"{page}_preset_hint"] = title


def same_in_code(snippets: Mapping[str, str], *, key: str, file: str = "") -> None:
    """Runnable snippets behind an expander, one tab each, with a download named after `file`, or else the key."""
    with st.expander("The same in code", icon=":material/code:"):
        for label, (tab, code) in zip(
            snippets, zip(st.tabs(list(snippets)), snippets.values(), strict=True), strict=True
        ):
            with tab:
                st.code(code, language="python", wrap_lines=True)
                name = f"{file or key}_{label.split()[0].lower()}.py"
                st.download_button(
                    "Download this code",
                    # Made when asked for: a file that each change of a control replaces is gone before the browser
                    # has looked whether it is there.
                    partial(str, code),
                    file_name=name,
                    mime="text/x-python",
                    key=f"{key}_code_{label}",
                    on_click="ignore",
                    icon=":material/download:",
                )
