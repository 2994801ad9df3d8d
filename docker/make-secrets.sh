#!/bin/sh
# Make the secrets that docker-compose.yml reads, once, into docker/secrets. Keep them out of the backup of the data.
# The folder is closed on this machine; the files are readable because each container reads its own as another user.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
for name in postgres_password owner_password app_password secret_key signing_key; do
    [ -e "secrets/$name" ] || od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"secrets/$name"
done
# The keys of the identity vault: one a line, newest first; "manage.py vault add-key" adds one.
[ -e secrets/vault_keys ] || head -c 32 /dev/urandom | base64 | tr '+/' '-_' >secrets/vault_keys
chmod 0444 secrets/*
echo "The secrets are in $(pwd)/secrets."
