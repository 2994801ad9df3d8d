"""Rules of dosing: plain Python, no Django, no clock."""
