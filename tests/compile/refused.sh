#!/bin/sh
# What must not compile does not, and the compiler says why: each case of refused.c under gcc and
# clang, as far as they are here. And what must compile does, without a warning, whatever standard
# and optimisation are asked for: accepted.c.
#
#   refused.sh SOURCE_ROOT REFUSED.c [ACCEPTED.c]
set -eu

root=$1 refused=$2 accepted=${3-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

failed=0
fail() {
    echo "$1"
    sed 's/^/    /' "$tmp/said"
    failed=1
}

# compile COMPILER ARGUMENT...: its words are in $tmp/said.
compile() {
    compiler=$1
    shift
    "$compiler" -I"$root/include" "$@" 2>"$tmp/said"
}

# "NAME words" of each case; where compilers differ, "words of one; words of another".
sed -n 's|^#ifdef \([A-Z_]*\) /\* \(.*\) \*/$|\1 \2|p' "$refused" >"$tmp/cases"
[ "$(grep -c '^#ifdef' "$refused")" = "$(wc -l <"$tmp/cases")" ] || {
    echo "$refused: an #ifdef without its words"
    exit 1
}

warnings='-Wall -Wextra -Wshadow -Werror'
# What compilers warn of by default counts as refused here.
seen='-Werror=unused-result -Werror=incompatible-pointer-types -Werror=int-conversion'
compilers=0
for compiler in gcc clang; do
    command -v $compiler >/dev/null || {
        echo "SKIP $compiler: it is not here"
        continue
    }
    compilers=$((compilers + 1))
    refusing=$seen # and jumps into a loop, which are an error of clang's anyway
    [ $compiler = clang ] || refusing="$seen -Werror=jump-misses-init"
    compile $compiler -std=gnu11 -fsyntax-only "$refused" ||
        fail "$compiler: refused.c does not compile even without a case"
    while read -r name words; do
        printf '%s\n' "$words" | sed 's/; /\n/g' >"$tmp/words"
        # shellcheck disable=SC2086 # one word an option
        if compile $compiler -std=gnu11 $refusing -c -o /dev/null -D"$name" "$refused"; then
            fail "$compiler: $name compiles"
        elif ! grep -qFf "$tmp/words" "$tmp/said"; then
            fail "$compiler: $name is refused, but not with \"$words\":"
        fi
        case $name in # what the optimiser sees
        *LIMIT*)
            ! compile $compiler -std=gnu11 -O2 -c -o /dev/null -D"$name" "$refused" ||
                fail "$compiler -O2: $name compiles"
            ;;
        esac
    done <"$tmp/cases"
    [ -n "$accepted" ] || continue
    for options in '-std=c11 -pedantic -O2' '-std=gnu11 -O0' '-std=gnu17 -O2'; do
        # shellcheck disable=SC2086 # one word an option
        compile $compiler $options $warnings -c -o /dev/null "$accepted" ||
            fail "$compiler $options: accepted.c"
    done
done
echo "$(wc -l <"$tmp/cases") cases, $compilers compilers"
exit $failed
