#!/bin/sh
# Suites of one program that wait more than they work, at the same time: what fails is printed.
#
#   side_by_side.sh PROGRAM NAME...
set -u
program=$1
shift
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
for name; do
    "$program" "$name" >"$said/$name" 2>&1 &
    echo "$!" >"$said/$name.pid"
done
failed=0
for name; do
    wait "$(cat "$said/$name.pid")" && continue
    echo "== $name"
    cat "$said/$name"
    failed=1
done
grep -h '^skipped' "$said"/* | sort -u
exit "$failed"
