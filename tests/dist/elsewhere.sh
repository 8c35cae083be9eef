#!/bin/sh
# The command with musl instead of the GNU libc, all static: it is built, and passes the command's tests.
# zlib is the system's archive, which asks a libc for nothing that musl has not; there is no other
# library. The kernel's headers are the system's too.
#
#   musl.sh SOURCE_ROOT
set -eu

root=$(realpath "$1")
. "$root/tests/dist/common.sh"
need musl-gcc
takes_minutes

libdir=$(cc -print-file-name=libz.a)
[ -f "$libdir" ] || skip "there is no libz.a"
mkdir -p "$tmp/libs/include" "$tmp/libs/lib"
ln -s /usr/include/linux /usr/include/asm-generic /usr/include/zlib.h /usr/include/zconf.h "$tmp/libs/include"
ln -s "/usr/include/$(cc -print-multiarch)/asm" "$tmp/libs/include"
[ -f /usr/include/zconf.h ] ||
    ln -sf "/usr/include/$(cc -print-multiarch)/zconf.h" "$tmp/libs/include"
ln -s "$libdir" "$tmp/libs/lib"
cat >"$tmp/libs/zlib.pc" <<END
Name: zlib
Description: the system's archive
Version: 1.2
Libs: -L$tmp/libs/lib -lz
Cflags: -idirafter $tmp/libs/include
END
cd "$root"
said "$tmp/setup.log" env CC=musl-gcc PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR="$tmp/libs" \
    meson setup "$tmp/build" -Dwerror=true -Dauto_features=disabled -Dtests=false -Doptimization=1 \
    -Dc_args="-idirafter $tmp/libs/include" -Dc_link_args=-static
said "$tmp/build.log" ninja -C "$tmp/build" tools/weir/weir
weir=$tmp/build/tools/weir/weir
readelf -l "$weir" | grep -q INTERP && fail "the command asks for a dynamic linker"

right_here() { [ "$("$weir" "$tmp/log.gz" ! gunzip ! lines ! grep ERROR ! count)" = 2 ]; }
printf 'GET / 200\nERROR /a\nGET /b 200\nERROR /c\n' | gzip >"$tmp/log.gz"
right_here || fail "the command does not count"
passed=0
for script in damage exec follow frames golden grammar inputs lines open records select signals sinks \
    tables tee words; do
    code=0
    bash "tests/cli/$script.sh" "$weir" >"$tmp/said" 2>&1 || code=$?
    case $code in
    0) passed=$((passed + 1)) ;;
    77) ;;
    *) tail -n 40 "$tmp/said" && fail "tests/cli/$script.sh fails with musl" ;;
    esac
done
cp "$weir" "$tmp/small"
strip "$tmp/small"
echo "a command of $(($(stat -c %s "$tmp/small") / 1024)) KiB passes $passed scripts"
