#!/bin/bash
# Run once by the postgres image on an empty data folder: the two roles and the owner's database. See docs/operations.md.
set -euo pipefail
owner_password=$(cat /run/secrets/owner_password)
app_password=$(cat /run/secrets/app_password)

psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
    --set owner="$owner_password" --set app="$app_password" <<'SQL'
CREATE ROLE stepwise_owner LOGIN PASSWORD :'owner' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
CREATE ROLE stepwise_app LOGIN PASSWORD :'app' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
CREATE DATABASE stepwise OWNER stepwise_owner ENCODING 'UTF8' TEMPLATE template0
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
REVOKE ALL ON DATABASE stepwise, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE stepwise TO stepwise_app;
\connect stepwise
ALTER SCHEMA public OWNER TO stepwise_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO stepwise_app;
SQL
