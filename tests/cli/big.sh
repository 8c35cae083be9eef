#!/bin/sh
# Three GB in a line, in little memory and little time.
. "$(dirname "$0")/common.sh"

truncate -s 3G zeros || skip "no sparse files here"
# Address space, not residence: what is mapped for programs and rings is in it too.
ulimit -v 300000 2>/dev/null || skip "no limit on memory can be set"
run "$weir" stages
[ "$status" -eq 0 ] || skip "the program needs more address space than this (a sanitizer?)"

run "$weir" zeros ! lines ! count
case $status in
0) prints 1 ;;
1) mentions "line" ;;
*) fail "lines ! count: status $status" && cat err ;;
esac
expect 1 "$weir" zeros ! lines ! grep x ! ./out.txt
mentions "weir: lines: "
[ ! -e out.txt ] || fail "out.txt"
expect 1 "$weir" zeros ! lines ! skip 1
expect 0 "$weir" zeros ! null
