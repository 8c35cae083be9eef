#!/bin/sh
# A file system without room: the error names the file, nothing is left, an old file stays.
. "$(dirname "$0")/common.sh"

[ "$(id -u)" -eq 0 ] || skip "only root can mount a small tmpfs"
mkdir files
mount -t tmpfs -o size=1m tmpfs files 2>/dev/null || skip "no tmpfs can be mounted here"
umount_and_finish() {
    status=$?
    cd / && umount "$work/files"
    rm -rf "$work"
    [ "$status" -eq 0 ] && [ "$failures" -eq 0 ]
    exit $?
}
trap umount_and_finish EXIT

head -c 3000000 /dev/zero >big
echo old >files/a.txt
for target in files/a.txt files/new.txt; do
    expect 1 "$weir" big ! $target
    mentions "$target"
    mentions "no space left on device"
    mentions "  big ! $target"
    holds_only a.txt
    [ "$(cat files/a.txt)" = old ] || fail "the old file was changed"
done
mentions "files/new.txt was not created"
expect 1 "$weir" big ! gzip level=0 ! files/new.gz
holds_only a.txt
expect 0 "$weir" big ! gzip ! files/new.gz
holds_only a.txt new.gz
gzip -t files/new.gz || fail "new.gz"
