"""The «next day» button: there only where a made-up company runs, and what it does and shows."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cockpit.services import next_day
from lake.settings import Settings
from tests.support.published import publish_company

URL = "http://127.0.0.1:8504"


def keys(app) -> set[str]:
    return {button.key for button in app.button}


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def test_no_button_without_a_running_company(open_page, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "next_day" not in keys(open_page("overview", "en"))
    monkeypatch.setenv("GANTRY_SANDBOX_URL", "http://erp.example:8504")
    assert "next_day" not in keys(open_page("overview", "en", is_published=False))


@pytest.mark.parametrize(("language", "label"), [("zh", "下一天"), ("en", "Next day")])
def test_the_button_is_there_in_both_languages(
    open_page, monkeypatch: pytest.MonkeyPatch, language: str, label: str
) -> None:
    monkeypatch.setenv("GANTRY_SANDBOX_URL", URL)
    app = open_page("overview", language)
    assert app.button(key="next_day").label == label


def test_pressed_it_runs_and_then_the_page_shows_the_new_publication(
    open_page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    waiting = f"import sys; open({str(go)!r}).read()"
    monkeypatch.setattr(next_day, "command", lambda settings: [sys.executable, "-c", waiting])
    monkeypatch.setenv("GANTRY_SANDBOX_URL", URL)
    app = open_page("overview", "en")
    before = bodies(app)
    app.button(key="next_day").click().run()
    assert not app.exception
    assert app.button(key="next_day_runs").disabled
    publish_company(tmp_path / "lake", name="night-2025-10-01")
    go.write_text("now")
    from cockpit.shell.next_day import _work

    work = _work(str(Settings().paths.root), Settings())
    work._process.wait(20)
    app.run()
    assert {"next_day", "next_day_runs"} & keys(app) == {"next_day"}
    assert "night-2025-10-01" in bodies(app)
    assert "night-2025-10-01" not in before


def test_a_day_that_failed_is_told_with_its_words_and_log(
    open_page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = "import sys; print('no company <here>'); sys.exit(2)"
    monkeypatch.setattr(next_day, "command", lambda settings: [sys.executable, "-c", failing])
    monkeypatch.setenv("GANTRY_SANDBOX_URL", URL)
    app = open_page("overview", "en")
    app.button(key="next_day").click().run()
    from cockpit.shell.next_day import _work

    _work(str(Settings().paths.root), Settings())._process.wait(20)
    app.run()
    assert "no company &lt;here&gt;" in bodies(app)
    assert str(tmp_path / "lake" / "logs" / "next-day.log") in bodies(app)
