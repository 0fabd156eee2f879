"""Encryption of personal values before they enter the lake.

A value becomes `g1.<base64url of nonce, ciphertext and tag>` (AES-256-GCM, a fresh nonce each time); where
joins and comparisons need one, a token stands beside it: HMAC-SHA256 with a key derived by HKDF, 128 bits in
hex, equal for equal values and of no use without the key.
"""

import base64
import hmac
import itertools
import os
from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX = "g1."
NONCE_BYTES = 12
TOKEN_DIGITS = 32
_tables = itertools.count()


class Protector:
    """Encrypts, decrypts and tokenises texts with one lake's key (32 bytes)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._token_key = HKDF(SHA256(), 32, salt=None, info=b"gantry token v1").derive(key)

    def encrypt(self, values: Sequence[str]) -> list[str]:
        """Ciphertexts of the values; equal values get different ones."""
        nonces = os.urandom(NONCE_BYTES * len(values))
        sealed = []
        for start, value in zip(range(0, len(nonces), NONCE_BYTES), values, strict=True):
            nonce = nonces[start : start + NONCE_BYTES]
            text = base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, value.encode(), None))
            sealed.append(PREFIX + text.decode("ascii"))
        return sealed

    def decrypt(self, sealed: str) -> str:
        """The value behind a ciphertext; InvalidTag (cryptography) for a wrong key or a changed text."""
        content = base64.urlsafe_b64decode(sealed.removeprefix(PREFIX))
        return self._cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], None).decode()

    def tokens(self, values: Iterable[str]) -> list[str]:
        """Deterministic tokens of the values."""
        key = self._token_key
        return [hmac.digest(key, value.encode(), "sha256").hex()[:TOKEN_DIGITS] for value in values]

    @property
    def salt(self) -> str:
        """A secret to put before a text that is hashed in SQL, so that nobody can guess the text."""
        return self.tokens(["gantry row ids"])[0]


def protect(
    con: duckdb.DuckDBPyConnection, protector: Protector, relation: str, expressions: Sequence[str]
) -> str:
    """A temporary table (`value`, `cipher`, `token`) of the distinct texts of `expressions` over `relation`.

    Each distinct value is encrypted once; rows then take theirs by a join, so that Python never sees rows.
    """
    united = " union ".join(f"select {expression} as value from {relation}" for expression in expressions)
    values = con.execute(f"select distinct value from ({united}) where value is not null").to_arrow_table()[
        "value"
    ]
    texts = values.to_pylist()
    frame = pa.table(
        {
            "value": values,
            "cipher": pa.array(protector.encrypt(texts), type=pa.string()),
            "token": pa.array(protector.tokens(texts), type=pa.string()),
        }
    )
    table = f"protected{next(_tables)}"
    con.register("protected_frame", frame)
    con.execute(f"create or replace temp table {table} as select * from protected_frame")
    con.unregister("protected_frame")
    return table
