"""Files as people might upload them: whole, broken, and made to harm."""

from __future__ import annotations

import struct
import zlib


def pdf(*objects: bytes, trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF of these objects, numbered from 1, with a table of contents that is right."""
    body = b"%PDF-1.7\n"
    places = []
    for number, each in enumerate(objects or (PAGES,), 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, trailer, table)


PAGES = b"<< /Type /Catalog /Pages 2 0 R >>"


def stream(dictionary: bytes, content: bytes, *, packed: bool = True) -> bytes:
    body = zlib.compress(content) if packed else content
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (dictionary, len(body), body)


def objects_within(content: bytes, *, dictionary: bytes = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode") -> bytes:
    return stream(dictionary, content)


def png(*, width: int = 2, height: int = 2, spoil: bool = False, behind: bytes = b"") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\x00" * (1 + width) * height))
    if spoil:
        data = data[:-1] + bytes([data[-1] ^ 1])
    return b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b"") + behind


def jpeg(*, width: int = 8, height: int = 8, end: bytes = b"\xff\xd9") -> bytes:
    def segment(marker: int, data: bytes) -> bytes:
        return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data

    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\x00")
        + frame
        + segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + b"\x12\x34"
        + end
    )
