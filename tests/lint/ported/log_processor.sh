#!/bin/sh
# As grep, awk, sort and uniq say it, of a packed log and of the same one unpacked.
#
#   log_processor.sh PROGRAM
set -eu

program=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

awk 'BEGIN {
    for (i = 1; i <= 20000; i++) {
        status = i % 7 ? 200 : 404
        printf "10.0.%d.%d - GET /page/%d %d\n", i % 5, (i * i) % 23, i % 41, status
    }
}' >log
gzip -k log

expected() {
    grep -F "$1" log | awk -v column="$2" '{ print $column }' | LC_ALL=C sort | uniq -c |
        LC_ALL=C sort -k1,1nr -k2,2 | head -n 10 | awk '{ printf "%8d %s\n", $1, $2 }'
}

for query in "404 1" "GET 4" "/page/7 5" "nothing 1"; do
    set -- $query
    expected "$1" "$2" >wanted
    for file in log log.gz; do
        "$program" "$file" "$1" "$2" >said
        diff -u wanted said
    done
done

head -c 1000 log.gz >cut.gz
! "$program" cut.gz GET 2>err
grep -q cut.gz err
! "$program" missing GET 2>err
grep -q missing err
