#!/bin/sh
# What programs are compiled against is what tests/abi.txt says: size and offsets of each public
# struct, values of each public enum, names of what the shared library exports. Whoever changes one
# of them records the table anew, and raises the soversion in meson.build once there was a release.
#
#   abi.sh SOURCE_ROOT SHARED_LIBRARY COMPILER...             compares
#   abi.sh --record SOURCE_ROOT SHARED_LIBRARY COMPILER...    writes the table; refuses to take
#       anything away from it, or to move it, under the soname that it has, unless UNRELEASED=1
set -eu

record=
if [ "$1" = --record ]; then
    record=yes
    shift
fi
root=$1 library=$(realpath "$2")
shift 2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

if ! "$@" -dM -E -x c /dev/null | grep -q '__x86_64__ 1'; then
    echo "skipped: the table is that of x86-64"
    exit 77
fi

# The headers alone, without those of the system: what these make differs from machine to machine.
headers() {
    "$@" -std=gnu11 -E -I"$root/include" "$root/include/weir.h" |
        awk -v root="$root/include" '
        /^# [0-9]+ "/ { split($0, part, "\""); ours = index(part[2], root) == 1; next }
        ours && !/^#/'
}

soname() { readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p'; }
version() { sed -n "s/^  version: '\([0-9.]*\)',\$/\1/p" "$root/meson.build" | head -1; }

{
    echo "$(soname), version $(version), x86-64"
    {
        cat "$root/tests/abi.c"
        headers "$@" | awk -f "$root/tests/abi.awk"
    } >"$tmp/abi.c"
    "$@" -std=gnu11 -I"$root/include" "$tmp/abi.c" -o "$tmp/abi"
    "$tmp/abi"
    nm -D --defined-only "$library" | sed -n 's/@.*//; s/^[0-9a-f]* T /function /p
        s/^[0-9a-f]* [BDRV] /data /p' | sort
} >"$tmp/abi.txt"

table=$root/tests/abi.txt
summary() { echo "$(wc -l <"$tmp/abi.txt") lines, $(head -1 "$tmp/abi.txt")"; }

if [ ! "$record" ]; then
    if diff -u "$table" "$tmp/abi.txt"; then
        summary
        exit 0
    fi
    echo "the binary interface is not that of tests/abi.txt: was it meant to change?"
    echo "then raise the soversion in meson.build, and: sh tests/abi.sh --record $root $library $*"
    exit 1
fi

gone=$([ ! -f "$table" ] || diff "$table" "$tmp/abi.txt" | sed -n 's/^< //p')
if [ "$gone" ] && [ "$(head -1 "$table" | cut -d, -f1)" = "$(soname)" ] && [ ! "${UNRELEASED-}" ]; then
    echo "$gone"
    echo "programs that are linked with $(soname) rely on these: raise the soversion in meson.build"
    exit 1
fi
cp "$tmp/abi.txt" "$table"
summary
