#!/bin/sh
# More than fits in memory is sorted as sort(1) sorts it, in the memory that was said. $2 is `peak`,
# $3 how many million bytes: 1000 in make check.
case $2 in
/*) peak=$2 ;;
*) peak=$PWD/$2 ;;
esac
megabytes=${3:-20}
. "$(dirname "$0")/common.sh"
unset MALLOC_PERTURB_ # it would touch what the program does not

memory=$((megabytes > 500 ? 64 : 2))
awk -v n=$((megabytes * 26000)) 'BEGIN {
    srand(11)
    for (i = 0; i < n; i++)
        printf "%d some words of a line %08x\n", rand() * 1e9, rand() * 4e9
}' >data.txt
echo >small
"$peak" "$weir" small ! null 2>base || fail "the base"
"$peak" "$weir" data.txt ! lines ! sort mem=${memory}M tmp=. ! ./sorted sync=no 2>err || { fail "sort" && cat err; }
grown=$((($(tail -n 1 err) - $(cat base)) / 1024))
echo "$(($(wc -c <data.txt) / 1000000)) MB in $grown MiB, of which $memory are the sort's"
[ "$grown" -le $((memory + 8)) ] || [ "$(cat base)" -ge 30000 ] || fail "it took $grown MiB"
sort -s -S 200M -T . data.txt | cmp -s - sorted || fail "sort(1) says otherwise"
