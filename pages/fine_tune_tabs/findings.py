"""What the check-up has found, one line for each kind, with the remedy one click away."""

import streamlit as st

from cnn_core.folders.check_up import CheckUp, NotUsed
from cnn_core.folders.listing import Part
from cnn_core.folders.names import was_renamed
from cnn_core.results.certainty import too_few_to_judge
from pages.fine_tune_tabs import seen
from pages.ui.class_folders import change_by_click
from pages.ui.tables import text_table
from pages.ui.words import plain

_MOST_ROWS = 100


def draw_findings(data_id: str, found: CheckUp) -> None:
    """One line for each kind of finding, with what can be done about it."""
    lines = 0
    if found.unreadable or found.unused_count:
        lines += 1
        parts = [f"{_number(len(found.unreadable), 'picture')} cannot be opened"] if found.unreadable else []
        parts += [f"{_number(found.unused_count, 'other file')}"] if found.unused_count else []
        with st.expander(f"Not used: {', '.join(parts)}", icon=":material/broken_image:"):
            _draw_unused(found.unreadable + found.unused)
            if found.unused_count > len(found.unused):
                st.caption(f"… and {found.unused_count - len(found.unused):,} more.")
    if renamed := [label for label in found.counts if was_renamed(label)]:
        lines += 1
        names = ", ".join(plain(label, 40) for label in renamed[:6]) + (" …" if len(renamed) > 6 else "")
        st.markdown(
            f":material/label: Renamed: {names}. The folder's name had signs that not every disk takes, ended in a dot "
            "or blank, or was too long."
        )
    if found.duplicates:
        lines += 1
        _draw_duplicates_line(data_id, found)
    if found.too_small:
        lines += 1
        side = seen.input_side()
        text = (
            f":material/photo_size_select_small: {_number(len(found.too_small), 'picture')} far smaller than the "
            f"network's input of {side} × {side}: enlarged more than twice, and blurred."
        )
        with _line(text):
            small = [one.file for one in found.too_small]
            _exclude_button("Leave them out", data_id, small, key="small")
    if found.imbalanced:
        lines += 1
        least, most = (pick(found.counts, key=lambda label: found.counts[label]["train"]) for pick in (min, max))
        st.markdown(
            f":material/balance: {plain(most)} has {found.imbalance:.1f} times as many pictures to train on as "
            f"{plain(least)}. Class weights make up for it: they are an option of the tab Train, on unless you turn "
            "them off."
        )
    counts, part = _to_judge_by(found)
    if found.usable.items and (doubts := too_few_to_judge(counts, part=part)):
        lines += 1
        remedy = "Add pictures" + (", or choose a larger part for validation." if found.usable.split_by_seed else ".")
        st.markdown(f":material/query_stats: {plain(' '.join(doubts), 500)} {remedy}")
    if not lines and not found.problems:
        st.success("Nothing is wrong with these pictures.", icon=":material/check_circle:")


def _to_judge_by(found: CheckUp) -> tuple[dict[str, int], str]:
    """Pictures of each class by which the network will be judged, and what they are for."""
    tested = any(parts["test"] for parts in found.counts.values())
    part: Part = "test" if tested else "validation"
    return {label: parts[part] for label, parts in found.counts.items()}, "the test" if tested else "validation"


def _draw_duplicates_line(data_id: str, found: CheckUp) -> None:
    across = sum(group.across_parts for group in found.duplicates)
    disagree = sum(group.labels_disagree for group in found.duplicates)
    are = "is" if len(found.duplicates) == 1 else "are"
    text = f":material/content_copy: {_number(len(found.duplicates), 'picture')} {are} there more than once"
    some = "it is" if len(found.duplicates) == 1 else "{:,} of them"
    parts = []
    if across:
        parts.append(f"**{some.format(across)} in more than one part**, so that the accuracy would look too good")
    if disagree:
        parts.append(f"**{some.format(disagree)} in two classes**, of which one is wrong")
    with _line(text + (": " + "; ".join(parts) if parts else "") + "."):
        _exclude_button("Leave the copies out", data_id, list(found.repeats), key="copies")
    if not found.all_compared:
        st.caption("So much looks alike that not all pairs were compared: there may be more.")
    st.caption(
        "Found whatever their size, brightness, contrast and compression, and mirror images within a class; a part cut "
        "out of another picture is not."
    )


def _line(text: str) -> "st.delta_generator.DeltaGenerator":
    """A finding, and beside it room for its remedy."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.markdown(text, width="content")
    return row


def _exclude_button(title: str, data_id: str, files: list[str], *, key: str) -> None:
    if files:
        st.button(
            f"{title} ({len(files):,})",
            key=f"fine_tune_check_{key}",
            icon=":material/hide_image:",
            on_click=change_by_click,
            args=(data_id, lambda changes: changes.excluding(*files)),
        )


def _draw_unused(files: tuple[NotUsed, ...]) -> None:
    rows = [
        {"File": plain(one.file), "Why": f"{plain(one.problem)}.", "What to do": f"{plain(one.remedy)}."}
        for one in files[:_MOST_ROWS]
    ]
    text_table(rows)
    if len(files) > _MOST_ROWS:
        st.caption(f"… and {len(files) - _MOST_ROWS:,} more.")


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
