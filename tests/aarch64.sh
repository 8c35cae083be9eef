#!/bin/sh
# The context switch on aarch64, under an emulator: at each level of optimisation, with branch
# protection, and position independent. Where there is no compiler or no emulator for it: skipped.
#
#   aarch64.sh SOURCE_ROOT
set -eu

root=$1
compiler=${AARCH64_CC:-aarch64-linux-gnu-gcc}
emulator=${AARCH64_RUN:-qemu-aarch64}
for tool in "$compiler" "$emulator"; do
    command -v "$tool" >/dev/null || {
        echo "skipped: there is no $tool"
        exit 0
    }
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

n=0
for flags in -O0 -O1 -O2 -O3 "-O2 -mbranch-protection=standard" "-O2 -flto" \
    "-O2 -fno-omit-frame-pointer" "-O3 -march=armv8.2-a+sve"; do
    # shellcheck disable=SC2086 # one word a flag
    "$compiler" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror $flags -static \
        -I"$root/include" -I"$root/src" "$root/tests/bare/switch.c" "$root/src/task/switch.c" \
        -o "$tmp/switch" -lm
    "$emulator" -cpu max "$tmp/switch" >"$tmp/said" || {
        cat "$tmp/said"
        echo "with $flags"
        exit 1
    }
    n=$((n + 1))
done
echo "$n ways: $(cat "$tmp/said")"
