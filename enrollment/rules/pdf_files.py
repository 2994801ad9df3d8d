"""Whether a PDF is whole and only shows pages: nothing in it runs, sends or carries another file."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from trial.rules.decision import Reason

_SOURCE = "House rule: a signed page is a scan, and nothing that runs; ISO 32000-2, 7.5, 12.6"
_TAIL = 2048  # where readers look for the end of the file
_LONGEST_DICTIONARY = 8192
_MOST_INFLATED = 64 * 1024 * 1024
_HEADER = re.compile(rb"%PDF-[12]\.[0-9]")
_END = re.compile(rb"startxref\s+([0-9]{1,10})\s+%%EOF\s*$")
_CONTENTS = re.compile(rb"\s*(xref\b|[0-9]+\s+[0-9]+\s+obj\b)")
_BODY = re.compile(rb"(?<!end)stream\r?\n")
_OBJECT = re.compile(rb"[0-9]+\s+[0-9]+\s+obj\b")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
# Readers know a stream of objects by its first offset, not all of them by its type.
_OF_OBJECTS = re.compile(rb"/(?:ObjStm|First)(?![A-Za-z0-9])")
_PLAIN_FILTER = re.compile(rb"/Filter\s*(?:/FlateDecode(?![A-Za-z0-9])|\[\s*/FlateDecode\s*\])")
_ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
# Kinds of actions and of things within a document that are more than a page. An action is none without its kind.
_ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|Filespec|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE|Rendition|Movie"
    rb"|Sound)(?![A-Za-z0-9])"
)


def against_pdf(content: bytes) -> Reason | None:
    """Why this PDF cannot be filed; None where nothing stands against it.

    Names written with escapes (``/J#61vaScript``) and objects within compressed object streams are read as well. What
    cannot be looked into, for being encrypted or packed in a way of its own, is refused: it might hide anything.
    """
    if not _is_whole(content):
        return Reason("DOC-BROKEN", "The PDF is damaged or not complete. Scan it again.", _SOURCE)
    plain = _unescaped(content)
    if _ENCRYPTED.search(plain):
        return Reason("DOC-ENCRYPTED", "The PDF is protected by a password. Save it without one.", _SOURCE)
    for part in (plain, *_packed_objects(content)):
        if part is None:
            return Reason("DOC-UNREADABLE", "The PDF is packed in a way that cannot be checked. Scan it anew.", _SOURCE)
        found = _ACTIVE.search(part)
        if found:
            message = (
                f"The PDF contains more than pages (/{found[1].decode()}): a scan has no scripts and no files in it."
            )
            return Reason("DOC-ACTIVE", message, _SOURCE)
    return None


def _is_whole(content: bytes) -> bool:
    """Header, end mark at its end, and a table of contents that lies where the end says."""
    end = _END.search(content[-_TAIL:])
    if _HEADER.match(content) is None or end is None:
        return False
    place = int(end[1])
    return 0 < place < len(content) and _CONTENTS.match(content, place, place + 64) is not None


def _packed_objects(content: bytes) -> Iterator[bytes | None]:
    """The object streams, unpacked; None for one that is not plainly deflated, or unpacks to more than a scan does."""
    left = _MOST_INFLATED
    for body in _BODY.finditer(content):
        dictionary = _dictionary_before(content, body.start())
        if not _OF_OBJECTS.search(dictionary):
            continue
        unpacked = None
        if _is_plain(dictionary):
            unpacked = _inflated(content, body.end(), most=left)
        yield None if unpacked is None else _unescaped(unpacked)
        left -= len(unpacked or b"")


def _is_plain(dictionary: bytes) -> bool:
    """Deflated once and nothing else; a key that stands there twice is read differently by different readers."""
    is_once = dictionary.count(b"/Filter") == 1 and b"/DecodeParms" not in dictionary
    return is_once and _PLAIN_FILTER.search(dictionary) is not None


def _dictionary_before(content: bytes, place: int) -> bytes:
    window = content[max(place - _LONGEST_DICTIONARY, 0) : place]
    start = max((found.end() for found in _OBJECT.finditer(window)), default=0)
    return _unescaped(window[start:])


def _inflated(content: bytes, start: int, *, most: int) -> bytes | None:
    end = content.find(b"endstream", start)
    unpacking = zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(memoryview(content)[start : end if end >= 0 else None], max(most, 1))
    except zlib.error:
        return None
    return unpacked if unpacking.eof else None


def _unescaped(part: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), part)
