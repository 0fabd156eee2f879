"""A press that comes before its photo does: it waits until the photo is up, and is done then, once.

Streamlit sends a press at once, with the files that are up by then: a report pressed while its photo was
still on its way would be stored without it, and the form that took its place would forget the photo. Nor does
a button that moves aside for a file's name, between finger down and finger up, know of any press.
"""

from __future__ import annotations

import streamlit as st

# One watch a window: the form is drawn anew with every run, a press may wait over several.
# A photo is here once the server says so (`data.photo`), not when the browser has sent it.
_JS = """
const FILES = '[data-testid=stFileChips] [data-testid=stFileChipName]';
const FAILED = '[data-testid=stFileChipIconError]';
const CAMERA = '[data-testid=stCameraInputButton]';

function watch() {
  const state = { card: '', save: '', photo: '', words: '', place: null };
  const change = new MutationObserver(() => look());
  let before = '', failed = 0, isWaiting = false, hasSeen = false, isDown = false, isPressed = false;

  const within = (event, part) => event.target.closest?.(`.${state.card} ${part}`);
  const count = (part) => document.querySelectorAll(`.${state.card} ${part}`).length;
  const button = () => document.querySelector(`.${state.save} button`);
  const tell = () => { if (state.place) state.place.textContent = isPressed ? state.words : ''; };

  function wait() {
    [before, failed, isWaiting, hasSeen, isPressed] = [state.photo, count(FAILED), true, false, false];
    change.observe(document.body, { childList: true, subtree: true });
  }
  function rest() {
    [isWaiting, isDown, isPressed] = [false, false, false];
    change.disconnect();
    tell();
  }
  function look() {
    if (!isWaiting) return;
    const files = count(FILES);
    hasSeen ||= files > 0;
    const isHere = state.photo && state.photo !== before;
    // What failed says so itself; what was taken away again is not waited for.
    if (!isHere && button() && count(FAILED) <= failed && (files || !hasSeen)) return;
    const isDue = isHere && isPressed;
    rest();
    if (isDue) button()?.click();
  }
  function hold(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    isPressed = true;
    tell();
  }

  document.addEventListener('change', (event) => {
    if (within(event, 'input[type=file]') && event.target.files.length) wait();
  }, true);
  document.addEventListener('drop', (event) => {
    if (within(event, '.stFileUploader') && event.dataTransfer?.files.length) wait();
  }, true);
  document.addEventListener('pointerdown', (event) => {
    isDown = isWaiting && Boolean(within(event, `.${state.save} button`));
  }, true);
  document.addEventListener('pointerup', (event) => { if (isDown && isWaiting) hold(event); }, true);
  document.addEventListener('pointercancel', () => { isDown = false; }, true);
  document.addEventListener('click', (event) => {
    // The camera's button takes a photo where there is none, and else takes it away.
    if (within(event, CAMERA)) return state.photo ? rest() : wait();
    if (isWaiting && within(event, `.${state.save} button`)) hold(event);
  }, true);
  return { state, look, tell };
}

export default function ({ data, parentElement }) {
  const watching = (window.gantryPressWaits ??= watch());
  let place = parentElement.querySelector(':scope > p');
  if (!place) {
    place = document.createElement('p');
    place.className = 'waits';
    place.setAttribute('role', 'status');
    parentElement.append(place);
  }
  Object.assign(watching.state, data, { place });
  watching.tell();
  watching.look();
}
"""

_press_waits = st.components.v2.component("gantry.press_waits", js=_JS, isolate_styles=False)


def press_waits(card: str, save: str, photo: str, words: str) -> None:
    """Let the button of the key `save` in the card of the key `card` wait for a photo that is on its way.

    `photo` is the id of the file that this run was given, empty without one; `words` are shown meanwhile.
    """
    data = {"card": f"st-key-card_{card}", "save": f"st-key-{save}", "photo": photo, "words": words}
    _press_waits(data=data, key=f"press_waits_{card}")
