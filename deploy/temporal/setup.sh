#!/bin/sh
# Makes Temporal's two databases, or brings them up to the version of this
# image. Safe to repeat: what is there already is left alone.
# Reads SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD.
set -eu

for db in temporal visibility; do
  case $db in
    temporal) name=temporal ;;
    visibility) name=temporal_visibility ;;
  esac
  temporal-sql-tool --db "$name" create
  temporal-sql-tool --db "$name" setup-schema -v 0.0
  temporal-sql-tool --db "$name" update-schema -d "/etc/temporal/schema/postgresql/v12/$db/versioned"
done
