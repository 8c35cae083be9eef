#!/bin/sh
# Runs an example and compares what it prints with EXPECTED.
#
#   run.sh EXPECTED PROGRAM ARGUMENT...
set -eu

# In a simulation there are no other threads.
case "${WEIR_DRIVER:-} $1" in sim*other_thread* | sim*request_reply* | sim*channel*) exit 77 ;; esac

expected=$1
shift
printed=$(mktemp)
trap 'rm -f "$printed"' EXIT
"$@" >"$printed"
diff -u "$expected" "$printed"
