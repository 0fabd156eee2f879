"""Encryption and tokens: what equals what, and what a wrong key does."""

import duckdb
import pytest
from cryptography.exceptions import InvalidTag

from ingest.protect import Protector, protect

KEY = bytes(range(32))


def test_ciphertexts_differ_and_decrypt() -> None:
    protector = Protector(KEY)
    first, second = protector.encrypt(["13800138000", "13800138000"])
    assert first != second
    assert "13800138000" not in first
    assert protector.decrypt(first) == protector.decrypt(second) == "13800138000"


def test_tokens_are_equal_for_equal_values_under_one_key_only() -> None:
    [one], [same], [other] = (Protector(key).tokens(["张三"]) for key in (KEY, KEY, KEY[::-1]))
    assert one == same != other
    assert len(one) == 32


def test_a_wrong_key_or_a_changed_text_does_not_open() -> None:
    [sealed] = Protector(KEY).encrypt(["secret"])
    with pytest.raises(InvalidTag):
        Protector(KEY[::-1]).decrypt(sealed)
    with pytest.raises(InvalidTag):
        Protector(KEY).decrypt(sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB"))


def test_protect_works_on_distinct_values_without_nulls() -> None:
    con = duckdb.connect()
    con.execute("create table t as select * from (values ('a', 'b'), ('a', NULL), ('c', 'a')) v(x, y)")
    protector = Protector(KEY)
    rows = con.execute(
        f"select value, cipher, token from {protect(con, protector, 't', ['x', 'y'])}"
    ).fetchall()
    assert sorted(value for value, *_ in rows) == ["a", "b", "c"]
    assert all(protector.decrypt(cipher) == value for value, cipher, _ in rows)
    assert [token for *_, token in rows] == protector.tokens([value for value, *_ in rows])


def test_protect_of_nothing_is_empty() -> None:
    con = duckdb.connect()
    con.execute("create table t (x varchar)")
    assert con.execute(f"select count(*) from {protect(con, Protector(KEY), 't', ['x'])}").fetchone() == (0,)
