from followup.models.contact import TelephoneContact
from followup.models.loss import LossToFollowUp
from followup.models.visit import Visit

__all__ = ["LossToFollowUp", "TelephoneContact", "Visit"]
