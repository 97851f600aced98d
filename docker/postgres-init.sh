#!/bin/sh
# Run once by the postgres image, as the superuser, on an empty data folder.
# The same roles, extensions and database as devtools/postgres.py makes; there without passwords.
set -eu

psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
    -v owner_password="$DUEBOOK_OWNER_PASSWORD" -v app_password="$DUEBOOK_APP_PASSWORD" <<'SQL'
CREATE ROLE duebook_owner LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE duebook_app LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE PASSWORD :'app_password';
GRANT duebook_app TO duebook_owner;
\connect template1
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
\connect postgres
CREATE DATABASE duebook OWNER duebook_owner;
SQL
