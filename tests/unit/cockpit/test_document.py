"""The HTML document of every page: it knows its root, and the start page answers to its name."""

from collections.abc import Iterator

import pytest
import requests
from starlette.applications import Starlette

from cockpit import document
from cockpit.shell.navigation import PAGES, START
from tests.support.web import serving


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    with serving(Starlette(routes=document.routes())) as server:
        yield server.url


def answer(root: str, path: str) -> requests.Response:
    return requests.get(root + path, allow_redirects=False, timeout=20)


@pytest.mark.parametrize("path", ["/", *(f"/{each.key}?a=b" for each in PAGES if each.key != START)])
def test_every_page_says_where_the_root_is_before_any_script_asks(root, path):
    text = answer(root, path).text
    assert 0 < text.index("BACKEND_BASE_URL") < text.index('<script type="module"')
    assert text.count("<title>") == text.count("<head>") == 1
    assert 'rel="manifest"' in text


def test_the_start_page_by_its_name_keeps_the_words_of_its_address(root):
    assert answer(root, f"/{START}?as_of=night-2025-09-30").headers["location"] == "./?as_of=night-2025-09-30"
    assert answer(root, f"/{START}").headers["location"] == "./"


def test_a_document_of_another_form_is_refused_by_name(tmp_path, monkeypatch):
    other = tmp_path / "index.html"
    other.write_text("<html><HEAD></HEAD></html>")
    monkeypatch.setattr(document, "_STREAMLITS", other)
    with pytest.raises(ValueError, match="no <head>"):
        document.document.__wrapped__()
