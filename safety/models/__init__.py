from safety.models.adverse_event import AdverseEvent, GradeEntry
from safety.models.gate import Endorsement, GateReview, GateVote

__all__ = ["AdverseEvent", "Endorsement", "GateReview", "GateVote", "GradeEntry"]
