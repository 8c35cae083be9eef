#!/bin/sh
# What a build leaves is installed, and programs of users are built against that and nothing else: C and
# C++ through pkg-config, with the shared library and with the archive, and through CMake.
#
#   users.sh SOURCE_ROOT BUILD COMPILER...
set -eu

root=$(realpath "$1") build=$(realpath "$2")
shift 2
. "$root/tests/dist/common.sh"

prefix=$(meson introspect "$build" --buildoptions |
    python3 -c 'import json, sys
print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
said "$tmp/install.log" env DESTDIR="$tmp/moved" meson install -C "$build" --no-rebuild
here=$tmp/moved$prefix
[ -d "$build/man" ] || manual=none
complete "$here"
libdir=$(dirname "$(find "$here" -name libweir.a)")
# They look there alone for weir, and in their own folders for what weir needs.
export PKG_CONFIG_PATH="$libdir/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$tmp/moved"
export LD_LIBRARY_PATH="$libdir"
needs=$(sed -n 's/^Requires.private: *//p' "$libdir/pkgconfig/weir.pc" | tr -d ,)
plain=$(sed -n 's/^Libs.private: *//p' "$libdir/pkgconfig/weir.pc")

# shellcheck disable=SC2046,SC2086 # one word a flag
linked() {
    program=$1 source=$2
    shift 2
    "$@" "$source" $(pkg-config --cflags --libs weir) -o "$tmp/$program-shared"
    "$@" "$source" $(pkg-config --cflags weir) $(pkg-config --libs-only-L weir) \
        -Wl,-Bstatic -lweir -Wl,-Bdynamic $(pkg-config --libs $needs) $plain \
        -o "$tmp/$program-static"
    ldd "$tmp/$program-shared" | grep -qF "$libdir/libweir.so.0" ||
        fail "$program uses another libweir.so.0 than the installed one"
    ! ldd "$tmp/$program-static" | grep -q libweir || fail "$program: the archive was not taken"
}

linked errors "$root/tests/dist/errors.c" "$@"
right "$tmp/errors-shared"
right "$tmp/errors-static"
ways="C"

# The library of pipelines stands beside libweir, and asks for it.
text=$root/examples/pipeline_from_text
# shellcheck disable=SC2046,SC2086
"$@" "$text.c" $(pkg-config --cflags --libs weir-pipeline) -o "$tmp/text-shared"
# shellcheck disable=SC2046,SC2086
"$@" "$text.c" $(pkg-config --cflags weir) $(pkg-config --libs-only-L weir) \
    -Wl,-Bstatic -lweir-pipeline -lweir -Wl,-Bdynamic $(pkg-config --libs $needs) $plain \
    -o "$tmp/text-static"
! ldd "$tmp/text-static" | grep -q libweir || fail "the archive of pipelines was not taken"
for kind in shared static; do
    "$tmp/text-$kind" | cmp -s - "$text.out" || fail "text-$kind says: $("$tmp/text-$kind" 2>&1)"
done

# What a broker's addresses need is found where it was installed.
# shellcheck disable=SC2046
"$@" "$root/tests/cli/brokers_text.c" $(pkg-config --cflags --libs weir-pipeline) -pthread \
    -o "$tmp/brokers_text"
for module in "$libdir"/weir/weir-*.so; do
    [ -e "$module" ] || continue
    broker=${module##*/weir-} broker=${broker%.so}
    "$tmp/brokers_text" threads "$broker:s ! null" || fail "$broker: is not found by a program"
done

case $("$@" --version | head -1) in
*clang*) cpp=clang++ ;;
*) cpp=g++ ;;
esac
if command -v $cpp >/dev/null; then
    linked cpp "$root/tests/cpp.cc" $cpp -std=c++17
    "$tmp/cpp-shared" >/dev/null
    "$tmp/cpp-static" >/dev/null
    ways="$ways, C++"
fi

if command -v cmake >/dev/null; then
    mkdir "$tmp/cmake"
    cp "$root/tests/dist/cmake/CMakeLists.txt" "$root/tests/dist/errors.c" "$tmp/cmake"
    mv "$tmp/moved$prefix" "$tmp/elsewhere" # each path is found from where the file stands
    libdir=$tmp/elsewhere${libdir#"$here"}
    [ "$(basename "$1")" != ccache ] || shift
    said "$tmp/cmake.log" cmake -S "$tmp/cmake" -B "$tmp/cmake/build" -DCMAKE_C_COMPILER="$1" \
        -DCMAKE_PREFIX_PATH="$tmp/elsewhere"
    said "$tmp/cmake.log" cmake --build "$tmp/cmake/build"
    LD_LIBRARY_PATH=$libdir right "$tmp/cmake/build/errors-weir"
    right "$tmp/cmake/build/errors-static"
    for library in pipeline nats kafka redis; do
        [ ! -e "$libdir/libweir-$library.so" ] || LD_LIBRARY_PATH=$libdir "$tmp/cmake/build/user-$library" ||
            fail "a program with weir::$library does not run"
    done
    ways="$ways, CMake"
fi
echo "$ways: linked with what was installed, both ways"
