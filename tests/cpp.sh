#!/bin/sh
# C++ programs: each header compiles alone without a warning, tests/cpp.cc links with the shared
# library and with the static one and runs, and a macro that is C's says so.
#
#   cpp.sh SOURCE_ROOT BUILD C++-COMPILER FLAG...
set -eu

root=$1 build=$(realpath "$2")
shift 2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
strict="-Wall -Wextra -Wpedantic -Wshadow -Werror -I$root/include"
standards="c++11 c++17 c++20"
others=
for package in zlib libisal liburing openssl libnghttp2 libzstd liblz4 libbrotlienc libbrotlidec liblzma; do
    others="$others $(pkg-config --libs $package 2>/dev/null || true)"
done
[ ! -f /usr/include/bzlib.h ] || others="$others -lbz2" # it has no file of its own there

failed=0
for header in "$root"/include/weir.h "$root"/include/weir/*.h; do
    name=${header#"$root"/include/}
    for standard in $standards; do
        printf '#include "%s"\n' "$name" >"$tmp/alone.cc"
        "$@" -std=$standard $strict -fsyntax-only "$tmp/alone.cc" || {
            echo "$name does not compile alone as $standard"
            failed=1
        }
    done
done

# Each WEIR_x_FN, as it is used in C.
for macro in $(sed -n 's/^#define \(WEIR_[A-Z_]*_FN\)(.*/\1/p' "$root"/include/weir/*.h | sort -u); do
    printf '#include <weir.h>\n%s(f_fn, f, int, int)\nint main() {}\n' "$macro" >"$tmp/macro.cc"
    if "$@" -std=c++17 $strict -fsyntax-only "$tmp/macro.cc" 2>"$tmp/said" ||
        ! grep -q "macros are C only" "$tmp/said"; then
        echo "$macro does not say that it is C only:"
        cat "$tmp/said"
        failed=1
    fi
done
[ $failed = 0 ] || exit 1

for standard in $standards; do
    "$@" -std=$standard $strict -c "$root/tests/cpp.cc" -o "$tmp/cpp.o"
    "$@" "$tmp/cpp.o" -L"$build" -lweir -o "$tmp/shared"
    LD_LIBRARY_PATH=$build "$tmp/shared" >/dev/null
    # shellcheck disable=SC2086 # one word a flag
    "$@" "$tmp/cpp.o" "$build/libweir.a" $others -o "$tmp/static"
    "$tmp/static"
done
