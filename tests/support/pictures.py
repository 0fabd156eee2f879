"""Pictures of pages beside kept ones: how much of the picture is another, whatever smooths the letters."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageChops

#: A difference of a channel (0 to 255) below this is the smoothing of letters and lines.
NOISE = 40
#: Both pictures are looked at from afar: a letter that moved by a part of a pixel is the same letter.
SHRINK = 3
COLOURS = 64


def small(png: bytes) -> bytes:
    """The picture with few colours, which drawings of lines and text do not miss."""
    buffer = BytesIO()
    picture = Image.open(BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def share_of_difference(one: bytes, other: bytes) -> float:
    """The share of the picture that differs, 0 to 1; pictures of different sizes differ altogether."""
    first, second = (Image.open(BytesIO(each)).convert("RGB") for each in (one, other))
    if first.size != second.size:
        return 1.0
    seen = ImageChops.difference(first.reduce(SHRINK), second.reduce(SHRINK))
    strongest = ImageChops.lighter(ImageChops.lighter(*seen.split()[:2]), seen.split()[2])
    counts = strongest.histogram()
    return sum(counts[NOISE:]) / sum(counts)
