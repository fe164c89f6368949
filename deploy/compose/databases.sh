#!/bin/sh
# Run once by the postgres image, on an empty data directory: a role and a database for each service, which no other
# service's role may connect to.
set -eu

for service in request_svc approval_svc identity_svc notify_svc; do
    password=$(sed 's#^.*://[^:]*:\([^@]*\)@.*$#\1#' "/run/secrets/${service}_database_url")
    psql --set=ON_ERROR_STOP=1 --set=name="$service" --set=password="$password" --username=postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
