#!/bin/sh
# The core and the combinators need no libc: all files of src/core and src/stream, compiled with
# -ffreestanding and linked with -nostdlib, ask for memcpy, memmove, memset and memcmp and for
# nothing else.
#
#   freestanding.sh SOURCE_ROOT COMPILER...
set -eu

root=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

flags="-std=gnu11 -O2 -ffreestanding -fno-stack-protector -I$root/include -I$root/src"
failed=0

# With assertions and without: both must hold.
for assertions in "" -DNDEBUG; do
    rm -f "$tmp"/*.o
    ls "$root"/src/core/*.c "$root"/src/stream/*.c |
        xargs -P 2 -I FILE sh -c '
            name=$(basename "$(dirname FILE)")_$(basename FILE .c)
            exec "$@" -c FILE -o "$0/$name.o"' "$tmp" "$@" $flags $assertions
    "$@" -nostdlib -r -o "$tmp/all.rel" "$tmp"/*.o
    wants=$(nm --undefined-only "$tmp/all.rel" | awk '{ print $NF }' | sort -u)
    for symbol in $wants; do
        case $symbol in
        memcpy | memmove | memset | memcmp) ;;
        *)
            echo "wanted from outside${assertions:+ with $assertions}: $symbol, by"
            nm -A --undefined-only "$tmp"/*.o | sed -n "s|^.*/\([a-z_0-9]*\)\.o:.* $symbol\$|  \1|p"
            failed=1
            ;;
        esac
    done
    echo "$(ls "$tmp"/*.o | wc -l) files${assertions:+ with $assertions} want:" $wants
done
exit $failed
