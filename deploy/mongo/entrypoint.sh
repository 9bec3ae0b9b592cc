#!/bin/sh
# mongod wants the key of its replica set in a file that only it can read, and
# refuses the permissions that a mounted secret has: so copy it.
set -eu

install -m 0400 -o mongodb -g mongodb /run/secrets/mongo_replica_key /tmp/replica.key
exec docker-entrypoint.sh "$@"
