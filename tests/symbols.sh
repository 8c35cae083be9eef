#!/bin/sh
# What a program links from an archive has no names but those that begin with weir_: its own cannot
# clash with them. Names that begin with two underscores are the compiler's.
#
#   symbols.sh NM ARCHIVE...
set -eu

nm=$1 failed=0
shift
for archive; do
    names=$("$nm" --defined-only -g "$archive" | awk 'NF == 3 { print $3 }' | sort -u)
    if [ -z "$names" ]; then
        echo "${archive##*/}: it has no names: is it there, and one that nm can read?"
        failed=1
        continue
    fi
    others=$(echo "$names" | grep -vE '^(weir_|__)' || true)
    for name in $others; do
        echo "${archive##*/}: $name is a name of programs: begin it with weir_, or make it static"
        failed=1
    done
    echo "${archive##*/}: $(echo "$names" | wc -l) names"
done
exit $failed
