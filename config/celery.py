"""Celery: one periodic sweep. What is due stands in PostgreSQL; the broker only carries the knock on the door.

Prefork with late acknowledgement: a killed worker's task comes back, and every task may run twice without harm.
``unacked_restore_*`` shorten the wait after a kill from minutes to seconds.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

app = Celery("stepwise")
app.conf.update(
    broker_url=settings.REDIS_URL,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 300,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
    },
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={
        "sweep": {
            "task": "config.tasks.sweep",
            "schedule": settings.SWEEP_SECONDS,
            # A sweep that nobody took before the next one is due is worthless: the next one sees the same rows.
            "options": {"expires": settings.SWEEP_SECONDS * 2},
        }
    },
    beat_schedule_filename=str(settings.DATA_DIR / "celerybeat-schedule"),
)
app.autodiscover_tasks(["config", "trial", "reports"])
