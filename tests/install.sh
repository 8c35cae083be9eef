#!/bin/sh
# One build is installed into two places, first under a prefix of its own and then into a package's
# folder under another; the README's program compiles and runs against each, linked both ways.
#
#   install.sh SOURCE_ROOT COMPILER...
#
# It builds all of it once more, so that is for CHECK=long (make check). What make test has for that:
# tests/dist/users.sh.
set -eu

root=$1
shift
cd "$root"
. tests/dist/common.sh

if scripts/install "$tmp/build" somewhere 2>"$tmp/message"; then
    fail "a relative prefix was taken"
fi
grep -q relative "$tmp/message"
[ "${CHECK:-}" = long ] || {
    echo "skipped: it builds all of it once more: CHECK=long"
    exit 77
}

awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md >"$tmp/program.c"
printf 'GET / 200\nERROR /a\nGET /b 200\nERROR /c\n' | gzip >"$tmp/access.log.gz"

# right PROGRAM: it runs and counts the two lines.
right() {
    said=$(cd "$tmp" && "$1") || fail "$1 does not run"
    [ "$said" = 2 ] || fail "$1 counted '$said' lines of 2"
}

# linked NAME FOLDER: the program against what stands in the folder. pkg-config looks there alone
# for weir, and in its own folders for what weir needs.
linked() {
    pc=$(dirname "$(find "$2" -name weir.pc)")
    libdir=$(dirname "$pc")
    export PKG_CONFIG_PATH="$pc"
    [ -x "$2/bin/weir" ] || fail "$2/bin/weir was not installed"
    complete "$2"
    for module in "$tmp"/build/tools/weir/weir-*.so; do
        [ -e "$module" ] || continue
        broker=${module##*/weir-} broker=${broker%.so}
        "$2/bin/weir" doctor | grep -q "^$broker  *there" || fail "$1: $broker is not found"
    done

    # shellcheck disable=SC2046 # one word a flag
    "$compiler" $options "$tmp/program.c" $(pkg-config --cflags --libs weir) -o "$tmp/$1-shared"
    LD_LIBRARY_PATH=$libdir right "$tmp/$1-shared"
    LD_LIBRARY_PATH=$libdir ldd "$tmp/$1-shared" | grep -qF "$libdir/libweir.so.0" ||
        fail "$1: the program uses another libweir.so.0 than the installed one"

    # shellcheck disable=SC2046
    "$compiler" $options "$tmp/program.c" $(pkg-config --cflags weir) \
        $(pkg-config --libs-only-L weir) \
        -Wl,-Bstatic -lweir -Wl,-Bdynamic $(pkg-config --libs $needs) $plain \
        -o "$tmp/$1-static"
    right "$tmp/$1-static"
    if ldd "$tmp/$1-static" | grep -q libweir; then fail "$1: linked statically, it asks for libweir"; fi
}

compiler=$1
shift
options=$*
CC="$compiler $options" scripts/setup "$tmp/build" -Dtests=false -Doptimization=0 -Ddebug=false \
    -Dprefix="$tmp/before"
scripts/build "$tmp/build" product
needs=$(sed -n 's/^Requires.private: *//p' "$tmp/build/meson-private/weir.pc" | tr -d ,)
plain=$(sed -n 's/^Libs.private: *//p' "$tmp/build/meson-private/weir.pc") # those that have no file there

# The prefix of a build that stands already: what was built for another must go where it is told.
scripts/install "$tmp/build" "$tmp/first"
[ ! -e "$tmp/before" ] || fail "installed under the prefix that was configured before"
linked first "$tmp/first"

scripts/install "$tmp/build" "$tmp/final" "$tmp/package"
[ ! -e "$tmp/final" ] || fail "DESTDIR was given, and the prefix outside of it was made"
export PKG_CONFIG_SYSROOT_DIR="$tmp/package"
linked package "$tmp/package$tmp/final"
unset PKG_CONFIG_SYSROOT_DIR
