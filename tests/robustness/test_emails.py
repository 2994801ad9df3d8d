"""E-mail: at least once with a stable Message-ID, never twice in silence, and every failure visible as a state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from pytest_django import Settings

from tests import servers
from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from tests.robustness.mail_server import MailServer, mail_server
from tests.robustness.processes import Crew, wait_until
from trial import clock
from trial.models import Notification
from trial.rules.states import EmailState
from trial.services.notifications import mark_uncertain, notify, send_next_email

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def over_smtp(settings: Settings, smtp: MailServer) -> MailServer:
    """This process sends through the test's mail server."""
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", smtp.port, False
    return smtp


@pytest.fixture
def scenario(committed_db: Clone) -> TrialScenario:
    return TrialScenario()


def tell(scenario: TrialScenario, *names: str, title: str = "The review is due") -> None:
    users = [scenario.people[name] for name in names]
    notify(users=users, study=scenario.study, key=f"test:{title}"[:100], title=title, at=scenario.at)


def states() -> list[str]:
    return list(
        Notification.objects.filter(key__startswith="test:").order_by("id").values_list("email_state", flat=True)
    )


def test_an_accepted_email_is_sent_once_to_the_person_and_says_where_to_look(
    scenario: TrialScenario, over_smtp: MailServer
) -> None:
    tell(scenario, "coordinator")
    assert send_next_email(true_now=clock.true_now())
    assert not send_next_email(true_now=clock.true_now())
    (message,) = over_smtp.accepted
    assert message["To"] == "coordinator@stepwise.example"
    assert message["Subject"] == "[NCT06574581] The review is due"
    assert states() == [EmailState.SENT]


def test_a_failing_server_is_tried_again_under_the_same_message_id_and_given_up_visibly(
    scenario: TrialScenario, over_smtp: MailServer
) -> None:
    tell(scenario, "coordinator")
    over_smtp.answer_to_data = "451 try later"
    now = clock.true_now()
    for attempt in range(1, 6):
        assert not send_next_email(true_now=now)
        row = Notification.objects.get(key__startswith="test:")
        assert row.email_attempts == attempt
        assert row.email_state == (EmailState.PENDING if attempt < 5 else EmailState.FAILED)
        assert not send_next_email(true_now=now + timedelta(seconds=30)), "a failed one waits a minute"
        assert Notification.objects.get(pk=row.pk).email_attempts == attempt
        now += timedelta(minutes=2)
    over_smtp.answer_to_data = "250 taken"
    assert not send_next_email(true_now=now)
    assert over_smtp.accepted == []
    assert states() == [EmailState.FAILED]


def test_after_a_failure_the_next_attempt_carries_the_same_message_id(
    scenario: TrialScenario, over_smtp: MailServer
) -> None:
    tell(scenario, "coordinator")
    row = Notification.objects.get(key__startswith="test:")
    now = clock.true_now()
    over_smtp.answer_to_data = "250 taken"
    send_next_email(true_now=now)
    # As if the answer had been lost: the same row is sent again, and the receiver can see that it is the same.
    Notification.objects.filter(pk=row.pk).update(email_state=EmailState.PENDING)
    send_next_email(true_now=now + timedelta(minutes=2))
    first, second = over_smtp.message_ids()
    assert first == second == f"<stepwise-NCT06574581-{row.pk}@127.0.0.1>"


def test_one_failure_leaves_the_server_alone_until_the_next_sweep(
    scenario: TrialScenario, over_smtp: MailServer
) -> None:
    tell(scenario, "coordinator", "nurse")
    over_smtp.answer_to_recipient = "550 unknown"
    now = clock.true_now()
    assert not send_next_email(true_now=now)
    over_smtp.answer_to_recipient = "250 yes"
    assert send_next_email(true_now=now), "the next sweep goes on with the next one"
    assert sorted(states()) == [EmailState.PENDING, EmailState.SENT]


def test_an_address_that_no_server_takes_fails_at_once_and_blocks_nobody(
    scenario: TrialScenario, over_smtp: MailServer
) -> None:
    tell(scenario, "coordinator", "nurse", title="Two lines\nin a title")
    assert send_next_email(true_now=clock.true_now())
    assert send_next_email(true_now=clock.true_now())
    assert {message["Subject"] for message in over_smtp.accepted} == {"[NCT06574581] Two lines in a title"}


def test_nobody_at_home_is_a_failure_like_any_other(scenario: TrialScenario, settings: Settings) -> None:
    tell(scenario, "coordinator")
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 1, False
    assert not send_next_email(true_now=clock.true_now())
    assert states() == [EmailState.PENDING]


def test_a_process_killed_between_acceptance_and_commit_leaves_uncertain_and_never_sends_again(
    scenario: TrialScenario, smtp: MailServer, crew: Crew
) -> None:
    tell(scenario, "coordinator")
    crew.environment |= {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(smtp.port), "EMAIL_USE_TLS": "0"}
    smtp.on_message = lambda: crew.kill("worker")
    crew.beat()
    crew.worker()
    wait_until(lambda: not crew.is_alive("worker"), crew.log)
    smtp.on_message = lambda: None
    assert len(smtp.accepted) == 1
    assert states() == [EmailState.SENDING]
    assert mark_uncertain(true_now=clock.true_now() + timedelta(minutes=4)) == 0
    assert mark_uncertain(true_now=clock.true_now() + timedelta(minutes=6)) == 1
    assert states() == [EmailState.UNCERTAIN]
    tell(scenario, "nurse", title="Another")
    crew.worker()
    wait_until(lambda: len(smtp.accepted) == 2, crew.log)
    wait_until(lambda: states() == [EmailState.UNCERTAIN, EmailState.SENT], crew.log)
    assert [message["To"] for message in smtp.accepted] == ["coordinator@stepwise.example", "nurse@stepwise.example"]


def test_without_a_mail_server_the_worker_writes_files(
    scenario: TrialScenario, crew: Crew, broker: servers.Broker, tmp_path: Path
) -> None:
    tell(scenario, "coordinator")
    crew.environment["DATA_DIR"] = str(tmp_path / "data")
    crew.beat()
    crew.worker()
    wait_until(lambda: states() == [EmailState.SENT], crew.log)
    (file,) = (tmp_path / "data" / "mail").iterdir()
    message = message_from_bytes(file.read_bytes())
    assert message["To"] == "coordinator@stepwise.example"
    assert message["Message-ID"].startswith("<stepwise-NCT06574581-")
    assert "The review is due" in message.get_payload()
