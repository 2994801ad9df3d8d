from enrollment.models.allocation import Allocation
from enrollment.models.consent import ConsentVersion, InformedConsent
from enrollment.models.screening import EligibilitySnapshot, Screening
from enrollment.models.subject import Subject

__all__ = ["Allocation", "ConsentVersion", "EligibilitySnapshot", "InformedConsent", "Screening", "Subject"]
