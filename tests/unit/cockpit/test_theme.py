"""One file of tokens: what Streamlit and the style sheet say must equal it."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from cockpit.theme.streamlit_config import CONFIG_FILE, FONTS_FILE, rendered
from cockpit.theme.style import SHEET_FILE, style_element
from cockpit.theme.tokens import css_variables, tokens
from lake.text import catalogue

COCKPIT = SHEET_FILE.parent.parent
FONTS = COCKPIT / "static" / "fonts"


def test_streamlits_configuration_is_written_from_the_tokens():
    assert CONFIG_FILE.read_text(encoding="utf-8") == rendered(), (
        "run python -m cockpit.theme.streamlit_config"
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_themes_hold_the_tokens(mode):
    theme = tomllib.loads(CONFIG_FILE.read_text(encoding="utf-8"))["theme"][mode]
    token = tokens(mode)
    assert theme["primaryColor"] == token["accent"]
    assert theme["backgroundColor"] == token["paper"]
    assert theme["textColor"] == token["ink"]
    assert theme["redColor"] == token["bad"]


def test_both_themes_have_the_same_colours_by_name():
    light, dark = tokens("light"), tokens("dark")
    assert light.keys() == dark.keys()
    assert all(
        light[name] != dark[name] for name in ("paper", "card", "ink", "accent", "good", "bad", "forecast")
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("ground", ["card", "paper"])
@pytest.mark.parametrize(
    "letters", ["ink", "ink-2", "ink-3", "accent", "good", "watch", "bad", "forecast", "claim"]
)
def test_letters_can_be_read_on_every_ground(mode, ground, letters):
    """WCAG 2.2, 1.4.3 (AA): 4.5 to 1 for letters of any size."""
    token = tokens(mode)
    light, dark = sorted((_luminance(token[name]) for name in (letters, ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_sheet_uses_only_tokens_that_exist_and_no_colour_of_its_own():
    sheet = SHEET_FILE.read_text(encoding="utf-8")
    used = set(re.findall(r"var\(--([\w-]+)\)", sheet))
    assert used <= tokens("light").keys()
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", sheet)
    assert style_element().startswith("<style>:root")
    assert "light-dark(#F6F5F1, #10161C)" in css_variables()


def test_python_holds_no_colour_of_its_own():
    for file in COCKPIT.rglob("*.py"):
        found = re.findall(r"[\"']#[0-9a-fA-F]{6}[\"']", file.read_text(encoding="utf-8"))
        assert not found, f"{file.name}: {found}"


def test_fonts_are_small_licensed_and_all_there():
    faces = json.loads(FONTS_FILE.read_text(encoding="utf-8"))
    files = {path.name for path in FONTS.glob("*.woff2")}
    assert {face["file"] for face in faces} == files
    assert sum((FONTS / name).stat().st_size for name in files) < 1_200_000
    assert {path.name for path in FONTS.glob("LICENSE*")} == {"LICENSE-Inter.txt", "LICENSE-NotoSansSC.txt"}


def test_fonts_hold_the_characters_of_the_messages():
    known = set().union(
        *(_characters(face["unicode_range"]) for face in json.loads(FONTS_FILE.read_text("utf-8")))
    )
    written = {
        c for room in ("cockpit", "actions") for entry in catalogue(room).values() for c in entry["zh"]
    }
    missing = {c for c in written if "\u4e00" <= c <= "\u9fff" and ord(c) not in known}
    assert not missing


def _characters(unicode_range: str) -> set[int]:
    found: set[int] = set()
    for part in unicode_range.split(","):
        first, _, last = part.strip()[2:].partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


def test_nothing_is_fetched_from_elsewhere():
    for file in [*COCKPIT.rglob("*.py"), *COCKPIT.rglob("*.css"), *COCKPIT.rglob("*.toml")]:
        text = Path(file).read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!127\.0\.0\.1|www\.w3\.org)", text), file
        # Streamlit draws these icons with a font it fetches from the network when used as a page's icon.
        assert ":material/" not in text, file
