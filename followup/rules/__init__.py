"""Rules of follow-up: plain Python, no Django, no clock."""
