#!/bin/sh
# As wc says it, in the directory's order.
#
#   par_dir.sh PROGRAM
set -eu

program=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir files files/below
for i in $(seq 40); do
    seq $((i * i)) >"files/$i"
done
: >files/empty

"$program" files >said
sort said >sorted
{
    (cd files && for file in *; do [ -d "$file" ] || wc -l "$file"; done) |
        while read -r lines name; do printf '%8u %s\n' "$lines" "$name"; done
    printf '%8u in all\n' "$(cat files/[0-9]* | wc -l)"
} | sort >expected
diff -u expected sorted
tail -n 1 said | grep -q 'in all$'
! "$program" missing 2>err
grep -q missing err
