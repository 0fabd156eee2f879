"""What acts in the browser on every page: links keep the dates.

A link that is plain HTML opens a new session, which knows only its address: on the press the page's two dates
go into it.
"""

from __future__ import annotations

import streamlit as st

from cockpit.components.address import CARRIED

_JS = """
function keepDates(event, names) {
  const link = event.composedPath().find((each) => each.localName === 'a');
  if (!link || link.hasAttribute('download')) return;
  const attribute = link.hasAttribute('href') ? 'href' : 'xlink:href';
  const written = link.getAttribute(attribute);
  if (!written || written.startsWith('#')) return;
  const to = new URL(written, document.baseURI);
  if (to.origin !== window.location.origin) return;
  const here = new URLSearchParams(window.location.search);
  for (const name of names) {
    if (here.has(name) && !to.searchParams.has(name)) to.searchParams.set(name, here.get(name));
  }
  link.setAttribute(attribute, to.href);
  // The browser has read the address by then; the next press may be on other dates.
  setTimeout(() => link.setAttribute(attribute, written), 0);
}

export default function ({ data }) {
  if (window.gantryKeepsDates) return;
  window.gantryKeepsDates = true;
  for (const kind of ['click', 'auxclick']) {
    document.addEventListener(kind, (event) => keepDates(event, data.carried), true);
  }
}
"""

_in_browser = st.components.v2.component("gantry.in_browser", js=_JS)


def in_browser() -> None:
    """Let links keep the dates; nothing is shown."""
    with st.container(key="remember_in_browser"):
        _in_browser(data={"carried": list(CARRIED)}, key="in_browser")
