#!/bin/bash
# SIGINT once and twice, SIGTERM, what was ignored, SIGUSR1. bash, since a job of a plain sh runs
# with SIGINT ignored.
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has a clock of its own: nothing happens to it in real time"
set -m

mkdir files
mkfifo pipe
yes "a line of text" | head -c 1000000 >text

# start COMMAND...: in the background, as it is when it knows what to do with signals.
start() {
    "$@" >out 2>err 7>&- &
    pid=$!
    soon catches $pid || fail "it does not begin: $*"
}
# reads NAME: it has come to that file.
reads() {
    soon has_open $pid "$1\$" || fail "it does not read $1: $(cat err)"
}
# ends SIGNAL: it must end by that signal, soon.
ends() {
    trap - EXIT # or a child that is killed early would run it
    (sleep 20; kill -9 $pid) 2>/dev/null &
    watchdog=$!
    trap finish EXIT
    wait $pid 2>/dev/null
    status=$?
    kill -- -$watchdog 2>/dev/null
    wait $watchdog 2>/dev/null
    [ $status -eq "$1" ] || fail "status $status, not $1"
}
exec 7<>pipe # holds the fifo open

for signal in INT TERM HUP; do
    [ -z "$(trap -p $signal)" ] || continue # ignored by who runs this, as by nohup
    start "$weir" text pipe ! gzip ! files/out.gz
    reads pipe
    kill -$signal $pid
    ends $((128 + $(kill -l $signal)))
    mentions "stopped by SIG$signal"
    mentions "files/out.gz was not created"
    holds_only
done

# What was read goes on to standard output.
start "$weir" text pipe ! gzip
reads pipe
kill -INT $pid
ends 130
gzip -dc <out | cmp -s - text || fail "what was in flight was not finished"
[ ! -s err ] || { fail "something to complain about"; cat err; }

# Standard input that says nothing.
start "$weir" - ! lines ! count ! files/n.txt <&7
kill -INT $pid
ends 130
holds_only

# Nobody reads what it writes: once waits, twice does not.
mkfifo stuck
exec 8<>stuck
cp text old.txt
start "$weir" text text ! lines ! ./stuck
soon is_stuck $pid || fail "it does not fill the pipe: $(cat err)"
kill -INT $pid
sleep 0.3
kill -0 $pid 2>/dev/null || fail "it did not wait for what was in flight"
kill -INT $pid
ends 130
exec 8<&-

# In the middle of computing: a big file.
truncate -s 4G zeros
echo old >files/out.gz
start "$weir" zeros ! gzip level=9 ! files/out.gz
reads zeros
kill -INT $pid
ends 130
mentions "files/out.gz was not changed"
holds_only out.gz
[ "$(cat files/out.gz)" = old ] || fail "the old file"
rm files/out.gz
start "$weir" zeros ! gzip level=9 ! files/out.gz
reads zeros
kill -INT $pid
kill -INT $pid
ends 130
holds_only

# Ignored by who started it: stays ignored.
(trap '' INT; exec "$weir" text pipe ! files/out.txt 2>err) <&7 7>&- &
pid=$!
soon catches $pid || fail "it does not begin"
reads pipe
kill -INT $pid
sleep 0.3
kill -0 $pid 2>/dev/null || fail "an ignored signal ended it"
kill -TERM $pid
ends 143
holds_only

# The table.
start "$weir" text pipe ! gzip ! files/out.gz
soon tells $pid '1000000 bytes' || fail "the table: $(cat err)"
mentions "stage"
kill -TERM $pid
ends 143
