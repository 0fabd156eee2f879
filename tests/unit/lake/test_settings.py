"""Settings: what beats what, and what a child process is told."""

from pathlib import Path

import pytest

from lake.settings import Settings, child_environment, load_settings


def test_arguments_beat_environment_and_environment_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gantry.toml").write_text(
        'lake = "from-file"\ncompany = "from-file"\nthreads = 7\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANTRY_LAKE", "from-environment")
    monkeypatch.setenv("GANTRY_COMPANY", "from-environment")
    settings = load_settings(lake=Path("from-argument"), data=None)
    assert (settings.lake, settings.company, settings.threads) == (
        Path("from-argument"),
        Path("from-environment"),
        7,
    )


def test_a_misspelt_setting_in_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gantry.toml").write_text('lkae = "x"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="lkae"):
        load_settings()


def test_a_child_sees_the_same_lake_and_no_telemetry(tmp_path: Path) -> None:
    environment = child_environment(Settings(lake=tmp_path / "x", language="zh"))
    assert environment["GANTRY_LAKE"] == str(tmp_path / "x")
    assert environment["GANTRY_LANGUAGE"] == "zh"
    assert environment["DAGSTER_DISABLE_TELEMETRY"] == "yes"


def test_secrets_do_not_appear_when_settings_are_printed() -> None:
    settings = Settings(key="c2VjcmV0", actions_url="postgresql://me:hidden@host/db")
    assert "c2VjcmV0" not in repr(settings)
    assert "hidden" not in repr(settings)
