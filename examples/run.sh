#!/bin/sh
# Runs an example and compares what it prints with EXPECTED.
#
#   run.sh EXPECTED PROGRAM ARGUMENT...
set -eu

expected=$1
shift
printed=$(mktemp)
trap 'rm -f "$printed"' EXIT
"$@" >"$printed"
diff -u "$expected" "$printed"
