"""The HTML document that every page starts as: Streamlit's own, with our head.

Streamlit's document knows neither where the server's root lies nor what a phone may keep of the cockpit. It
looks for the root by asking below the page's own address first, which answers «not found» twice at each visit
of a page by its address. Here the head says it, as Streamlit's script lets it be said.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from cockpit.shell.navigation import PAGES, START

_STREAMLITS = Path(streamlit.__file__).parent / "static" / "index.html"
# Pages lie directly under the root, wherever that is: their folder is the root, behind a proxy too.
_HEAD = """
    <script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", window.location.href).href };</script>
    <link rel="manifest" href="./app/static/manifest.json" />
    <link rel="apple-touch-icon" href="./app/static/gantry-180.png" />
    <link rel="icon" href="./app/static/gantry.svg" />"""
#: What is left out: Streamlit's icon, its title and the early load of a font that no page of ours uses.
_LEFT_OUT = (
    r'<link rel="shortcut icon"[^>]*>',
    r'<link\s+rel="preload"[^>]*as="font"[^>]*>',
    r"<title>[^<]*</title>",
)


@cache
def document() -> str:
    """The document; raises ValueError when Streamlit's is no longer of the form that is known."""
    text = _STREAMLITS.read_text(encoding="utf-8")
    for pattern in _LEFT_OUT:
        text = re.sub(pattern, "", text)
    before, mark, after = text.partition("<head>")
    if not mark:
        raise ValueError(f"{_STREAMLITS} has no <head>: this version of Streamlit is not known here")
    return f"{before}{mark}{_HEAD}\n    <title>Gantry</title>{after}"


def routes() -> list[Route]:
    """The addresses of the pages, and the start page by its name too, which Streamlit calls unknown."""
    pages = [Route(path, _page) for path in ("/", *(f"/{each.key}" for each in PAGES if each.key != START))]
    return [*pages, Route(f"/{START}", _start)]


async def _page(request: Request) -> Response:
    return HTMLResponse(document(), headers={"Cache-Control": "no-cache"})


async def _start(request: Request) -> Response:
    """The root with the same words behind it; relative, so that it holds behind a proxy too."""
    words = request.url.query
    return RedirectResponse(f"./?{words}" if words else "./")
