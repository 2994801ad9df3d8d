"""A person's way through every page, list, export and document that they can reach without changing anything."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pypdf import PdfReader

_HREF = re.compile(r"""\s(?:href|hx-get|src)="([^"#]+)""")
_NUMBER = re.compile(r"\d+")
_DEPTH = 3
_AWAY = ("/static/", "/sign-out/", "/i18n/")


@dataclass(frozen=True, slots=True)
class Seen:
    address: str
    status: int
    text: str


def walk(client: Client, *, codes: tuple[str, ...]) -> Iterator[Seen]:
    """Every address without a parameter, those of the subjects ``codes``, and what these lead to.

    Of addresses that differ in numbers only one is opened, but for the codes.
    """
    start = [address for address in _addresses(codes) if not address.startswith(_AWAY)]
    queue = deque((address, 1) for address in start)
    known = {_shape(address, codes) for address in start}
    while queue:
        address, depth = queue.popleft()
        seen = look(client, address)
        yield seen
        for link in _links(seen.text, page=address) if depth < _DEPTH else ():
            shape = _shape(link, codes)
            if shape not in known and not link.startswith(_AWAY):
                known.add(shape)
                queue.append((link, depth + 1))


def look(client: Client, address: str) -> Seen:
    """An answer as text: of a PDF what is written on its pages, of a stream all of it; with the headers."""
    answer = client.get(address)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return Seen(address, answer.status_code, f"{headers}\n{text_of(body)}")


def text_of(body: bytes) -> str:
    if body.startswith(b"%PDF"):
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    return body.decode("utf-8", "replace")


def _addresses(codes: tuple[str, ...]) -> list[str]:
    found = []
    for address in _patterns(get_resolver(), "/"):
        named = re.sub(
            r"\^|\$|\(\?P<code>\[\^/\]\*\\d\)", lambda part: "<str:code>" if "code" in part[0] else "", address
        )
        if "<str:code>" in named:
            found += [named.replace("<str:code>", code) for code in codes]
        else:
            found.append(named)
    return [address for address in found if "<" not in address]


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield address
        else:
            yield from _patterns(entry, address)


def _links(text: str, *, page: str) -> list[str]:
    found = [urljoin(page, link.replace("&amp;", "&")) for link in _HREF.findall(text)]
    return [link for link in found if not urlsplit(link).scheme]


def _shape(address: str, codes: tuple[str, ...]) -> str:
    parts = urlsplit(address)
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&"))
    if any(code in parts.path for code in codes):
        return f"{parts.path}?{names}"
    return f"{_NUMBER.sub('0', parts.path)}?{names}"
