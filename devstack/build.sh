#!/bin/sh
# Builds bin/devstack: patches FerretDB into devstack/.ferretdb/src if that is not
# done yet, and compiles. Both are quick when nothing changed.
set -eu

cd -- "$(dirname -- "$0")"
go run ./ferretpatch .ferretdb/src
mkdir -p ../bin
go build -o ../bin/devstack .
