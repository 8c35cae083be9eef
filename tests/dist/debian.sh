#!/bin/sh
# The Debian packages: built as whoever packages does, looked at by lintian, which must
# have nothing to say; the core's three ask for no broker's library; and a program of a user is built
# against what they contain. WITH_TESTS=1 runs the tests in them.
#
#   debian.sh SOURCE_ROOT
set -eu

root=$(realpath "$1")
. "$root/tests/dist/common.sh"
[ -d "$root/debian" ] || skip "debian/ is no part of what is released"
need dpkg-buildpackage dh lintian
takes_minutes

version=$(sed -n 's/^weir (\(.*\)-[^-]*) .*/\1/p' "$root/debian/changelog" | head -1)
cd "$tmp"
mkdir "weir-$version"
(cd "$root" && tar -cf - --exclude=./build --exclude=./.git --exclude=./debian --exclude=target .) |
    tar -xf - -C "weir-$version"
tar -czf "weir_$version.orig.tar.gz" "weir-$version"
cp -r "$root/debian" "weir-$version"
cd "weir-$version"
[ "${WITH_TESTS:-}" ] || export DEB_BUILD_OPTIONS=nocheck
began=$(date +%s)
said ../build.log dpkg-buildpackage -us -uc
took=$(($(date +%s) - began))
cd ..
root_too=$([ "$(id -u)" -ne 0 ] || echo --allow-root)
# shellcheck disable=SC2086 # none or one
lintian $root_too -i --fail-on warning weir_*.changes >lintian.log 2>&1 || { cat lintian.log && fail "lintian"; }
[ ! -s lintian.log ] || { cat lintian.log && fail "lintian has something to say"; }

for package in weir libweir0 libweir-dev; do
    deb=$(ls "$package"_*.deb)
    ! dpkg-deb -f "$deb" Depends | grep -qE 'nats|kafka|redis' ||
        fail "$package needs a broker: $(dpkg-deb -f "$deb" Depends)"
    dpkg-deb -x "$deb" installed
done
libdir=$(dirname "$(find "$tmp/installed" -name libweir.a)")
export PKG_CONFIG_PATH="$libdir/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$tmp/installed"
# shellcheck disable=SC2046 # one word a flag
cc "$root/tests/dist/errors.c" $(pkg-config --cflags --libs weir) -o errors
LD_LIBRARY_PATH=$libdir right "$tmp/errors"
[ "$(installed/usr/bin/weir log.gz ! gunzip ! lines ! grep ERROR ! count)" = 2 ] ||
    fail "the command does not count"
echo "$(ls ./*.deb | grep -cv dbgsym) packages in $took s, and lintian says nothing"
