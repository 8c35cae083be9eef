#!/bin/sh
# Each public header compiles alone, without a warning.
#
#   headers.sh SOURCE_ROOT COMPILER...
set -eu

root=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

failed=0
n=0
for header in "$root"/include/weir.h "$root"/include/weir/*.h; do
    name=${header#"$root"/include/}
    printf '#include "%s"\n' "$name" >"$tmp/alone.c"
    n=$((n + 1))
    "$@" -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wundef -Werror -fsyntax-only \
        -I"$root/include" "$tmp/alone.c" || {
        echo "$name does not compile alone"
        failed=1
    }
done
echo "$n headers"
exit $failed
