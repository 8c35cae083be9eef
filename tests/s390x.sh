#!/bin/sh
# What needs no library, where the high byte comes first: tests/pure.sh on s390x, under an emulator.
# Where there is no compiler or no emulator for it: skipped.
#
#   s390x.sh SOURCE_ROOT
set -eu

root=$1
compiler=${S390X_CC:-s390x-linux-gnu-gcc}
emulator=${S390X_RUN:-qemu-s390x}
for tool in "$compiler" "$emulator"; do
    command -v "$tool" >/dev/null || {
        echo "skipped: there is no $tool"
        exit 77
    }
done
RUN=$emulator exec sh "$root/tests/pure.sh" "$root" "on s390x" "$compiler" -static
