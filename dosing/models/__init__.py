from dosing.models.custody import CustodyEvent, Quarantine, RecipientFollowUp, TemperatureExcursion, TemperatureLog
from dosing.models.infusion import Infusion, PreDoseCheck
from dosing.models.monitoring import AlertAnswer, GuardBreach, Interruption, Premedication, VitalSigns
from dosing.models.product import ProductLot, ProductUnit, ReleaseTest

__all__ = [
    "AlertAnswer",
    "CustodyEvent",
    "GuardBreach",
    "Infusion",
    "Interruption",
    "PreDoseCheck",
    "Premedication",
    "ProductLot",
    "ProductUnit",
    "Quarantine",
    "RecipientFollowUp",
    "ReleaseTest",
    "TemperatureExcursion",
    "TemperatureLog",
    "VitalSigns",
]
