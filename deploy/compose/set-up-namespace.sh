#!/bin/sh
# Creates the namespace and Belay's search attributes where they are missing. Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE.
set -eu

# A rollback on demand may be asked for long after the deploy; Temporal keeps the history of closed runs for this long.
retention=30d

# The same table as src/schema/search-attributes.ts; test/e2e/compose.test.ts compares them.
search_attributes='
BelayApplication=Keyword
BelayEnvironment=Keyword
BelayPhase=Keyword
BelayOutcome=Keyword
BelayNeedsHuman=Bool
BelayClusters=KeywordList
'

retry() {
  attempt=1
  until "$@"; do
    [ "$attempt" -lt 30 ] || return 1
    attempt=$((attempt + 1))
    sleep 1
  done
}

has_namespace() {
  temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1
}

add_search_attribute() {
  temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" | grep -q "^ *$1 " ||
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$1" --type "$2"
}

retry temporal operator cluster health
has_namespace ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"

# A new namespace takes a few seconds to be known everywhere.
for attribute in $search_attributes; do
  retry add_search_attribute "${attribute%%=*}" "${attribute#*=}"
done
echo "namespace $TEMPORAL_NAMESPACE is ready"
