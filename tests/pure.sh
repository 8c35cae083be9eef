#!/bin/sh
# The parts that need no library but the libc, as a program for another processor: the tests of core,
# of the combinators, of bytes and of the formats without JSON run.
#
#   pure.sh SOURCE_ROOT WHAT COMPILER [FLAG...]    WHAT is said of it; RUN: what starts its programs
set -eu

root=$1 what=$2
shift 2
run=${RUN-}
tmp=$(mktemp -d)
[ "${KEEP-}" ] || trap 'rm -rf "$tmp"' EXIT
cd "$root"

echo '#include <stdio.h>' | "$@" -E - >/dev/null 2>&1 && echo 'int main(void) { return 0; }' |
    "$@" -xc - -o "$tmp/least" 2>/dev/null || {
    echo "skipped: '$*' makes no programs here"
    exit 77
}

# What the build defines. The notes of gcc 12 about memcpy are of copies that another size makes.
{
    echo "#define _FILE_OFFSET_BITS 64"
    echo "#define WEIR_TESTS_CORPORA \"$PWD/tests/corpora\""
} >"$tmp/defines.h"
flags="-include $tmp/defines.h -std=gnu11 -O1 -g -D_GNU_SOURCE -DWEIR_CHECKS=1
    -Wall -Wextra -Werror -Wno-psabi -Wno-type-limits -Wno-stringop-overread
    -Wno-stringop-overflow -Iinclude -Isrc -Itests/bare -Itests/support"

# compile FILE...: each into an object named after its path.
compile() {
    # shellcheck disable=SC2016
    printf '%s\n' "$@" | xargs -P 2 -I FILE sh -c '
        out=$0/$(echo FILE | tr / _).o
        exec "$@" -c FILE -o "$out"' "$tmp" $compiler $flags
}

# program FOLDER PREFIX [OBJECT...]: the suites of a folder that were compiled, each run by itself,
# linked with further objects.
program() {
    folder=$1 prefix=$2 names=
    shift 2
    for object in "$tmp"/tests_"$folder"_*.o; do
        file=${object##*/tests_"$folder"_}
        name=$(sed -n "s/^int ${prefix}_\([a-z0-9_]*\)(void)\$/\1/p" "tests/$folder/${file%.c.o}.c")
        names="$names $name"
    done
    {
        echo '#include "suites.h"'
        for name in $names; do echo "int ${prefix}_$name(void);"; done
        echo "static const struct suite suites[] = {"
        for name in $names; do echo "    {\"$name\", ${prefix}_$name},"; done
        echo "};"
        echo "int main(int argc, char **argv)"
        echo "{ return suites_run(suites, sizeof suites / sizeof *suites, argc, argv); }"
    } >"$tmp/$folder.c"
    # shellcheck disable=SC2086
    $compiler $flags "$tmp/$folder.c" "$tmp"/tests_"$folder"_*.o "$tmp"/src_*.o \
        "$tmp"/tests_support_*.o "$tmp"/tests_bare_*.o "$@" -pthread -lm -o "$tmp/$folder"
    for name in $names; do
        # shellcheck disable=SC2086 # one word each, or none
        ${run:+env EMULATED=1} $run "$tmp/$folder" "$name" || {
            echo "$folder: $name failed"
            failed=1
        }
    done
    echo "$folder: $(echo $names | wc -w) suites $what"
}

compiler=$* failed=0
# No zlib is asked for, so that what settles through gzip's writer is left out.
plain=$(ls src/codec/*.c src/task/*.c | grep -v -e deflate_ -e inflate -e 'g.*zip' -e '/compress\.c')
# What is said of HTTP's messages asks for src/http.
support=$(ls tests/support/*.c | grep -v http1_said)
bytes=$(ls tests/bytes/*.c | grep -v /settling)
# shellcheck disable=SC2086 # one word a file
compile src/core/*.c src/stream/*.c src/bytes/*.c $plain src/format/*.c src/driver/*.c \
    src/io/*.c src/check/*.c \
    tests/bare/gzip.c $support tests/core/*.c tests/stream/*.c $bytes \
    tests/format/*.c tests/codec/codec_run.c \
    tests/proofs/p20.c tests/proofs/p1.c tests/proofs/p6.c tests/proofs/p17.c
program core core
program stream stage
program bytes bytes
program format format "$tmp/tests_stream_rows.c.o" "$tmp/tests_codec_codec_run.c.o"
program proofs proofs
exit $failed
