"""The key that protects personal columns: from the environment or a file outside the lake."""

import base64
import binascii
import hashlib
import json
import os
import secrets
import uuid
from pathlib import Path

import platformdirs

from lake.settings import Settings
from lake.text import text

KEY_BYTES = 32
NEW_KEY_COMMAND = (
    "python3 -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'"
)


class KeyProblemError(RuntimeError):
    """The key is missing, malformed or another lake's; the message says what to do."""


def load_key(settings: Settings) -> bytes:
    """The lake's 32-byte key.

    From `GANTRY_KEY` (base64), else the key file; made at the lake's first run. The lake keeps only a
    fingerprint of the key, so that a wrong one is refused before anything is written with it.
    """
    identity = _identity(settings)
    path = settings.key_file or key_path(identity["lake_id"])
    if settings.key is not None:
        origin, key = "GANTRY_KEY", _decode(settings.key.get_secret_value(), "GANTRY_KEY", settings)
    elif path.exists():
        origin, key = str(path), _decode(path.read_text(encoding="ascii"), str(path), settings)
    elif "key_fingerprint" in identity:
        raise KeyProblemError(
            text("lake.key_missing", settings.language, lake=settings.paths.root, path=path)
        )
    else:
        origin, key = str(path), _create(path)
    _hold_fingerprint(settings, identity, key, origin)
    return key


def key_path(lake_id: str) -> Path:
    """Where the key file of the lake `lake_id` lies unless settings say otherwise."""
    return Path(platformdirs.user_config_dir("gantry")) / "keys" / f"{lake_id}.key"


def _create(path: Path) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(base64.b64encode(key).decode("ascii"))
    return key


def _decode(encoded: str, origin: str, settings: Settings) -> bytes:
    problem = KeyProblemError(
        text("lake.key_invalid", settings.language, origin=origin, command=NEW_KEY_COMMAND)
    )
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise problem from error
    if len(key) != KEY_BYTES:
        raise problem
    return key


def _identity(settings: Settings) -> dict[str, str]:
    path = settings.paths.identity
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    return {"lake_id": str(uuid.uuid4())}


def _hold_fingerprint(settings: Settings, identity: dict[str, str], key: bytes, origin: str) -> None:
    fingerprint = hashlib.sha256(b"gantry key fingerprint" + key).hexdigest()[:16]
    known = identity.get("key_fingerprint")
    if known == fingerprint:
        return
    if known is not None:
        raise KeyProblemError(
            text("lake.key_wrong", settings.language, origin=origin, lake=settings.paths.root)
        )
    path = settings.paths.identity
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({**identity, "key_fingerprint": fingerprint}), encoding="utf-8")
    draft.replace(path)
