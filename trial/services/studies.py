"""Founding an installation and loading a study from its shipped protocol definition, as the owner role."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from trial import clock
from trial.models import Cohort, Deployment, ProtocolVersion, Site, Slot, Study, User
from trial.protocol.loading import definition_json, definition_sha256, shipped_definition
from trial.protocol.schema import ProtocolDefinition
from trial.rules.states import VersionState
from trial.services.regulated import regulated

SERVICE_USER = "stepwise-service"


def found_deployment(*, is_demonstration: bool, clock_offset: timedelta, created_at: datetime) -> Deployment:
    """The first row of a database. The service account is its own author: somebody has to be first."""
    with connection.cursor() as cursor:
        # The very first row has no author to refer to; history says so instead of staying silent.
        cursor.execute(
            'SELECT set_config(\'stepwise.context\', \'{"actor": "installation", "act": "studies.found"}\', false)'
        )
    service = User(username=SERVICE_USER, printed_name="Stepwise (background service)", is_service=True)
    service.set_unusable_password()
    service.save(force_insert=True)
    deployment = Deployment.objects.create(
        is_demonstration=is_demonstration, clock_offset=clock_offset, created_at=created_at
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('stepwise.context', '', false)")
    return deployment


def service_user() -> User:
    """The account under which background work names itself."""
    return User.objects.get(username=SERVICE_USER)


def load_shipped_study() -> str:
    """Load the definition that ships with the product, unless this very version is there already."""
    definition = shipped_definition()
    by = service_user()
    existing = ProtocolVersion.objects.filter(
        study__registry_id=definition.study.registry_id, version=definition.version
    ).first()
    digest = definition_sha256(definition)
    if existing is not None:
        same = "unchanged" if existing.sha256 == digest else "kept as activated (the shipped file differs)"
        return f"{definition.study.registry_id} protocol {definition.version} {same}."
    with regulated(by=by, act="studies.load"):
        _create(definition, digest)
    return f"{definition.study.registry_id} protocol {definition.version} loaded ({digest[:12]})."


def _create(definition: ProtocolDefinition, digest: str) -> None:
    facts = definition.study
    study = Study.objects.create(registry_id=facts.registry_id, short_name=facts.short_name, title=facts.official_title)
    for site in definition.sites:
        Site.objects.create(
            study=study,
            code=site.code,
            name=site.name,
            timezone=site.timezone,
            subject_code_prefix=site.subject_code_prefix,
        )
    ProtocolVersion.objects.create(
        study=study,
        version=definition.version,
        canonical=definition_json(definition),
        sha256=digest,
        state=VersionState.ACTIVE,
        activated_at=clock.now(),
    )
    for plan in definition.cohorts:
        cohort = Cohort.objects.create(study=study, number=plan.number, infusions=plan.infusions)
        for place, number in enumerate(range(plan.first_slot, plan.last_slot + 1), start=1):
            Slot.objects.create(cohort=cohort, number=number, label=f"C{plan.number}-{place}")
