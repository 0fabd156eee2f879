"""What lets a phone keep the cockpit on its home screen: a manifest and an icon in the page's head.

Streamlit writes the head itself, so a component of ours adds the links in the browser, once.
"""

from __future__ import annotations

import streamlit as st

_JS = """
export default function () {
  const base = window.location.pathname.replace(/[^/]*$/, '');
  const links = [
    ['manifest', `${base}app/static/manifest.json`],
    ['apple-touch-icon', `${base}app/static/gantry-180.png`],
  ];
  for (const [rel, href] of links) {
    if (document.head.querySelector(`link[rel="${rel}"]`)) continue;
    const link = document.createElement('link');
    link.rel = rel;
    link.href = href;
    document.head.append(link);
  }
}
"""

_installable = st.components.v2.component("gantry.installable", js=_JS)


def installable() -> None:
    """Add the links; nothing is shown."""
    with st.container(key="remember_installable"):
        _installable(data={}, key="installable_links")
