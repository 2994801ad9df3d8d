"""Visits and what is found at them: the schedule with its windows, assessments, lung function, laboratory."""
