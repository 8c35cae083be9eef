#!/bin/sh
# Fibers on aarch64, under an emulator: the context switch at each level of optimisation and with
# branch protection, and the tests of fibers and generators. Where there is no compiler or no emulator
# for it: skipped.
#
#   aarch64.sh SOURCE_ROOT
set -eu

root=$1
compiler=${AARCH64_CC:-aarch64-linux-gnu-gcc}
emulator=${AARCH64_RUN:-qemu-aarch64}
for tool in "$compiler" "$emulator"; do
    command -v "$tool" >/dev/null || {
        echo "skipped: there is no $tool"
        exit 77
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

# The library as far as fibers need it, and its tests on the least of a cmocka.
cd "$root"
cat >"$tmp/main.c" <<'END'
int task_fiber(void);
int task_generator(void);
int task_switch(void);
int main(void) { return task_fiber() + task_generator() + task_switch(); }
END
# Those of gzip's threads ask for a zlib.
tasks=$(ls src/task/*.c | grep -v gzip_threads)
# What is said of HTTP's messages asks for src/http.
support=$(ls tests/support/*.c | grep -v http1_said)
# shellcheck disable=SC2086 # one word a file
"$compiler" -std=gnu11 -D_GNU_SOURCE -O2 -g1 -static \
    "-DWEIR_TESTS_CORPORA=\"$PWD/tests/corpora\"" -Iinclude -Isrc -Itests/bare -Itests/support \
    src/core/*.c src/bytes/*.c src/stream/*.c src/driver/*.c $tasks src/io/sys_*.c \
    src/io/sigpipe.c src/check/text.c \
    $support tests/task/fiber.c tests/task/generator.c \
    tests/task/switch.c "$tmp/main.c" -o "$tmp/fibers" -pthread -lm
EMULATED=1 "$emulator" -cpu max "$tmp/fibers"
echo "the tests of fibers, generators and the switch pass"
