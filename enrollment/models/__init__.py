from enrollment.models.allocation import Allocation
from enrollment.models.consent import ConsentDocument, ConsentVersion, DocumentOpening, InformedConsent
from enrollment.models.identity import IdentityOpening, SubjectIdentity, VaultKey
from enrollment.models.interview import SupportInterview
from enrollment.models.screening import EligibilitySnapshot, Screening, ScreeningFailure
from enrollment.models.subject import Subject

__all__ = [
    "Allocation",
    "ConsentDocument",
    "ConsentVersion",
    "DocumentOpening",
    "EligibilitySnapshot",
    "IdentityOpening",
    "InformedConsent",
    "Screening",
    "ScreeningFailure",
    "Subject",
    "SubjectIdentity",
    "SupportInterview",
    "VaultKey",
]
