#!/bin/sh
# web | worker | beat | provision | any other command. Secrets come from files: NAME_FILE names the file that holds NAME.
set -eu

from_file() {
    eval "file=\${$1_FILE:-}"
    [ -z "$file" ] && return
    value=$(cat "$file")
    export "$1=$value"
    unset "$1_FILE"
}

from_file SECRET_KEY
from_file APP_PASSWORD
from_file OWNER_PASSWORD

# Addresses without passwords stand in the composition; the passwords, hexadecimal, are put in here.
if [ -n "${APP_PASSWORD:-}" ]; then
    export DATABASE_URL="postgresql://stepwise_app:$APP_PASSWORD@${DATABASE_HOST:-postgres}/stepwise"
fi
if [ -n "${OWNER_PASSWORD:-}" ]; then
    export OWNER_DATABASE_URL="postgresql://stepwise_owner:$OWNER_PASSWORD@${DATABASE_HOST:-postgres}/stepwise"
fi
unset APP_PASSWORD OWNER_PASSWORD

case "$1" in
    web)
        exec gunicorn config.wsgi --bind 0.0.0.0:8000 --workers "${WEB_WORKERS:-2}" --threads 4 --worker-class gthread \
            --preload --no-control-socket --access-logfile - ;;
    worker)
        exec celery -A config.celery worker --concurrency "${WORKER_PROCESSES:-2}" --without-gossip --without-mingle \
            --loglevel WARNING ;;
    beat) exec celery -A config.celery beat --loglevel WARNING ;;
    provision)
        python manage.py provision
        # The account is shown once, in this service's log; without DEMO it is the way in.
        unset OWNER_DATABASE_URL
        if [ "${DEMO:-0}" = 1 ]; then exec python manage.py demo_seed; else exec python manage.py first_administrator; fi ;;
    *) exec "$@" ;;
esac
