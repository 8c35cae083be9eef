#!/bin/sh
# Loops in programs of all kinds: tests/task/loop_rows.c as strict C11, without a warning, unoptimised
# and as far as the compiler goes, and as distributions build; linked with the library, and run.
#
#   loops.sh SOURCE_ROOT BUILD COMPILER FLAG...
set -eu

root=$1 build=$(realpath "$2")
shift 2
case ${1##*/} in ccache | sccache | distcc) shift ;; esac # the compiler stands behind it
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
strict='-std=c11 -pedantic -Wall -Wextra -Wconversion -Wc++-compat -Wundef -Werror'
hardened='-Os -flto -fcf-protection -fstack-clash-protection -fno-omit-frame-pointer'

compiled=0
# compile COMPILER FLAG...: both files.
compile() {
    for file in loops task/loop_rows; do
        # shellcheck disable=SC2086 # one word a flag
        "$@" $strict -I"$root/include" -I"$root/tests" -c "$root/tests/$file.c" \
            -o "$tmp/${file##*/}.o"
    done
}

# run COMPILER FLAG...: links them with the shared library.
run() {
    "$@" "$tmp/loops.o" "$tmp/loop_rows.o" -L"$build" -lweir -o "$tmp/loops"
    LD_LIBRARY_PATH=$build "$tmp/loops"
    compiled=$((compiled + 1))
}

# The compiler of the build links what each of them compiled, as it links the sanitizers too.
for each in "$1" gcc clang; do
    case $each in "${1##*/}") [ "$compiled" = 0 ] || continue ;; esac
    command -v "$each" >/dev/null || continue
    for level in -O0 -O3; do
        compile "$each" $level
        run "$@"
    done
done

# shellcheck disable=SC2086
if "$1" $hardened -fsyntax-only -x c /dev/null 2>/dev/null; then
    compile "$1" $hardened
    run "$@" $hardened
fi
echo "$compiled programs"
