"""Whether a picture is whole, by its structure alone: no pixel is decoded, so no decoder can be attacked here."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

_PNG_HEAD = 8
_PNG_FRAME = 12  # length, type and check sum of a chunk
_HEADER_BYTES = 13
# Start-of-frame markers; C4, C8 and CC in their midst are tables and a reserved one. Source: ITU-T T.81, table B.1.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _TABLES_ONLY = 0xDA, frozenset({0x01, *range(0xD0, 0xD8)})
_END = b"\xff\xd9"


def is_whole_png(content: bytes) -> bool:
    """Header first, data, end last; every check sum right and nothing behind the end. Source: PNG, third edition, 5."""
    chunks = list(_png_chunks(content))
    if len(chunks) < 3 or chunks[0][0] != b"IHDR" or chunks[-1] != (b"IEND", b""):
        return False
    header = chunks[0][1]
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    return len(header) == _HEADER_BYTES and width > 0 and height > 0 and any(name == b"IDAT" for name, _ in chunks)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks up to the end of the file; a broken one ends them with a chunk that is no PNG's."""
    place = _PNG_HEAD
    while place < len(content):
        length = int.from_bytes(content[place : place + 4])
        name, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        check = content[place + 8 + length : place + _PNG_FRAME + length]
        if len(check) < 4 or zlib.crc32(name + data) != int.from_bytes(check):
            yield b"", b""
            return
        yield name, data
        place += _PNG_FRAME + length


def is_whole_jpeg(content: bytes) -> bool:
    """Segments in order, a frame with a size, a scan, and the end marker as the last two bytes. Source: ITU-T T.81."""
    if not content.endswith(_END):
        return False
    has_frame, place = False, 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF or marker in _TABLES_ONLY:  # a fill byte, or a marker without a segment
            place += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(content[place + 2 : place + 4])
        if length < 2:
            return False
        if marker == _SCAN:
            return has_frame and place + 2 + length < len(content) - len(_END)
        has_frame = has_frame or (marker in _FRAMES and _has_size(content[place + 4 : place + 2 + length]))
        place += 2 + length
    return False


def _has_size(frame: bytes) -> bool:
    """Precision, lines, samples a line. Lines may be 0 and follow the first scan: a scanner does not do that."""
    return len(frame) >= 6 and int.from_bytes(frame[1:3]) > 0 and int.from_bytes(frame[3:5]) > 0
