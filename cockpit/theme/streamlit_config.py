"""Streamlit's configuration, written from the tokens: `python -m cockpit.theme.streamlit_config`.

Streamlit reads its theme from a TOML file only, so the file repeats the tokens; a test holds that it equals
what is written here.
"""

import json
from pathlib import Path

from cockpit.theme.tokens import Mode, tokens

CONFIG_FILE = Path(__file__).parent.parent / ".streamlit" / "config.toml"
FONTS_FILE = Path(__file__).with_name("fonts.json")

_HEAD = """\
# Written by `python -m cockpit.theme.streamlit_config` from theme/tokens.css and theme/fonts.json.

[browser]
gatherUsageStats = false

[client]
toolbarMode = "minimal"
showErrorDetails = "none"
showSidebarNavigation = false

[runner]
magicEnabled = false

[server]
enableStaticServing = true
fileWatcherType = "none"
headless = true

[theme]
font = {font}
headingFont = {font}
baseFontSize = 14
baseRadius = "8px"
buttonRadius = "8px"
headingFontSizes = ["23px", "15px", "14.5px", "14px", "13px", "12px"]
headingFontWeights = [650, 650, 650, 600, 600, 600]
showWidgetBorder = true
showSidebarBorder = true
linkUnderline = false
"""


def rendered() -> str:
    """The whole configuration file."""
    parts = [_HEAD.format(font=_quoted(tokens("light")["f"].replace('"', "")))]
    parts += [_font_face(face) for face in json.loads(FONTS_FILE.read_text(encoding="utf-8"))]
    parts += [_theme("light"), _theme("dark")]
    return "\n".join(parts)


def _theme(mode: Mode) -> str:
    token = tokens(mode)
    values = {
        "primaryColor": token["accent"],
        "backgroundColor": token["paper"],
        "secondaryBackgroundColor": token["card"],
        "textColor": token["ink"],
        "linkColor": token["accent"],
        "borderColor": token["line"],
        "dataframeBorderColor": token["line"],
        "dataframeHeaderBackgroundColor": token["card"],
        "dataframeHeaderTextColor": token["ink-2"],
        "redColor": token["bad"],
        "orangeColor": token["watch"],
        "yellowColor": token["watch"],
        "greenColor": token["good"],
        "blueColor": token["accent"],
        "violetColor": token["forecast"],
        "grayColor": token["ink-3"],
        "redBackgroundColor": token["bad-soft"],
        "orangeBackgroundColor": token["watch-soft"],
        "yellowBackgroundColor": token["watch-soft"],
        "greenBackgroundColor": token["good-soft"],
        "blueBackgroundColor": token["accent-soft"],
    }
    lines = [f"[theme.{mode}]"] + [f"{name} = {_quoted(value)}" for name, value in values.items()]
    lines += ["", f"[theme.{mode}.sidebar]", f"backgroundColor = {_quoted(token['paper'])}"]
    lines += [
        f"secondaryBackgroundColor = {_quoted(token['card'])}",
        f"borderColor = {_quoted(token['line'])}",
        "",
    ]
    return "\n".join(lines)


def _font_face(face: dict[str, str]) -> str:
    return "\n".join(
        [
            "[[theme.fontFaces]]",
            f"family = {_quoted(face['family'])}",
            f"url = {_quoted('app/static/fonts/' + face['file'])}",
            'weight = "100 900"',
            'style = "normal"',
            f"unicodeRange = {_quoted(face['unicode_range'])}",
            "",
        ]
    )


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    CONFIG_FILE.parent.mkdir(exist_ok=True)
    CONFIG_FILE.write_text(rendered(), encoding="utf-8")
