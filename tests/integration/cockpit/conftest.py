"""Published lakes for the cockpit's pages, and the entry point under AppTest."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.support.published import publish_company

APP = Path(__file__).resolve().parents[3] / "cockpit" / "app.py"
OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    """Opens a page by key and language through the entry point, on a lake of the test's own."""

    def opened(
        page: str, language: str = "en", *, who: str = "Li Na", query: dict | None = None, **lake
    ) -> AppTest:
        if lake.pop("is_published", True):
            publish_company(tmp_path / "lake", **lake)
        monkeypatch.setenv("GANTRY_LAKE", str(tmp_path / "lake"))
        monkeypatch.setenv("GANTRY_LANGUAGE", language)
        monkeypatch.setenv("GANTRY_USER", who)
        app = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in (query or {}).items():
            app.query_params[name] = value
        app.run()
        if page != "overview":
            app.switch_page(f"page/{page}.py").run()
        return app

    yield opened
    # Both caches are keyed by the lake's path, which the next test may use again.
    st.cache_data.clear()
    st.cache_resource.clear()
