#!/bin/sh
# Killed at any moment: a file is absent or the old one, or it is complete; nothing half-written
# stands under its name. $2 is `killer`. CHECK=long draws many more moments.
case $2 in
/*) killer=$2 ;;
*) killer=$PWD/$2 ;;
esac
. "$(dirname "$0")/common.sh"

mkdir files
awk 'BEGIN { for (i = 0; i < 40000; i++) print "a line of text", i * 7919 % 40009 }' >big
moments=10 # of each mode
[ "${CHECK:-}" != long ] || moments=200

for mode in new replace new-unsynced replace-unsynced append; do
    "$killer" "$weir" $mode $moments || fail "$mode"
done
