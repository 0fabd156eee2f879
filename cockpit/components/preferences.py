"""Inline components that act in the browser: remember choices in cookies, switch the theme."""

from __future__ import annotations

import json

import streamlit as st

# A reader's voice speaks the language that the document says it is in.
_REMEMBER_JS = """
export default function ({ data }) {
  if (data.gantry_language) document.documentElement.lang = data.gantry_language;
  for (const [name, value] of Object.entries(data)) {
    document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=lax`;
  }
}
"""

# Streamlit keeps the chosen theme by page address and reads it when a page is opened.
_THEME_JS = """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.switch');
  root.replaceChildren();
  for (const [theme, label] of [['Light', data.light], ['Dark', data.dark]]) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = label;
    button.onclick = () => {
      const here = window.location.pathname;
      const base = here.replace(/[^/]*$/, '');
      for (const path of [here, base, ...data.pages.map((page) => base + page)]) {
        localStorage.setItem(`stActiveTheme-${path}-v2`, JSON.stringify(theme));
      }
      window.location.reload();
    };
    root.append(button);
  }
}
"""

_THEME_CSS = """
.switch { display: flex; gap: 8px; }
button { flex: 1; min-height: 36px; border-radius: 8px; cursor: pointer; font: inherit;
  background: transparent;  color: var(--st-text-color); border: 1px solid var(--st-border-color); }
button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
"""

_remember = st.components.v2.component("gantry.remember", js=_REMEMBER_JS)
_theme = st.components.v2.component(
    "gantry.theme", html='<div class="switch"></div>', css=_THEME_CSS, js=_THEME_JS
)


def remember(values: dict[str, str], place: str = "choices") -> None:
    """Keep choices in cookies, so that the next visit starts with them; a page has one of each place."""
    with st.container(key=f"remember_{place}"):
        _remember(data=values, key="remember_values_" + str(abs(hash(json.dumps(values)))))


def theme_switch(light: str, dark: str, pages: list[str]) -> None:
    """Two buttons that choose the theme for all pages; the page reloads."""
    _theme(data={"light": light, "dark": dark, "pages": pages}, key="theme_switch")
