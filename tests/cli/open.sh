#!/bin/sh
# open and decompress: by the first bytes, then by the name, two layers, and never of a peer.
. "$(dirname "$0")/common.sh"

awk 'BEGIN { for (i = 0; i < 30000; i++) print i, i * i % 97 }' >log
gzip -k log
gzip -k -c log.gz >twice.gz
cp log.gz named.log
cp log plain.gz
cp twice.gz log.gz.gz
: >none

for file in log log.gz named.log twice.gz log.gz.gz; do
    expect 0 "$weir" open $file
    same out log "open $file"
    expect 0 "$weir" $file ! decompress
    same out log "$file ! decompress"
    expect 0 "$weir" - ! decompress <$file
    same out log "decompress of standard input: $file"
done
expect 0 "$weir" open none
[ -s out ] && fail "open none"
expect 0 "$weir" exec:'cat log.gz' ! decompress
same out log "decompress of what a command gives"
expect 0 "$weir" log log.gz ! decompress # of two, the first bytes are the first's
cat log log.gz >wanted && same out wanted "of two files"

expect 1 "$weir" open plain.gz
complains "weir: open: byte 0 of plain.gz: this is no gzip data: it does not begin with 1f 8b
  open plain.gz
  ^~~~~~~~~~~~~ a name without its suffix, if this is not compressed"
head -c 30000 log.gz >cut.gz
expect 1 "$weir" open cut.gz ! lines ! count
grep -q '^weir: open: byte 30000 of cut.gz: ' err || fail "$(cat err)"
expect 2 "$weir" tcp:localhost:9 ! decompress ! null
complains "weir: of what a peer sends nothing is guessed
  tcp:localhost:9 ! decompress ! null
  ~~~~~~~~~~~~~~~   ^~~~~~~~~~ gunzip, or another by its name"
expect 2 "$weir" serve tcp-listen:0 ! decompress ! -
expect 2 "$weir" log ! open x
expect 2 "$weir" open
expect 2 "$weir" open nothing.here
