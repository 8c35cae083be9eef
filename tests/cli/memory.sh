#!/bin/sh
# What explain prints as the bound of the memory holds while the pipeline runs. $2 is `peak`.
case $2 in
/*) peak=$2 ;;
*) peak=$PWD/$2 ;;
esac
. "$(dirname "$0")/common.sh"
unset MALLOC_PERTURB_ # it would touch what the program does not

echo small >small
head -c 3000000 /dev/urandom | base64 >text0
cat text0 text0 text0 text0 >text
head -c 900000 /dev/zero | tr '\000' y >long
echo >>long
cat text long long text | gzip -1 >text.gz

"$peak" "$weir" small ! null 2>base || { cat base; exit 1; }
base=$(cat base)
[ "$base" -lt 30000 ] || skip "the program alone needs $base KiB (a sanitizer?)"

# check PIPELINE...: its peak above the base is within the bound, in KiB, and some slack for
# code, arenas, stacks and what the allocator rounds.
check() {
    "$weir" explain "$@" >plan
    bound=$(awk '/^memory bound/ { print int($3 * ($4 ~ /MiB/ ? 1024 : 1)) + 1 }' plan)
    "$peak" "$weir" "$@" >out 2>err || { fail "$*"; cat err; }
    grown=$(($(cat err) - base))
    echo "$grown of $bound KiB: $*"
    [ "$grown" -le $((bound + 1024)) ] || fail "$grown KiB, $bound were promised: $*"
}
check text ! null
check text text text ! lines ! count
printf 'a part without newline' >part
# shellcheck disable=SC2046 # many words
check text $(yes part | head -200) text0 $(yes text0 | head -7) ! lines ! count
check text ! lines ! grep 7f ! count
check text ! lines ! grep -v 7f ! null
check text long text ! lines ! skip 5 ! to lines ! gzip ! null
check text ! gzip ! gunzip ! null
check text0 ! gzip level=9 ! null
check text ! gzip threads=4 ! gunzip ! null
check text.gz ! gunzip ! lines max=2M ! grep ff ! ./out.txt sync=no
check text.gz ! gunzip ! lines ! take 50000 ! ./out.gz
check random 300M seed=1 ! null
check zero 300M ! lines max=2M ! take 0 ! null
check seq 3000000 ! batch 1000 ! unbatch ! count
check text long text ! lines ! batch 100000 max=1M ! ./out.txt sync=no
check text long text ! lines ! par 2 keep-order grep -v 7f ! null
check text ! exec cat ! null
check text text ! lines ! sort mem=2M tmp=. ! count
check text ! retry ! lines ! retry ! count
check seq 40 ! par 8 keep-order exec 'sh -c "head -c 900000 text"' ! null
