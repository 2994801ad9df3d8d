from trial.models.api_token import ApiToken, IdempotentRequest
from trial.models.audit import AuditEvent
from trial.models.clearance import CohortClearance, DosingHold
from trial.models.deployment import Deployment, SweepState
from trial.models.deviation import ClearanceReading, Deviation
from trial.models.people import Delegation, Membership, User
from trial.models.signature import ElectronicSignature
from trial.models.study import Cohort, ProtocolVersion, Site, SiteActivation, Slot, Study
from trial.models.work import DueItem, FormDraft, Notification

__all__ = [
    "ApiToken",
    "AuditEvent",
    "ClearanceReading",
    "Cohort",
    "CohortClearance",
    "Delegation",
    "Deployment",
    "Deviation",
    "DosingHold",
    "DueItem",
    "ElectronicSignature",
    "FormDraft",
    "IdempotentRequest",
    "Membership",
    "Notification",
    "ProtocolVersion",
    "Site",
    "SiteActivation",
    "Slot",
    "Study",
    "SweepState",
    "User",
]
