#!/bin/sh
# What the headers promise the lint, on shape.c: each of its functions that is called sequential_...
# has one finding of sequential_loops, and no other has any.
#
#   shape.sh WEIR SOURCE_ROOT
set -eu
weir=$(realpath "$1")
cd "$2"
found=$(mktemp)
trap 'rm -f "$found"' EXIT

code=0
"$weir" lint --format=gcc tests/lint/shape.c -- -std=gnu11 -Iinclude >"$found" || code=$?
[ "$code" -eq 1 ] || { echo "shape.c: weir lint ended with $code" && exit 1; }
grep 'warning:\|error:' "$found" | awk -F: '
    FILENAME == "-" { at[$2] = $0; next }
    /^[a-z].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name); wanted = 0
                   if (name ~ /^sequential_/) { wanted = 1; open_[name] = FNR } }
    FNR in at { n[name]++
                if (at[FNR] !~ /\[sequential_loops\]/) { print at[FNR]; bad = 1 } }
    END {
        for (name in open_) if (n[name] != 1) {
            print "shape.c:" open_[name] ": " name " has " n[name] + 0 " findings, not one"; bad = 1 }
        for (name in n) if (!(name in open_)) { print "shape.c: " name " has a finding"; bad = 1 }
        exit bad
    }' - tests/lint/shape.c
