#!/bin/sh
# Each public header compiles alone, and so do a user's program with a function of each kind and what
# the inspector's headers begin with: as GNU C and as strict C11, without a warning.
#
#   headers.sh SOURCE_ROOT COMPILER...
set -eu

root=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# compiles COMPILER...: $source, which is called $name.
compiles() {
    for standard in gnu11 "c11 -pedantic"; do
        # shellcheck disable=SC2086 # one word a flag
        "$@" -std=$standard -Wall -Wextra -Wshadow -Wstrict-prototypes -Wundef -Wpointer-arith \
            -Wwrite-strings -Wcast-qual -Wmissing-prototypes -Werror -O1 -S -o "$tmp/out.s" \
            -I"$root/include" "$source" || {
            echo "$name does not compile alone as $standard"
            failed=1
        }
    done
}

n=0
for header in "$root"/include/weir.h "$root"/include/weir/*.h; do
    name=${header#"$root"/include/} source=$tmp/alone.c
    printf '#include "%s"\n' "$name" >"$source"
    n=$((n + 1))
    compiles "$@"
done
name="a user's program" source=$root/tests/headers.c
compiles "$@"

# The first example of a header, in a function.
for header in "$root"/include/weir/inspect*.h; do
    name="the example of ${header#"$root"/include/}" source=$tmp/example.c
    {
        printf '#include <stdio.h>\n#include <weir.h>\nvoid example(weir_rt *rt);\n'
        printf 'void example(weir_rt *rt)\n{\n    weir_error error;\n    (void)rt;\n'
        awk '/\*\/$/ { exit } sub(/^ \*     /, "    ") && $1 != "..."' "$header"
        echo '}'
    } >"$source"
    compiles "$@"
done
echo "$n headers, and programs"
exit $failed
