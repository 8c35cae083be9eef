#!/bin/sh
# What needs no library, with 32 bits: tests/pure.sh.
#
#   m32.sh SOURCE_ROOT COMPILER...
set -eu

root=$1
shift
# Where cross compilers are installed, Debian has no /usr/include/asm.
exec sh "$root/tests/pure.sh" "$root" "with 32 bits" \
    "$@" -m32 -idirafter "/usr/include/$("$@" -print-multiarch)"
