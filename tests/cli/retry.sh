#!/bin/bash
# retry: a chain that is built anew, what is told of it, what cannot be tried again.
. "$(dirname "$0")/common.sh"

cat >flaky <<'END'
#!/bin/sh
# flaky N [TEXT]: fails N times, with TEXT before; then it does not.
n=$(cat state 2>/dev/null || echo 0)
echo $((n + 1)) >state
printf '%s' "$2"
[ "$n" -ge "$1" ] || exit 3
echo "after $n"
END
chmod +x flaky

if [ "${WEIR_DRIVER:-}" != sim ]; then
    expect 0 "$weir" exec:'./flaky 2' ! retry delay=10ms
    prints 'after 2'
    complains "weir: exit status 3 of './flaky 2'; try 2 of 5 in $(sed -n '1s/.* in //p' err)
weir: exit status 3 of './flaky 2'; try 3 of 5 in $(sed -n '2s/.* in //p' err)"
    sed -n '1s/.* in \([0-9]*\) ms/\1/p' err >first
    [ "$(cat first)" -ge 10 ] && [ "$(cat first)" -le 12 ] || fail "the first pause: $(cat err)"
    sed -n '2s/.* in \([0-9]*\) ms/\1/p' err >second
    [ "$(cat second)" -ge 20 ] && [ "$(cat second)" -le 25 ] || fail "the second pause: $(cat err)"
    rm state
    expect 1 "$weir" exec:'./flaky 2' ! retry tries=2 delay=10ms ! ./none
    [ "$(cat state)" -eq 2 ] || fail "it was tried $(cat state) times"
    mentions "  'exec:./flaky 2' ! retry tries=2 delay=10ms ! ./none
  ^~~~~~~~~~~~~~~~   ~~~~~~~~~~~~~~~~~~~~~~~~
  ./none was not created"
    # The longest pause.
    rm state
    expect 0 "$weir" exec:'./flaky 4' ! retry delay=10ms max=20ms
    grep -vE 'in (1[0-2]|2[0-5]) ms$' err >wanted && fail "a pause is too long: $(cat err)"
    # Nothing comes twice: what has passed makes an error final.
    rm state
    expect 1 "$weir" exec:'./flaky 2 x' ! retry tries=4 delay=10ms
    [ "$(cat out)" = x ] || fail "what passed: $(cat out)"
    [ "$(cat state)" -eq 1 ] || fail "it was tried again, though something had passed"
    mentions 'retry behind what gives little, and late: what has passed stays'
    # Behind what gives all at the end.
    rm state
    expect 0 "$weir" exec:'./flaky 2 x' ! lines ! count ! retry tries=4 delay=10ms
    prints 1
    # Of lines, of batches, of results; one retry over another.
    rm state
    expect 0 "$weir" exec:'./flaky 2' ! lines ! retry tries=2 delay=10ms ! retry tries=2 delay=10ms ! grep after
    prints 'after 2'
    rm state
    expect 0 "$weir" exec:'./flaky 1' ! lines ! batch 9 ! retry delay=10ms ! unbatch
    prints 'after 1'
    rm state
    expect 0 "$weir" exec:'./flaky 1' ! lines ! exec 'echo' ! retry delay=10ms ! ./out.txt
    [ "$(cat out.txt)" = 'after 1' ] || fail "behind exec: $(cat out.txt)"
    # Through other stages, and a long line behind it.
    rm state
    expect 0 "$weir" exec:'./flaky 2' ! exec cat ! gzip ! retry delay=10ms ! gunzip
    prints 'after 2'
    rm state
    expect 0 "$weir" exec:'./flaky 1 && printf %0300000d 1' ! exec 'sort -r' ! retry delay=10ms ! lines ! count
    prints 2
    # Told to stop while it waits.
    "$weir" exec:'exit 3' ! retry delay=1h ! ./none 2>err &
    pid=$!
    soon catches $pid && soon grep -q 'try 2 of 5 in ' err || fail "it does not wait for a next try: $(cat err)"
    kill -TERM $pid
    wait $pid 2>/dev/null
    [ $? -eq 143 ] || fail "it waits for the next try, though told to stop"
    [ ! -e none ] || fail "a file of what was cut"
    # A connection that is there at the third try.
    "$weir" tcp-listen:127.0.0.1:0 ! null 2>port.err &
    listening port.err
    "$weir" exec:true ! tcp:$address
    wait
    (sleep 0.3; exec "$weir" exec:'echo there' ! tcp-listen:$address) &
    expect 0 "$weir" tcp:$address ! retry tries=400 delay=20ms max=50ms
    prints there
    wait
fi
expect 0 "$weir" seq 3 ! retry
prints '1
2
3'
seq 100000 >in
expect 0 "$weir" in ! retry ! lines ! retry ! count
prints 100000

# What can be had once.
expect 2 "$weir" - ! lines ! retry ! count
complains "weir: standard input can be had once, and 'retry' reads it anew
  - ! lines ! retry ! count
  ~           ^~~~~ a file, exec: or an address that is dialled can be opened again"
mkfifo pipe
expect 2 "$weir" in pipe ! retry
complains "weir: a pipe can be had once, and 'retry' reads it anew
  in pipe ! retry
     ~~~~   ^~~~~ a file, exec: or an address that is dialled can be opened again"
expect 2 "$weir" tcp-listen:0 ! retry
mentions "a connection that somebody made can be had once"
expect 2 "$weir" /dev/stdin ! retry
mentions "a descriptor can be had once"
expect 2 "$weir" /dev/zero ! retry
mentions "a device can be had once"
expect 2 "$weir" in ! tee t ! retry ! null + t. ! count
mentions "what a tee has copied can be had once"
expect 2 "$weir" in ! tee t ! null + t. ! retry ! null
mentions "what a tee gives can be had once"
expect 2 "$weir" serve tcp-listen:0 ! retry ! -
mentions "a connection can be had once"
expect 2 "$weir" in ! retry tries=0
mentions '0 is outside 1 to'
