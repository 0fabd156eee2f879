"""Text files before any parsing: size, encoding, and a UTF-8 copy where DuckDB cannot read them itself."""

import codecs
import mmap
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ingest.company import Source, SourceFile
from ingest.problems import SourceError

#: Encodings to suggest when the declared one does not fit, likeliest first. latin-1 fits anything, so it is
# last.
CANDIDATES = ("utf-8", "gb18030", "utf-16", "big5", "shift_jis", "cp1252", "latin-1")
CHUNK = 1 << 20
GUESS_BYTES = 1 << 22
LINE_FEED, SEARCHED = 10, 1 << 26


def require_content(file: SourceFile) -> None:
    """Raise SourceError for a file of 0 bytes."""
    if file.path.stat().st_size == 0:
        raise SourceError("file_empty", file=file.label)


def is_utf8(encoding: str) -> bool:
    """Whether DuckDB reads the encoding as it is."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")


@contextmanager
def utf8_file(source: Source, file: SourceFile, *, blank_lines: bool = True) -> Iterator[Path]:
    """A UTF-8 file with the same text: the file itself, or a temporary copy that is deleted afterwards.

    The copy begins at the header line. `blank_lines=False` also takes out empty lines between records (never
    those inside quoted values), because readers skip them and then number what follows differently.
    """
    as_it_is = is_utf8(source.encoding) and source.header_row == 1
    if as_it_is and (blank_lines or not has_blank_lines(file.path)):
        yield file.path
        return
    with tempfile.TemporaryDirectory(prefix="gantry-") as folder:
        copy = Path(folder) / "utf8"
        transcode(source, file, copy)
        if not blank_lines and has_blank_lines(copy):
            copy.write_bytes(without_blank_lines(copy.read_bytes(), source.quote))
        yield copy


def transcode(source: Source, file: SourceFile, target: Path) -> None:
    """Write `file` to `target` as UTF-8 in chunks; SourceError names the line that does not decode."""
    try:
        with (
            file.path.open("r", encoding=source.encoding, newline="") as reader,
            target.open("w", encoding="utf-8", newline="") as writer,
        ):
            for _ in range(source.header_row - 1):
                reader.readline()
            while chunk := reader.read(CHUNK):
                writer.write(chunk)
    except UnicodeError as error:
        raise encoding_error(source, file) from error


def encoding_error(source: Source, file: SourceFile) -> SourceError:
    """The message for a file that is not in its declared encoding, with the line and a likelier encoding."""
    guess = guess_encoding(file.path)
    line = _bad_line(file.path, source.encoding)
    values = {"file": file.label, "line": line, "encoding": source.encoding}
    if guess is None:
        return SourceError("file_encoding", **values)
    return SourceError("file_encoding_guess", guess=guess, **values)


def guess_encoding(path: Path) -> str | None:
    """The first candidate in which the start of the file decodes."""
    with path.open("rb") as stream:
        sample = stream.read(GUESS_BYTES)
    for encoding in CANDIDATES:
        if encoding == "utf-16" and not sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            continue
        try:
            codecs.getincrementaldecoder(encoding)().decode(sample, final=False)
        except UnicodeError:
            continue
        return encoding
    return None


def _bad_line(path: Path, encoding: str) -> int:
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as stream:
        for raw in stream:
            try:
                decoder.decode(raw)
            except UnicodeError:
                return line
            line += 1
    return line


def has_blank_lines(path: Path) -> bool:
    """Whether the file has an empty line anywhere, also inside a quoted value."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content[:1] in (b"\n", b"\r") or content.find(b"\n\n") >= 0:
            return True
        return b"\r" in content[:CHUNK] and content.find(b"\n\r\n") >= 0


def without_blank_lines(content: bytes, quote: str) -> bytes:
    """CSV text without empty lines between records; quoted values are stepped over whole."""
    blank = rb"(?P<end>\r?\n)(?:[\r\n]+)"
    content = content.lstrip(b"\r\n")
    if not quote:
        return re.sub(blank, rb"\g<end>", content)
    mark = re.escape(quote.encode())
    value = rb"(?:(?<=[\n,;\t|])|^)" + mark + rb"(?:[^" + mark + rb"]|" + mark + mark + rb")*" + mark
    return re.sub(
        rb"(?P<value>" + value + rb")|" + blank,
        lambda match: match["value"] if match["value"] is not None else match["end"],
        content,
    )


def line_ends(path: Path) -> np.ndarray:
    """Places of the line feeds; of the end of the file too, when its last line has none."""
    content = np.memmap(path, dtype=np.uint8, mode="r")
    ends = [
        np.flatnonzero(content[start : start + SEARCHED] == LINE_FEED) + start
        for start in range(0, len(content), SEARCHED)
    ]
    breaks = np.concatenate(ends)
    is_closed = len(breaks) > 0 and breaks[-1] == len(content) - 1
    return breaks if is_closed else np.append(breaks, len(content))


def pick_lines(path: Path, numbers: np.ndarray, ends: np.ndarray) -> bytes:
    """The header line and the lines of the rows `numbers`, as in a file with a line a row."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        lines = [content[: ends[0]]]
        starts, stops = ends[numbers - 1] + 1, ends[numbers]
        lines += [content[start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]
    return b"\n".join(lines) + b"\n"
