"""R30: identifiers planted in the vault are found on the identity page and its API, and nowhere else.

The demonstration is told; every subject gets an identity whose values occur nowhere else; these are recorded, opened,
corrected and refused in every way. Then everything that the product shows, sends, stores or writes is searched.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from config import tasks
from enrollment.models import IdentityOpening, Screening, Subject, SubjectIdentity
from enrollment.rules.identity import PURPOSES
from enrollment.rules.identity_document import Identity
from reports.services import making, requests
from safety.models import GateReview
from tests import servers
from tests.builders.identities import typed
from tests.builders.planted import Needles, days_of_birth, planted
from tests.builders.walk import Seen, text_of, walk
from tests.databases import Clone
from trial import clock
from trial.demonstration import ACCOUNTS
from trial.models import User
from trial.rules.roles import Role

BACKEND = "django.contrib.auth.backends.ModelBackend"
# Of two accounts with the same role one walks.
WALKERS = [account.username for account in ACCOUNTS if not account.username.endswith("2")]
INSIDE = {account.username for account in ACCOUNTS if account.role in PURPOSES}
OUTSIDE = [username for username in WALKERS if username not in INSIDE]
BREAK = """
CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'out of order'; END $$;
CREATE TRIGGER zz_breaks AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION breaks();
"""
MEND = "DROP TRIGGER zz_breaks ON {table}; DROP FUNCTION breaks();"


@dataclass
class Planted:
    """What was planted, and everything that was said and sent meanwhile."""

    clone: Clone
    people: dict[str, Identity] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    broker: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    elsewhere: list[Seen] = field(default_factory=list)
    walked: dict[str, list[Seen]] = field(default_factory=dict)

    @cached_property
    def needles(self) -> Needles:
        """Asked for when all are planted."""
        return Needles.of(self.people.values())

    @property
    def codes(self) -> tuple[str, ...]:
        """One who was dosed, and one in screening: between them every page of a subject has something to show."""
        states = dict(Subject.objects.order_by("-code").values_list("state", "code"))
        return (states["FOLLOW_UP"], states["SCREENING"])

    def walk_of(self, username: str) -> list[Seen]:
        """Everything that this person can reach; walked once."""
        if username not in self.walked:
            self.walked[username] = list(walk(client_of(username), codes=self.codes))
        return self.walked[username]


class Listener(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(level=logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(self.format(record))


@pytest.fixture(scope="module")
def scene(databases: Any, broker: Any, django_db_blocker: Any, told_once: Clone) -> Iterator[Planted]:
    broker.empty()
    clone = databases.clone(like=told_once)
    scene = Planted(clone)
    listener, root = Listener(scene.said), logging.getLogger()
    level = root.level
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        connections.close_all()
        patch.setitem(connections.settings["default"], "NAME", clone.name)
        root.addHandler(listener)
        root.setLevel(logging.DEBUG)
        try:
            with connection.execute_wrapper(_overhearing(scene.statements)):
                plant(scene)
                refuse(scene)
                fail(scene)
                go_on(scene)
            scene.broker = list(_kept_by_the_broker())
            yield scene
        finally:
            root.removeHandler(listener)
            root.setLevel(level)
            connections.close_all()
    databases.drop(clone)


def _overhearing(statements: list[str]) -> Any:
    def overhear(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        statements.append(f"{sql} {params}")
        return execute(sql, params, many, context)

    return overhear


def client_of(username: str, kind: type[Client] = Client, **options: Any) -> Any:
    client = kind(**options)
    client.force_login(User.objects.get(username=username), backend=BACKEND)
    return client


def plant(scene: Planted) -> None:
    """By page and by API: recorded where none was, corrected where there was one, opened by everybody who may."""
    page, program = client_of("coordinator"), client_of("coordinator", APIClient)
    program.default_format = "json"
    consented = Subject.objects.filter(consents__status="SIGNED").exclude(
        consents__withdrawal_scope__in=["DATA_USE", "ALL"]
    )
    for number, subject in enumerate(consented.distinct().order_by("code")):
        identity = scene.people[subject.code] = planted(number)
        address = reverse("identity", args=[subject.code])
        if not SubjectIdentity.objects.filter(subject=subject).exists():
            answer = page.post(reverse("identity-record", args=[subject.code]), typed(identity))
        elif number % 2:
            form = page.post(address, {"purpose": "CORRECTION"}).context["form"]
            sent = typed(identity, version=form.initial["version"], reason="Planted")
            answer = page.post(reverse("identity-correct", args=[subject.code]), sent)
        else:
            api = reverse("api-identity", args=[subject.code])
            version = program.post(api, {"purpose": "CORRECTION"}).json()["version"]
            sent = {"identity": identity.as_texts(), "seen_version": version, "reason": "Planted"}
            answer = program.put(api, sent)
        assert answer.status_code in (200, 201, 302), answer.content
        for username in sorted(INSIDE):
            opened = _open(username, subject)
            scene.shown.append(opened.content.decode())


def _open(username: str, subject: Subject) -> Any:
    role = next(account.role for account in ACCOUNTS if account.username == username)
    purpose = sorted(PURPOSES[role])[0]
    if username in ("nurse", "coordinator"):
        address = reverse("api-identity", args=[subject.code])
        return client_of(username, APIClient).post(address, {"purpose": purpose.value}, format="json")
    return client_of(username).post(reverse("identity", args=[subject.code]), {"purpose": purpose.value})


def refuse(scene: Planted) -> None:
    """What is refused on the identity page may show what was typed; every other answer may not."""
    (first, identity), (second, other) = list(scene.people.items())[:2]
    page, program = client_of("coordinator"), client_of("coordinator", APIClient)
    record, correct = reverse("identity-record", args=[second]), reverse("identity-correct", args=[second])
    api = reverse("api-identity", args=[second])
    wrong = typed(identity, version="x", reason=f"{identity.full_name} {identity.phone}")
    page.post(record, typed(identity))
    page.post(record, typed(identity, number="A123456780", born_on="2199-01-01"))
    page.post(correct, wrong)
    page.post(reverse("identity", args=[second]), {"purpose": "CONTACT", "note": f"{other.full_name} {other.phone}"})
    program.put(api, {"identity": identity.as_texts()}, format="json")
    program.put(api, {"identity": identity.as_texts() | {"number_kind": identity.full_name}}, format="json")
    program.put(api, {"identity": other.as_texts(), "seen_version": "x", "reason": other.full_name}, format="json")
    unknown = reverse("identity-record", args=["CMUH-999"])
    for client in (
        client_of("sponsor"),
        client_of("nurse"),
        Client(),
        client_of("coordinator", enforce_csrf_checks=True),
    ):
        for address in (record, correct, api, unknown):
            answer = client.post(address, wrong)
            scene.elsewhere.append(Seen(address, answer.status_code, str(answer.headers) + text_of(answer.content)))
    assert first != second


def fail(scene: Planted) -> None:
    """The database breaks under a request: an error page, an error in the log, and nothing of what was sent."""
    code, identity = next(iter(scene.people.items()))
    client = client_of("coordinator", raise_request_exception=False)
    version = (
        client.post(reverse("identity", args=[code]), {"purpose": "CORRECTION"}).context["form"].initial["version"]
    )
    for table, name, sent in (
        ("enrollment_identityopening", "identity", {"purpose": "CONTACT"}),
        ("enrollment_subjectidentity", "identity-correct", typed(identity, version=version, reason="x", phone="1")),
    ):
        with psycopg2.connect(scene.clone.owner_url) as owner, owner.cursor() as cursor:
            cursor.execute(BREAK.format(table=table))
        answer = client.post(reverse(name, args=[code]), sent)
        scene.elsewhere.append(Seen(name, answer.status_code, str(answer.headers) + text_of(answer.content)))
        assert answer.status_code == 500
        with psycopg2.connect(scene.clone.owner_url) as owner, owner.cursor() as cursor:
            cursor.execute(MEND.format(table=table))


def go_on(scene: Planted) -> None:
    """A report is asked for and made; the sweep writes messages and sends them."""
    sponsor = User.objects.get(username="sponsor")
    review = GateReview.objects.select_related("cohort__study").get()
    report = requests.gate_dossier(review=review, by=sponsor, at=clock.now(), true_now=clock.true_now())
    assert making.make(report.pk, at=clock.now())
    tasks.run()
    scene.mails = [str(message.message()) + message.body for message in getattr(mail, "outbox", [])]


def _kept_by_the_broker() -> Iterator[str]:
    with redis.Redis(unix_socket_path=str(servers.BROKER.valkey.socket)) as client:
        for key in client.keys("*"):
            kind = client.type(key)
            read = {b"list": lambda k: client.lrange(k, 0, -1), b"hash": client.hgetall, b"set": client.smembers}
            kept = read.get(kind, client.get)(key) if kind != b"zset" else client.zrange(key, 0, -1, withscores=True)
            yield f"{key!r} {kept!r}"


# ------------------------------------------------------------------------------------------------------- the search


def test_it_is_shown_where_it_belongs(scene: Planted) -> None:
    """Otherwise the search would find nothing because nothing is there."""
    for identity in scene.people.values():
        own, wanted = Needles.of([identity]), {identity.full_name, identity.number.casefold(), identity.phone}
        assert any(own.found_in(text) >= wanted for text in scene.shown)
    assert len(scene.people) >= 5
    assert IdentityOpening.objects.count() > len(scene.people) * len(INSIDE)


@pytest.mark.slow
@pytest.mark.parametrize("username", WALKERS)
def test_nobody_meets_it_on_any_page_list_export_or_document(scene: Planted, username: str) -> None:
    walked = scene.walk_of(username)
    assert [seen.address for seen in walked if seen.status >= 500] == []
    found = {seen.address: scene.needles.found_in(seen.text) for seen in walked}
    assert {address: hits for address, hits in found.items() if hits} == {}
    assert len(walked) > 40


def test_no_answer_to_what_was_refused_or_broke_repeats_it(scene: Planted) -> None:
    assert {seen.address: scene.needles.found_in(seen.text) for seen in scene.elsewhere} == {
        seen.address: set() for seen in scene.elsewhere
    }


def test_no_log_holds_it(scene: Planted) -> None:
    assert any("out of order" in line for line in scene.said)
    assert [line for line in scene.said if scene.needles.found_in(line)] == []


def test_no_statement_tells_it_to_the_database(scene: Planted) -> None:
    assert any("enrollment_subjectidentity" in statement for statement in scene.statements)
    assert [statement for statement in scene.statements if scene.needles.found_in(statement)] == []


def test_no_column_of_any_table_holds_it(scene: Planted) -> None:
    """History, drafts, sessions and answers kept for repetition included; bytes as well as text."""
    found: dict[str, set[str]] = {}
    with psycopg2.connect(scene.clone.owner_url) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'SELECT row::text FROM "{table}" AS row')
            text = "\n".join(row for (row,) in cursor.fetchall())
            if scene.needles.found_in(text):
                found[table] = scene.needles.found_in(text)
    assert found == {}
    assert {"trial_auditevent", "django_session", "trial_formdraft", "trial_idempotentrequest"} <= set(tables)


def test_no_session_holds_it(scene: Planted) -> None:
    sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    assert sessions
    assert [session for session in sessions if scene.needles.found_in(session)] == []


def test_no_message_to_a_worker_or_a_person_holds_it(scene: Planted) -> None:
    assert scene.broker
    assert scene.mails
    assert [text for text in (*scene.broker, *scene.mails) if scene.needles.found_in(text)] == []


def test_no_file_of_the_installation_holds_it(scene: Planted) -> None:
    """Reports, mail, signed pages; and the log of the database, which keeps the statements that failed."""
    files = [path for path in Path(os.environ["DATA_DIR"]).rglob("*") if path.is_file()]
    assert any(path.suffix == ".pdf" for path in files)
    log = servers.FOLDER / "postgres" / "postgres.log"
    found = {}
    for path in [*files, *([log] if log.exists() else [])]:
        content = path.read_bytes()
        hits = scene.needles.found_in_bytes(content) | scene.needles.found_in(text_of(content))
        if hits:
            found[path.name] = hits
    assert found == {}


# ------------------------------------------------------------------------------------- the day of birth in screening


@pytest.mark.parametrize("username", OUTSIDE)
def test_outside_the_site_nobody_meets_the_day_of_birth_in_screening(scene: Planted, username: str) -> None:
    """It is a fact of screening, which the site enters; everybody else works with the year."""
    known = Screening.objects.exclude(facts={}).values_list("facts__birth_date", flat=True)
    needles = Needles(days_of_birth(map(date.fromisoformat, known)))
    found = {seen.address for seen in scene.walk_of(username) if needles.found_in(seen.text)}
    assert found == set()


def test_at_the_site_the_day_of_birth_is_shown(scene: Planted) -> None:
    screening = Screening.objects.exclude(facts={}).get(subject__code=scene.codes[1])
    for username in ("coordinator", "nurse", "monitor"):
        page = client_of(username).get(reverse("screening", args=[scene.codes[1]]))
        assert screening.facts["birth_date"] in page.content.decode(), username


def test_those_outside_are_those_who_never_open() -> None:
    outside = {account.role for account in ACCOUNTS if account.username in OUTSIDE}
    assert {Role.SPONSOR, Role.AUDITOR, Role.DSMB_MEMBER, Role.MEDICAL_MONITOR, Role.QUALITY_ASSURANCE} <= outside
