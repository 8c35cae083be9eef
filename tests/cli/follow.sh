#!/bin/bash
# tail, glob and watch as sources, and timeout.
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has a clock of its own: nothing happens to it in real time"

seq 100 >app.log
mkdir files dir dir/sub

# ---- tail ----

expect 0 "$weir" tail app.log ! lines ! take 10
[ "$(head -n 1 out)" = 91 ] || fail "the last ten lines: $(cat out)"
expect 0 "$weir" tail app.log lines=2 ! lines ! take 2
prints "99
100"
expect 0 "$weir" tail app.log bytes=7 ! lines ! take 2
prints "99
100"
expect 0 "$weir" tail app.log whole ! lines ! take 1
prints 1

# Followed through a rotation, into a socket that somebody listens to.
"$weir" unix-listen:files/alert.sock ! lines ! take 3 >alerts &
listener=$!
appears files/alert.sock
"$weir" tail app.log ! lines ! grep ERROR ! unix:files/alert.sock 2>tail.err &
pid=$!
echo "ERROR 1" >>app.log
echo "fine" >>app.log
soon has_open $pid app.log || fail "it does not open app.log"
mv app.log app.log.1
echo "ERROR 2" >>app.log.1
echo "ERROR 3" >app.log
wait $listener || fail "the listener"
[ "$(cat alerts)" = "ERROR 1
ERROR 2
ERROR 3" ] || fail "through a rotation: $(cat alerts)"
kill $pid
wait $pid
grep -q "^weir: app.log is another file now, which is read from its beginning" tail.err ||
    fail "a rotation is told: $(cat tail.err)"

# Waited for.
"$weir" tail files/new wait ! lines ! take 1 >out 2>err &
pid=$!
echo hello >files/new
wait $pid || fail "a file that is waited for"
prints hello
rm -f files/*

# Told to stop: what is in flight goes on to standard output, a file is not created.
"$weir" tail app.log whole ! files/x 2>err &
pid=$!
soon catches $pid && soon has_open $pid app.log || fail "it does not open app.log"
kill -TERM $pid
wait $pid
[ $? -eq 143 ] || fail "its status when it is stopped"
mentions "files/x was not created"
holds_only

# What it writes is not what it reads.
expect 1 timeout 30 "$weir" tail app.log whole ! app.log append
mentions "this input is the output too"

expect 2 "$weir" tail missing.log ! null
complains "weir: missing.log: cannot open: no such file or directory
  tail missing.log ! null
  ^~~~~~~~~~~~~~~~ look whether the path is right"
expect 2 "$weir" tail dir ! null
mentions "dir: cannot read: is a directory"
expect 2 "$weir" tail app.log lines=3 whole
complains "weir: both say where to begin
  tail app.log lines=3 whole
               ~~~~~~~ ^~~~~ one of the two"
expect 2 "$weir" tail
mentions "'tail' needs FILE"
expect 2 "$weir" app.log ! tail app.log
complains "weir: 'tail' is a source, and stands in front
  app.log ! tail app.log
            ^~~~~~~~~~~~ 'last N' gives the last lines"
expect 2 "$weir" app.log tail app.log
complains "weir: 'tail' and its arguments are all that is read there
  app.log tail app.log
          ^~~~ the first word of its chain"
expect 2 "$weir" follow app.log
mentions "did you mean 'tail'?"

# ---- glob ----

touch dir/b.txt dir/a.txt dir/.hidden dir/sub/c.txt dir/x.log
expect 0 "$weir" glob 'dir/*.txt'
prints "dir/a.txt
dir/b.txt"
expect 0 "$weir" glob 'dir/**/*.txt' ! count
prints 3
expect 0 "$weir" glob 'dir/none*' ! count
prints 0
expect 2 "$weir" glob dir ! gzip
complains "weir: 'gzip' takes bytes, 'glob' gives lines
  glob dir ! gzip
  ~~~~~~~~   ^~~~ put 'to lines' between them"

# ---- watch ----

# is_watching PID: the kernel was asked to look at a directory.
is_watching() {
    grep -q '^inotify wd:' "/proc/$1/fdinfo/"*
}

"$weir" watch dir ! grep closed ! take 2 >out 2>err &
pid=$!
soon is_watching $pid || fail "it does not watch: $(cat err)"
echo 1 >dir/one
echo 2 >dir/two
wait $pid || fail "watch"
prints "closed dir/one
closed dir/two"
mkdir gone
"$weir" watch gone >out 2>err &
pid=$!
soon is_watching $pid || fail "it does not watch: $(cat err)"
mkdir gone/sub
rmdir gone/sub gone
wait $pid || fail "what is watched is gone"
prints "created gone/sub/
deleted gone/sub/
deleted gone"
expect 1 "$weir" watch nowhere
mentions "nowhere: "
mentions "no such file or directory"

# ---- timeout ----

mkfifo quiet
(exec 3<>quiet && exec "$weir" - ! timeout 100ms ! files/x <quiet 2>err)
[ $? -eq 4 ] || fail "the status of a timeout"
complains "weir: timeout: standard input: no byte came for 100 ms
  - ! timeout 100ms ! files/x
      ^~~~~~~~~~~~~
  files/x was not created"
expect 0 "$weir" app.log.1 ! timeout 10s ! lines ! count
expect 2 "$weir" app.log ! timeout 10 ! null
complains "weir: '10' is not a time: 500ms, 10s, 5m, 1h
  app.log ! timeout 10 ! null
                    ^~ usage: timeout TIME"
holds_only
