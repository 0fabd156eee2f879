"""Pictures of pages beside kept ones: how much of the picture is another, however letters are smoothed."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageChops

#: Pictures are compared by the mean colour of squares of so many pixels a side. Letters that another machine
#: smooths otherwise, or sets a pixel aside, leave the mean as it is; a card that is gone does not.
SQUARE = 36
#: By how much a channel (0 to 255) of a square's mean must differ: a card's white and the paper are 9 apart.
NOISE = 8
COLOURS = 64


def small(png: bytes) -> bytes:
    """The picture with few colours, which drawings of lines and text do not miss."""
    buffer = BytesIO()
    picture = Image.open(BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def share_of_difference(one: bytes, other: bytes) -> float:
    """The share of squares that differ, 0 to 1; pictures of different sizes differ altogether."""
    first, second = (Image.open(BytesIO(each)).convert("RGB") for each in (one, other))
    if first.size != second.size:
        return 1.0
    seen = ImageChops.difference(first.reduce(SQUARE), second.reduce(SQUARE))
    strongest = ImageChops.lighter(ImageChops.lighter(*seen.split()[:2]), seen.split()[2])
    counts = strongest.histogram()
    return sum(counts[NOISE:]) / sum(counts)
