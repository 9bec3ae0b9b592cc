#!/bin/sh
# Makes the namespace of the shop, or corrects its retention. The retention must
# be longer than the longest idempotency record (30 days): for that long a
# closed order's workflow is what refuses a second start.
# Reads TEMPORAL_ADDRESS, NAMESPACE and RETENTION.
set -eu

if temporal operator namespace describe --namespace "$NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$NAMESPACE" --retention "$RETENTION"
else
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
fi
