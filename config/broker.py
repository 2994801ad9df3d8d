"""Whether the broker answers."""

from __future__ import annotations

from django.conf import settings
from redis import Redis

_PATIENCE_S = 2.0


def ping_broker() -> None:
    """Raises ``RedisError`` when the broker does not answer within two seconds."""
    with Redis.from_url(_address(), socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S) as client:
        client.ping()


def _address() -> str:
    """Celery and redis-py write a socket's address differently."""
    return str(settings.REDIS_URL).replace("redis+socket://", "unix://", 1)
