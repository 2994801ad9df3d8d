"""The study, its sites, its protocol versions, and the cohorts and slots as planned."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from trial.protocol.loading import from_json
from trial.protocol.schema import ProtocolDefinition
from trial.rules.states import VersionState

_DEFINITIONS: dict[str, ProtocolDefinition] = {}


class Study(models.Model):
    """The row whose lock every decision about dosing takes first (``trial.services.regulated``)."""

    registry_id = models.CharField(max_length=32, unique=True)
    short_name = models.CharField(max_length=120)
    title = models.TextField()
    subject_counter = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.registry_id


class Site(models.Model):
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="sites")
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64)
    subject_code_prefix = models.CharField(max_length=12)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "code"], name="site_code")]

    def __str__(self) -> str:
        return self.code


class ProtocolVersion(models.Model):
    """A protocol definition as canonical JSON with its SHA-256. Immutable once active (trigger)."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="protocol_versions")
    version = models.CharField(max_length=16)
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in VersionState], default="DRAFT")
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "version"], name="protocol_version_once"),
            models.UniqueConstraint(fields=["study"], condition=Q(state="ACTIVE"), name="one_active_version"),
            models.CheckConstraint(
                condition=Q(state="DRAFT", activated_at__isnull=True)
                | (~Q(state="DRAFT") & Q(activated_at__isnull=False)),
                name="version_activated_when",
            ),
        ]

    def __str__(self) -> str:
        return self.version

    @property
    def definition(self) -> ProtocolDefinition:
        """Read once in the life of a process: what has this hash never changes."""
        if self.sha256 not in _DEFINITIONS:
            _DEFINITIONS[self.sha256] = from_json(self.canonical)
        return _DEFINITIONS[self.sha256]


class SiteActivation(models.Model):
    """A protocol version comes into force at a site after its ethics and authority approvals. ICH E6(R3) 4.3.5."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="activations")
    protocol_version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="activations")
    ethics_approved_on = models.DateField()
    authority_approved_on = models.DateField()
    activated_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "protocol_version"], name="site_activation_once"),
            models.CheckConstraint(
                condition=Q(activated_on__gte=models.F("ethics_approved_on"))
                & Q(activated_on__gte=models.F("authority_approved_on")),
                name="site_activated_after_approvals",
            ),
        ]


class Cohort(models.Model):
    """A dose level: the number of infusions each of its subjects is planned to receive."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="cohorts")
    number = models.PositiveSmallIntegerField()
    infusions = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="cohort_number")]

    def __str__(self) -> str:
        return f"Cohort {self.number}"


class Slot(models.Model):
    """A planned place in a cohort. ``number`` is the subject number of the protocol (1-10)."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="slots")
    number = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=12)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["cohort", "number"], name="slot_number")]

    def __str__(self) -> str:
        return self.label
