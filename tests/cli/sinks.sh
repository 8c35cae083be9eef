#!/bin/sh
# Files are whole or not there; standard output says when it cannot be written.
. "$(dirname "$0")/common.sh"

mkdir files
awk 'BEGIN { for (i = 0; i < 200000; i++) print "line", i }' >big

# New, replaced, with the old one's mode, through a link, added to.
umask 022
expect 0 "$weir" big ! files/a.txt
same big files/a.txt
holds_only a.txt
[ "$(stat -c %a files/a.txt)" = 644 ] || fail "mode of a new file: $(stat -c %a files/a.txt)"
chmod 600 files/a.txt
echo new >small
expect 0 "$weir" small ! files/a.txt
same small files/a.txt replaced
[ "$(stat -c %a files/a.txt)" = 600 ] || fail "mode of a replaced file"
if [ "$(id -u)" -eq 0 ] && chown 12:34 files/a.txt 2>/dev/null; then
    chmod 640 files/a.txt
    expect 0 "$weir" small ! files/a.txt
    [ "$(stat -c %a:%u:%g files/a.txt)" = 640:12:34 ] ||
        fail "a replaced file: $(stat -c %a:%u:%g files/a.txt)"
    chown 0:0 files/a.txt
fi
expect 0 "$weir" small ! files/a.txt append
expect 0 "$weir" small ! files/a.txt append sync=no
[ "$(wc -l <files/a.txt)" -eq 3 ] || fail append
expect 0 "$weir" small ! files/b.txt append
same small files/b.txt "append to nothing"
expect 0 "$weir" big ! files/b.txt sync=no
same big files/b.txt sync=no
expect 0 "$weir" big ! file:files/with,comma
same big files/with,comma
rm files/b.txt files/with,comma
: >empty
expect 0 "$weir" empty ! files/e.txt
[ -e files/e.txt ] && [ ! -s files/e.txt ] || fail "an empty result is a file too"
rm files/e.txt
holds_only a.txt

# A failed run leaves the old one, or what came when that was asked for.
cp files/a.txt old
expect 1 "$weir" big ! gunzip ! files/a.txt
mentions "files/a.txt was not changed"
same old files/a.txt
gzip -c big | head -c 200000 >cut.gz
expect 1 "$weir" cut.gz ! gunzip ! files/a.txt partial=keep
mentions "files/a.txt was not changed; what came is in files/a.txt.partial"
same old files/a.txt
gunzip -c <cut.gz >wanted 2>/dev/null
[ -s files/a.txt.partial ] || fail "nothing was kept"
head -c "$(wc -c <files/a.txt.partial)" big | cmp -s - files/a.txt.partial || fail "what was kept"
rm files/a.txt.partial

# What is said of what is there: adding to nothing, and a name that cannot be had.
(
    trap '' XFSZ
    ulimit -f 8
    "$weir" big ! files/new.txt append 2>err
)
mentions "bytes went to files/new.txt"
rm files/new.txt
mkdir files/deep
ln -s deep/real.txt files/link.txt
echo stale >files/link.txt.partial
expect 1 "$weir" cut.gz ! gunzip ! files/link.txt partial=keep
mentions "files/link.txt was not created; what came is in files/deep/real.txt.partial"
[ -s files/deep/real.txt.partial ] && [ "$(cat files/link.txt.partial)" = stale ] ||
    fail "what was kept behind a link"
rm -r files/deep files/link.txt files/link.txt.partial
echo precious >files/new.txt.partial
expect 1 "$weir" big ! gunzip ! files/new.txt partial=keep
[ "$(cat files/new.txt.partial)" = precious ] || fail "an earlier partial file is gone for nothing"
rm files/new.txt.partial
mkdir files/new.txt.partial
expect 1 "$weir" cut.gz ! gunzip ! files/new.txt partial=keep
mentions "files/new.txt was not created"
mentions "what came could not be kept in files/new.txt.partial: "
grep -q 'what came is in' err && fail "nothing was kept, but it was said"
rmdir files/new.txt.partial

# Not a regular file: written in place.
expect 0 "$weir" big ! /dev/null
[ -c /dev/null ] || fail "/dev/null was replaced"
mkfifo pipe
cat pipe >through &
expect 0 "$weir" big ! ./pipe
wait
same big through "a fifo"
[ -p pipe ] || fail "the fifo was replaced"

# What is read must not be what is added to.
cp small loop.txt
expect 1 "$weir" loop.txt ! loop.txt append
mentions "this input is the output too"
"$weir" loop.txt ! - >>loop.txt 2>err && fail "read and added to by the shell"
mentions "this input is the output too"
same small loop.txt

# Standard output.
if [ -e /dev/full ]; then
    "$weir" big >/dev/full 2>err
    [ $? -eq 1 ] || fail "/dev/full: status"
    mentions "no space left on device"
    "$weir" small ! lines ! count >/dev/full 2>err
    [ $? -eq 1 ] || fail "/dev/full, little"
    "$weir" stages >/dev/full 2>err
    [ $? -eq 1 ] || fail "/dev/full, stages"
    mentions "standard output: cannot write: no space left on device"
    expect 1 "$weir" big ! /dev/full
    mentions "/dev/full"
fi
"$weir" small ! - >&- 2>err
[ $? -eq 1 ] || fail "closed standard output"
"$weir" small ! files/c.txt >&- 2>&- </dev/null || fail "none of the three is needed"
same small files/c.txt

# A reader that has enough: death by SIGPIPE, as cat.
status_of_first() { { { "$@"; echo $? >&3; } | head -1 >/dev/null; } 3>&1; }
got=$(status_of_first "$weir" big ! lines ! grep line)
[ "$got" -eq 141 ] || fail "a closed pipe gives $got"
got=$(status_of_first "$weir" big big big ! gzip level=0 ! gunzip)
[ "$got" -eq 141 ] || fail "a closed pipe gives $got (bytes)"
got=$( (trap '' PIPE; status_of_first "$weir" big 2>err) )
[ "$got" -eq 1 ] || fail "a closed pipe with SIGPIPE ignored gives $got"
mentions "pipe"

# The same when nothing comes that could be written.
mkfifo silent
exec 6<>silent
got=$({ { timeout 30 "$weir" - ! lines ! grep line <silent; echo $? >&3; } | true; } 3>&1)
[ "$got" -eq 141 ] || fail "a closed pipe gives $got while nothing comes"
exec 6>&-
