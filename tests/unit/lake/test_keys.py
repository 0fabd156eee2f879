"""The key: made once outside the lake, found again, and never mistaken for another lake's."""

import base64
import secrets

import pytest

from lake.keys import KEY_BYTES, KeyProblemError, load_key
from lake.settings import Settings


def lake_without_key(tmp_lake: Settings) -> Settings:
    return Settings(lake=tmp_lake.lake)


def test_first_run_makes_a_key_outside_the_lake_and_later_runs_find_it(tmp_lake: Settings) -> None:
    settings = lake_without_key(tmp_lake)
    key = load_key(settings)
    assert len(key) == KEY_BYTES
    assert load_key(settings) == key
    encoded = base64.b64encode(key)
    assert all(encoded not in path.read_bytes() for path in settings.paths.root.rglob("*") if path.is_file())


def test_a_lost_key_file_is_told_rather_than_replaced(tmp_lake: Settings) -> None:
    settings = lake_without_key(tmp_lake).model_copy(update={"key_file": tmp_lake.lake.parent / "its.key"})
    load_key(settings)
    settings.key_file.unlink()
    with pytest.raises(KeyProblemError, match=r"its\.key"):
        load_key(settings)


def test_another_key_is_refused_before_anything_is_written_with_it(tmp_lake: Settings) -> None:
    load_key(tmp_lake)
    other = Settings(lake=tmp_lake.lake, key=base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
    with pytest.raises(KeyProblemError, match="not the key"):
        load_key(other)


@pytest.mark.parametrize("broken", ["not base64!", base64.b64encode(b"short").decode()])
def test_a_malformed_key_says_how_to_make_one(tmp_lake: Settings, broken: str) -> None:
    with pytest.raises(KeyProblemError, match="token_bytes"):
        load_key(Settings(lake=tmp_lake.lake, key=broken))


def test_the_key_file_is_only_for_its_owner(tmp_lake: Settings) -> None:
    settings = Settings(lake=tmp_lake.lake, key_file=tmp_lake.lake.parent / "keys" / "its.key")
    load_key(settings)
    assert settings.key_file.stat().st_mode & 0o077 == 0
