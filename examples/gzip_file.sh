#!/bin/sh
# What gzip_file writes, gzip reads; a file that is not there gives an error and no result.
#
#   gzip_file.sh PROGRAM FILE
set -eu

program=$1
file=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$program" "$file" "$folder/packed.gz"
gzip -dc "$folder/packed.gz" | cmp - "$file"

if "$program" "$folder/missing" "$folder/other.gz" 2>"$folder/message"; then
    echo "a missing file was compressed" >&2
    exit 1
fi
grep -q missing "$folder/message"
test ! -e "$folder/other.gz"
