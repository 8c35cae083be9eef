#!/bin/sh
# clang warns of each case of guarded.c in the words that stand behind it, once, and of nothing where
# there is none; to gcc the guard is nothing. Exit 77: there is no clang.
#
#   guarded.sh SOURCE_ROOT GUARDED.c
set -eu

root=$1 source=$2
said=$(mktemp)
trap 'rm -f "$said"' EXIT
command -v clang >/dev/null || {
    echo "skipped: clang is not here"
    exit 77
}

failed=0
fail() {
    echo "$1"
    sed 's/^/    /' "$said"
    failed=1
}

# compile COMPILER FLAG...: its words are in $said.
compile() {
    compiler=$1
    shift
    "$compiler" -std=gnu11 -Wall -Wextra -I"$root/include" "$@" -c -o /dev/null "$source" 2>"$said"
}

if command -v gcc >/dev/null; then
    compile gcc -Werror || fail "gcc does not compile it"
fi
for flags in -O0 -O2 -DWEIR_LINT=1; do
    compile clang $flags -Werror -Wthread-safety || fail "clang $flags: the good ones are warned of"
done

cases=0
while read -r name words; do
    cases=$((cases + 1))
    compile clang -Wthread-safety "-D$name" || fail "$name does not compile"
    [ "$(grep -c 'warning: .*\[-Wthread-safety' "$said")" = 1 ] && grep -qF "$words" "$said" ||
        fail "$name is not warned of, once, with \"$words\":"
done <<LIST
$(sed -n 's|^#ifdef \([A-Z_]*\) /\* \(.*\) \*/$|\1 \2|p' "$source")
LIST
[ "$cases" = "$(grep -c '^#ifdef' "$source")" ] || fail "$source: an #ifdef without its words"
echo "$cases cases"
exit $failed
