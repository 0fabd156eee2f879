"""Drawings as inline components: what `st.html` would strip (SVG) but our own code wrote and escaped."""

from __future__ import annotations

import streamlit as st

# The text is made by components that escape every value; the page's style sheet applies to it.
_JS = """
export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(':scope > .drawing');
  if (!root) {
    root = document.createElement('div');
    root.className = 'drawing';
    parentElement.append(root);
  }
  if (root.innerHTML !== data) root.innerHTML = data;
}
"""

_markup = st.components.v2.component("gantry.markup", js=_JS, isolate_styles=False)


def markup(html: str, key: str) -> None:
    """Show HTML with drawings; every value in it must be escaped already."""
    _markup(data=html, key=key)
