"""Reporting progress from the site: percent, words, a photo, and the report that stood before."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import streamlit as st

from actions.attachments import keep_photo, photo_path
from actions.errors import ActionError, StaleVersionError
from actions.kinds import ReportProgress, shown
from actions.reasons import REASON_CODES, reason_label
from actions.records import Action
from cockpit.components.cards import card
from cockpit.components.facts import facts
from cockpit.components.press_waits import press_waits
from cockpit.repositories.decisions import decisions
from cockpit.services import numbers
from cockpit.services.progress import Base, Report, current_pct, open_form, save
from cockpit.services.steps import take_back
from cockpit.shell.session import View
from cockpit.shell.writing import attempt, may_write, say_next

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

#: Where Streamlit writes its own English word for choosing a file.
_CHOOSE = "[data-testid='stFileUploaderDropzone'] > span button p"
_BASE = "progress_base"
_TOLD = "progress_stale"
HISTORY_SHOWN = 5


def progress_card(view: View, row: dict[str, Any]) -> None:
    """The form for one milestone (a row with id, name and published progress), with what was reported."""
    with card("progress", view.say("ask_progress")):
        try:
            history = decisions(view.settings).history(ReportProgress.subject_type, row["milestone_id"])
        except ActionError as error:
            st.error(error.tell(view.language))
            return
        _standing(view, row, history)
        if may_write(view):
            _form(view, row, history)
        else:
            st.caption(view.say("past_read_only") if view.is_past else view.say("who_first"))
        _history(view, history)


def _standing(view: View, row: dict[str, Any], history: list[Action]) -> None:
    pct = current_pct(row["progress_pct"], history)
    newest = history[-1] if history else None
    until = f"{newest.done_by} · {numbers.moment(newest.done_at)}" if newest else view.reader.publication.name
    facts(
        [
            (view.say("progress_now"), numbers.NO_DATA if pct is None else f"{shown(pct)} %"),
            (view.say("progress_from"), until),
        ]
    )


def _form(view: View, row: dict[str, Any], history: list[Action]) -> None:
    base: Base | None = st.session_state.get(_BASE)
    if base is None or base.milestone_id != row["milestone_id"]:
        base = open_form(row["milestone_id"], row["progress_pct"], history)
        st.session_state[_BASE] = base
    key = base.action_id
    pct = st.number_input(
        view.say("field_pct"),
        min_value=0.0,
        max_value=100.0,
        value=float(base.seen_pct) if base.seen_pct is not None else 0.0,
        step=5.0,
        format="%g",
        key=f"progress_pct_{key}",
    )
    note = st.text_area(view.say("field_note"), key=f"progress_note_{key}", max_chars=10_000, height=76)
    code, reason = _reason(view, key) if _falls(pct, base) else ("", "")
    photo = _photo(view, key)
    # Named after the action: a second tap of the same button finds no button any more.
    save_key = f"progress_save_{key}"
    is_pressed = st.button(view.say("verb_report"), type="primary", width="stretch", key=save_key)
    press_waits("progress", save_key, photo.file_id if photo is not None else "", view.say("photo_comes"))
    if is_pressed:
        content = photo.getvalue() if photo is not None else None
        _save(view, row, base, Report(pct, note, view.who, code, reason), content)
    if st.session_state.get(_TOLD) == key:
        st.button(view.say("take_new_value"), key="progress_reopen", on_click=_reopen)


def _falls(pct: float | None, base: Base) -> bool:
    return pct is not None and base.seen_pct is not None and pct < float(base.seen_pct)


def _reason(view: View, key: str) -> tuple[str, str]:
    st.caption(view.say("progress_falls_why"))
    code = st.selectbox(
        view.say("reason_code"),
        REASON_CODES,
        index=None,
        placeholder=view.say("choose"),
        format_func=lambda each: reason_label(each, view.language),
        key=f"progress_code_{key}",
    )
    return code or "", st.text_input(view.say("reason"), key=f"progress_why_{key}", max_chars=500)


def _photo(view: View, key: str) -> UploadedFile | None:
    """A picture from the device or its camera, which is asked for only when it is wanted."""
    if st.toggle(view.say("photo_camera"), key=f"progress_by_camera_{key}"):
        return st.camera_input(view.say("field_photo"), key=f"progress_camera_{key}")
    ours = f"content: '{view.say('photo_choose')}'; font-size: 12.5px"
    st.html(f"<style>{_CHOOSE} {{ font-size: 0 }} {_CHOOSE}::after {{ {ours} }}</style>")
    # No list of types: what is no photo is refused with a word about it, whatever its name.
    return st.file_uploader(view.say("field_photo"), key=f"progress_photo_{key}", help=view.say("photo_help"))


def _save(view: View, row: dict[str, Any], base: Base, report: Report, photo: bytes | None) -> None:
    store = decisions(view.settings)
    try:
        if photo is not None:
            kept = keep_photo(view.settings.paths, photo)
            report = Report(**(vars(report) | {"photo_hash": kept}))
        action = save(store, base, report, row["progress_pct"], view.reader.publication)
    except StaleVersionError as error:
        st.session_state[_TOLD] = base.action_id
        st.error(error.tell(view.language))
    except ActionError as error:
        st.error(error.tell(view.language))
    else:
        say_next("success", view.say("done_report", pct=action.payload.value(), by=action.done_by))
        _reopen()
        st.rerun()


def _reopen() -> None:
    st.session_state.pop(_BASE, None)


def _history(view: View, history: list[Action]) -> None:
    if not history:
        return
    st.html(f'<div class="foot">{html.escape(view.say("history"))}</div>')
    for action in reversed(history[-HISTORY_SHOWN:]):
        _report(view, action)
    newest = history[-1]
    if may_write(view):
        label = view.say("undo_undo") if newest.undoes_action_id else view.say("undo")
        st.button(
            label, key=f"progress_undo_{newest.version}", width="stretch", on_click=_undo, args=(view, newest)
        )


def _report(view: View, action: Action) -> None:
    payload = action.payload
    assert isinstance(payload, ReportProgress)
    why = " · ".join(filter(None, [payload.note, action.reason]))
    before = "–" if payload.old_pct is None else f"{shown(payload.old_pct)} %"
    told = f"<small>{html.escape(why)}</small>" if why else ""
    st.html(
        f'<div class="trail"><div><b>{before} → {shown(payload.new_pct)} %</b>{told}'
        f"<small>{html.escape(action.done_by)} · {numbers.moment(action.done_at)}</small></div></div>"
    )
    path = photo_path(view.settings.paths, payload.photo_hash) if payload.photo_hash else None
    if path is not None:
        st.image(str(path), width=260)


def _undo(view: View, newest: Action) -> None:
    store = decisions(view.settings)
    told = view.say("undone_progress")
    if attempt(view, lambda: take_back(store, newest, view.who, view.language), told):
        _reopen()
