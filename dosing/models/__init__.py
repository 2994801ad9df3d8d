from dosing.models.infusion import Infusion, PreDoseCheck
from dosing.models.product import ProductLot, ProductUnit, ReleaseTest

__all__ = ["Infusion", "PreDoseCheck", "ProductLot", "ProductUnit", "ReleaseTest"]
