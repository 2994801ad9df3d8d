"""Informed consent: the approved texts of a site, and who agreed to which, when, explained by whom."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from enrollment.rules.states import ConsentStatus, OpeningPurpose, WithdrawalScope


class ConsentVersion(models.Model):
    """A consent form approved for a site. ``reconsent_required``: subjects on an older one must sign again, the last
    day for it being ``reconsent_by``; no infusion starts before they have. ``approval_reference``: the ethics
    committee's."""

    site = models.ForeignKey("trial.Site", on_delete=models.PROTECT, related_name="consent_versions")
    label = models.CharField(max_length=32)
    language = models.CharField(max_length=12)
    approved_on = models.DateField()
    reconsent_required = models.BooleanField(default=False)
    reconsent_by = models.DateField(null=True, blank=True)
    approval_reference = models.CharField(max_length=80, blank=True)
    entered_at = models.DateTimeField(null=True, blank=True)
    entered_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "label", "language"], name="consent_version_once")]

    def __str__(self) -> str:
        return f"{self.label} ({self.language})"


class InformedConsent(models.Model):
    """An answer to the consent. ``withdrawn_at``: when the participant first withdrew; ``widened_at``: when the
    withdrawal last became wider, to what ``withdrawal_scope`` says now."""

    subject = models.ForeignKey("enrollment.Subject", on_delete=models.PROTECT, related_name="consents")
    consent_version = models.ForeignKey(ConsentVersion, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=[(s.value, s.value) for s in ConsentStatus])
    given_at = models.DateTimeField()
    explained_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    copy_given = models.BooleanField()
    before_procedures = models.BooleanField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_scope = models.CharField(
        max_length=12, blank=True, choices=[(s.value, s.value) for s in WithdrawalScope]
    )
    withdrawal_reason = models.TextField(blank=True)
    widened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawal_scope="")
                | (Q(withdrawn_at__gte=F("given_at")) & ~Q(withdrawal_scope="")),
                name="withdrawal_whole",
            ),
            models.CheckConstraint(
                condition=Q(widened_at__isnull=True) | Q(widened_at__gte=F("withdrawn_at")),
                name="widened_after_withdrawal",
            ),
            models.UniqueConstraint(
                # Who refused may be asked again: only a signature is given once.
                fields=["subject", "consent_version"],
                condition=Q(withdrawn_at__isnull=True, status="SIGNED"),
                name="one_open_consent",
            ),
        ]


class ConsentDocument(models.Model):
    """The signed page, as it was scanned. It names a person: the file is sealed and opened like an identity.

    ``stored_as`` is a name below the private storage, ``sha256`` and ``size`` (bytes) are those of the plain file.
    """

    consent = models.ForeignKey(InformedConsent, on_delete=models.PROTECT, related_name="documents")
    key = models.OneToOneField("enrollment.VaultKey", on_delete=models.PROTECT, related_name="document")
    stored_as = models.CharField(max_length=80, unique=True)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consent", "sha256"], name="consent_document_once")]
        ordering = ["id"]


class DocumentOpening(models.Model):
    """Somebody opened a signed page: who, in which role, when, and what for. Append-only."""

    document = models.ForeignKey(ConsentDocument, on_delete=models.PROTECT, related_name="openings")
    opened_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    role = models.CharField(max_length=32)
    purpose = models.CharField(max_length=20, choices=[(p.value, p.value) for p in OpeningPurpose])
    note = models.CharField(max_length=300, blank=True)
