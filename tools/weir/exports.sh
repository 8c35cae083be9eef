#!/bin/sh
# exports.sh NM OUT MODULE...: what modules ask of the command, as options of its linker.
set -eu
nm=$1 out=$2
shift 2
"$nm" -D --undefined-only "$@" |
    sed -n 's/.* [Uw] \(\(weir\|broker\)_[a-z0-9_]*\)$/-Wl,-u,\1 -Wl,--export-dynamic-symbol=\1/p' |
    sort -u >"$out"
