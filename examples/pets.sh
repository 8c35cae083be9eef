#!/bin/sh
# The same pets after a way through every format; a bad record is told and left out; protoc, where it
# is there, reads and writes the same bytes.
#
#   pets.sh PROGRAM
set -eu

program=$(realpath "$1")
cd "$(mktemp -d)"
trap 'rm -rf "$PWD"' EXIT

cat >pets.csv <<'END'
name,age
Daffy Duck,24
"Bugs ""the"" Bunny",22
"Émile, of Ulm",-1
Old,9223372036854775807
,
END
"$program" pets.csv pets.pb
"$program" pets.pb again.csv
tail -n +2 pets.csv | head -4 >wanted
tail -n +2 again.csv | head -4 | cmp - wanted

"$program" pets.csv pets.ndjson
head -1 pets.ndjson | grep -qx '{"name":"Daffy Duck","age":24}'
if "$program" pets.ndjson again.pb 2>said; then
    cmp pets.pb again.pb
else
    grep -q 'json' said # not in this build
fi

printf 'name,age\na,1\nb,old\nc,3\n' >bad.csv
"$program" bad.csv good.csv 2>said
grep -q "'age' is 'old', which is not a whole number" said
grep -q 'record 2' said
printf 'name,age\na,1\nc,3\n' | cmp - good.csv

command -v protoc >/dev/null || exit 0
cat >pets.proto <<'END'
syntax = "proto3";
message Pet { string name = 1; int64 age = 2; }
END
printf 'name,age\nDaffy Duck,24\n' >one.csv
"$program" one.csv one.pb
printf 'name: "Daffy Duck" age: 24' | protoc --encode=Pet pets.proto >message
tail -c +2 one.pb | cmp - message # behind its length, one byte
