"""Photos that belong to actions, kept by content: the same picture sent twice is one file."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import warnings
from pathlib import Path

from actions.errors import InvalidActionError
from lake.settings import LakePaths

#: A phone's photo has a few megabytes; more is no photo of a site.
MAX_BYTES = 20_000_000
MAX_PIXELS = 100_000_000
SUFFIX = {"JPEG": ".jpg", "PNG": ".png"}


def keep_photo(paths: LakePaths, content: bytes) -> str:
    """Keep a JPEG or PNG and return its SHA-256, by which actions name it.

    Raises InvalidActionError for what is no such picture (whatever its name says), broken or too large.
    """
    if len(content) > MAX_BYTES:
        raise InvalidActionError("picture_too_large", size=len(content), limit=MAX_BYTES)
    suffix = SUFFIX[_format_of(content)]
    content_hash = hashlib.sha256(content).hexdigest()
    path = _folder(paths, content_hash) / f"{content_hash}{suffix}"
    if path.exists():
        return content_hash
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".coming.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(path)
    return content_hash


def photo_path(paths: LakePaths, content_hash: str) -> Path | None:
    """Where the picture lies; None when it is not there, or the text is no hash."""
    if len(content_hash) != 64 or not set(content_hash) <= set("0123456789abcdef"):
        return None
    folder = _folder(paths, content_hash)
    found = (folder / f"{content_hash}{suffix}" for suffix in SUFFIX.values())
    return next((path for path in found if path.exists()), None)


def _folder(paths: LakePaths, content_hash: str) -> Path:
    # As the intake keeps what phones send: a photo that comes both ways is one file.
    return paths.attachments / content_hash[:2]


def _format_of(content: bytes) -> str:
    """JPEG or PNG, decoded whole: a head alone, or another file behind it, is no photo."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=tuple(SUFFIX)) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise InvalidActionError("picture_too_large", size=len(content), limit=MAX_BYTES)
                picture.load()
                return str(picture.format)
    except UnidentifiedImageError:
        # The library's own words name an object in memory.
        raise InvalidActionError("no_picture_at_all") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning) as error:
        raise InvalidActionError("not_a_picture", problem=str(error) or type(error).__name__) from None
