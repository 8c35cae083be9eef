#!/bin/sh
# weir as a subproject of somebody's Meson project: dependency('weir') finds it, with the shared library
# and with the archive; nothing is built of the command, tests or examples; its warnings are not the
# user's errors; and the house rules pass over what was built.
#
#   subproject.sh SOURCE_ROOT
set -eu

root=$(realpath "$1")
. "$root/tests/dist/common.sh"
takes_minutes

cp -r "$root/tests/dist/subproject" "$root/tests/dist/errors.c" "$tmp"
mv "$tmp/errors.c" "$tmp/subproject"
ln -s "$root" "$tmp/subproject/subprojects/weir"
cd "$tmp"

said setup.log meson setup build subproject --force-fallback-for=weir -Doptimization=0 \
    -Dauto_features=disabled
meson introspect build --targets >targets
for foreign in tools/weir tests/ examples/ bench/ fuzz/; do
    ! grep -qF "/subprojects/weir/$foreign" targets || fail "a subproject has targets of $foreign"
done
! grep -q -e '-Werror' build/build.ninja || fail "a warning would end the user's build"
said build.log ninja -C build errors
right build/errors
ldd build/errors | grep -q libweir.so.0 || fail "it does not ask for the shared library"

said setup.log meson configure build -Ddefault_library=static -Dweir:default_library=static
said build.log ninja -C build errors
right build/errors
! ldd build/errors | grep -q libweir || fail "with the archive it asks for the shared library"

# A tree in which somebody has built, under a name of his own.
mkdir tree
(cd "$root" && tar -cf - --exclude=./build --exclude=./.git .) | tar -xf - -C tree
mkdir -p tree/obj-any/meson-private tree/examples/obj/meson-private
printf 'TO%s\n' DO >tree/obj-any/said.txt
printf 'char gets(void);\n%0120d\n' 0 >tree/examples/obj/odd.c
said tidy.log sh tree/tests/tidy.sh tree
echo "dependency('weir') of a subproject, both ways"
