#!/bin/bash
# The command with another libc or for another processor: built all static, with zlib and no other
# library, it passes its scripts.
#
#   elsewhere.sh SOURCE_ROOT musl|m32|aarch64
#
# musl     the system's archive of zlib asks a libc for nothing that musl has not
# m32      Debian's lib32z1-dev
# aarch64  under qemu; zlib is Debian's of that processor, which apt-get downloads
set -eu

root=$(realpath "$1") kind=$2
. "$root/tests/dist/common.sh"
takes_minutes
mkdir -p "$tmp/include" "$tmp/lib"
flags="-idirafter $tmp/include" cross='' run=''
ln -s /usr/include/zlib.h /usr/include/zconf.h "$tmp/include"

# arm64_zlib: the archive alone, without making this system one of two processors.
arm64_zlib() {
    mkdir -p "$tmp/apt/lists/partial" "$tmp/apt/archives/partial"
    set -- -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State="$tmp/apt" \
        -o Dir::State::status=/dev/null -o Dir::Cache="$tmp/apt"
    apt-get "$@" update && cd "$tmp/apt" && apt-get "$@" download zlib1g-dev &&
        dpkg-deb -x zlib1g-dev_*.deb deb && cp deb/usr/lib/aarch64-linux-gnu/libz.a "$tmp/lib"
}

case $kind in
musl)
    need musl-gcc
    compiler=musl-gcc
    cp "$(cc -print-file-name=libz.a)" "$tmp/lib"
    # The kernel's headers are the system's.
    ln -s /usr/include/linux /usr/include/asm-generic "/usr/include/$(cc -print-multiarch)/asm" \
        "$tmp/include"
    ;;
m32)
    [ -f /usr/lib32/libz.a ] || skip "there is no lib32z1-dev"
    compiler="gcc -m32"
    cp /usr/lib32/libz.a "$tmp/lib"
    ln -s "/usr/include/$(cc -print-multiarch)/asm" "$tmp/include" # where cross compilers are
    ;;
aarch64)
    need aarch64-linux-gnu-gcc qemu-aarch64
    compiler=cc run=qemu-aarch64
    (said "$tmp/apt.log" arm64_zlib) || skip "there is no zlib of arm64 to be had"
    cat >"$tmp/cross" <<END
[binaries]
c = 'aarch64-linux-gnu-gcc'
ar = 'aarch64-linux-gnu-ar'
pkgconfig = 'pkg-config'
[properties]
needs_exe_wrapper = true
pkg_config_libdir = '$tmp'
[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
END
    cross="--cross-file $tmp/cross"
    ;;
esac
cat >"$tmp/zlib.pc" <<END
Name: zlib
Description: an archive, and nothing else
Version: 1.2
Libs: -L$tmp/lib -lz
END

cd "$root"
# shellcheck disable=SC2086 # one word an option
said "$tmp/setup.log" env CC="$compiler" PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR="$tmp" \
    meson setup "$tmp/build" $cross -Dauto_features=disabled -Dtests=false -Ddebug=false \
    -Dwerror="$([ "$kind" = m32 ] && echo false || echo true)" -Dc_args="$flags" -Dc_link_args=-static
said "$tmp/build.log" ninja -C "$tmp/build" tools/weir/weir
made=$tmp/build/tools/weir/weir
! readelf -l "$made" | grep -q INTERP || fail "the command asks for a dynamic linker"
weir=$made
if [ "$run" ]; then
    weir=$tmp/weir
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$run" "$made" >"$weir"
    chmod +x "$weir"
    chmod 755 "$tmp" # some scripts start it as nobody
fi

scripts="damage follow frames grammar inputs lines open records signals sinks tables tee words"
# golden and select name bounds of memory, which are those of long pointers. To qemu vfork is fork, so
# that who starts a program that is not there hears nothing of it: exec tells that.
case $kind in
musl) scripts="$scripts exec golden select" ;;
m32) scripts="$scripts exec" ;;
aarch64) scripts="$scripts golden select" ;;
esac
passed=0
for script in $scripts; do
    code=0
    bash "tests/cli/$script.sh" "$weir" >"$tmp/said" 2>&1 || code=$?
    case $code in
    0) passed=$((passed + 1)) ;;
    77) ;;
    *) tail -n 40 "$tmp/said" && fail "tests/cli/$script.sh fails: $kind" ;;
    esac
done
echo "$kind: a command of $(($(stat -c %s "$made") / 1024)) KiB, all static, passes $passed scripts"
