"""Signed in and signing, as a browser and as a program do it."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from trial.models import User

PASSWORD = "a password for tests"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def post_json(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers)


def signature(user: User, *, meaning: str, content_hash: str, password: str = PASSWORD) -> dict[str, str]:
    return {"username": user.username, "password": password, "meaning": meaning, "content_hash": content_hash}


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.json()["reasons"]]
