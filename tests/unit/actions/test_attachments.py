"""Photos are kept by content, and nothing else is taken for one."""

import io

import pytest
from PIL import Image

from actions.attachments import MAX_BYTES, keep_photo, photo_path
from actions.errors import InvalidActionError
from lake.settings import LakePaths


def picture(kind: str = "JPEG", colour: str = "red") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, kind)
    return content.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_is_kept_once(tmp_path, kind):
    paths = LakePaths(tmp_path)
    kept = keep_photo(paths, picture(kind))
    assert keep_photo(paths, picture(kind)) == kept
    assert photo_path(paths, kept).read_bytes() == picture(kind)
    assert len([path for path in paths.attachments.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"not a photo", picture()[:200], picture("GIF"), b"%PDF-1.7", b"<svg xmlns='x'/>", picture()[2:]],
    ids=["empty", "text", "cut", "gif", "pdf", "svg", "headless"],
)
def test_a_photo_that_is_none_is_refused(tmp_path, content):
    with pytest.raises(InvalidActionError) as refusal:
        keep_photo(LakePaths(tmp_path), content)
    assert refusal.value.key in ("not_a_picture", "no_picture_at_all")
    assert " object at " not in refusal.value.tell("en")
    assert not (tmp_path / "attachments").exists()


def test_a_heavy_file_is_refused(tmp_path):
    with pytest.raises(InvalidActionError, match="bytes"):
        keep_photo(LakePaths(tmp_path), b"\xff" * (MAX_BYTES + 1))


@pytest.mark.parametrize("asked", ["../../etc/passwd", "", "F" * 64, "0" * 64])
def test_a_hash_that_is_none_finds_nothing(tmp_path, asked):
    assert photo_path(LakePaths(tmp_path), asked) is None
