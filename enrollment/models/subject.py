"""The participant under a code. No identity stands here or anywhere outside the identity vault."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from enrollment.rules.states import SubjectState


class Subject(models.Model):
    """``code`` is given at registration and never reused (ICH E6(R3) sponsor data (s)); it says nothing of the
    person."""

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="subjects")
    site = models.ForeignKey("trial.Site", on_delete=models.PROTECT, related_name="subjects")
    protocol_version = models.ForeignKey("trial.ProtocolVersion", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=24, unique=True)
    state = models.CharField(
        max_length=16, choices=[(s.value, s.value) for s in SubjectState], default=SubjectState.SCREENING
    )
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    withdrawn_on = models.DateField(null=True, blank=True)
    lost_on = models.DateField(null=True, blank=True)
    died_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["study", "code"]),
            models.Index(fields=["study", "state", "code"]),
            # The list, in each of its orders, for people of one site and of all.
            models.Index(fields=["study", "registered_at", "code"], name="subjects_by_registration"),
            models.Index(fields=["site", "code"], name="subjects_of_site"),
            models.Index(fields=["code"], opclasses=["varchar_pattern_ops"], name="subject_code_prefix"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(state="DIED") | Q(died_at__isnull=False), name="death_has_a_time"),
        ]

    def __str__(self) -> str:
        return self.code
