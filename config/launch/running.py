"""The embedded servers of a start that is running, for ``manage.py`` beside it."""

from __future__ import annotations

import os

from config.launch.configuration import read_configuration
from config.launch.postgres import Postgres
from config.launch.roles import APP, DATABASE
from config.launch.secret_files import KeyFiles, SecretFiles, read_secret
from config.launch.valkey import Valkey


def use_running_servers() -> None:
    """Set the addresses that the operator did not, if the servers of this data folder run: as the application role.

    So ``manage.py audit_verify`` works beside ``./run`` as it does on an operator's own servers.
    """
    if os.environ.get("DATABASE_URL") or os.environ.get("OWNER_DATABASE_URL"):
        return
    start = read_configuration(os.environ)
    secrets = SecretFiles(start.data_dir / "secrets")
    if not secrets.are_complete():
        return
    postgres = Postgres(data_dir=start.data_dir, secrets=secrets)
    if not postgres.is_ready():
        return
    os.environ["DATABASE_URL"] = postgres.url(role=APP, password=read_secret(secrets.app_password), database=DATABASE)
    os.environ.setdefault("REDIS_URL", Valkey(data_dir=start.data_dir).url)
    os.environ.setdefault("SECRET_KEY", read_secret(secrets.secret_key))
    for name, path in KeyFiles(signing=secrets.signing_key, vault=secrets.vault_keys).environment().items():
        os.environ.setdefault(name, path)
    os.environ.setdefault("DATA_DIR", str(start.data_dir))
    os.environ.setdefault("DEMO", "1" if start.demo else "0")
