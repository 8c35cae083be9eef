#!/bin/sh
# The program of the README, as it stands there, counts what grep counts.
#
#   readme.sh PROGRAM
set -eu

program=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

printf 'GET / 200\nERROR /a\nGET /b 200\nERROR /c\n' | gzip >access.log.gz
[ "$("$program")" = 2 ]

echo "no gzip file" >access.log.gz
if "$program" 2>message; then
    echo "a damaged file was counted" >&2
    exit 1
fi
test -s message
