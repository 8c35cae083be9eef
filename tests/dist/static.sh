#!/bin/sh
# A program with nothing shared, as the README says: weir without ISA-L, of which Debian has no archive,
# and pkg-config's word for what the archive needs.
#
#   static.sh SOURCE_ROOT COMPILER...
set -eu

root=$(realpath "$1")
shift
. "$root/tests/dist/common.sh"
takes_minutes
cd "$root"

CC="$*" scripts/setup "$tmp/build" -Dprefix="$tmp/prefix" -Dtests=false -Doptimization=0 -Ddebug=false \
    -Disal=disabled -Dnats=disabled -Dkafka=disabled -Dredis=disabled
said "$tmp/build.log" ninja -C "$tmp/build" libweir.a libweir-pipeline.a
said "$tmp/install.log" meson install -C "$tmp/build" --no-rebuild --tags devel
libdir=$(dirname "$(find "$tmp/prefix" -name libweir.a)")
export PKG_CONFIG_PATH="$libdir/pkgconfig"

# shellcheck disable=SC2046 # one word a flag
said "$tmp/link.log" "$@" -static tests/dist/errors.c $(pkg-config --static --cflags --libs weir) \
    -o "$tmp/errors"
readelf -l "$tmp/errors" | grep -q INTERP && fail "the program asks for a dynamic linker"
right "$tmp/errors"
echo "a program of $(($(stat -c %s "$tmp/errors") / 1024)) KiB, all of it static"
