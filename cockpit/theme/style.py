"""The style sheet as one text: the tokens, then the sheet that uses them."""

from functools import cache
from pathlib import Path

from cockpit.theme.tokens import css_variables

SHEET_FILE = Path(__file__).with_name("cockpit.css")


@cache
def style_element() -> str:
    """The `<style>` element that each run of a page starts with."""
    return f"<style>{css_variables()}{SHEET_FILE.read_text(encoding='utf-8')}</style>"
