from followup.models.visit import Visit

__all__ = ["Visit"]
