#!/bin/sh
# rate, throttle, buffer, meter: on sim's clock, so that no time passes and each number is the same again.
. "$(dirname "$0")/common.sh"

head -c 5000000 /dev/zero | tr '\0' '\n' >in
mkdir files

(
    WEIR_DRIVER=sim
    export WEIR_DRIVER
    expect 0 "$weir" in ! rate 1000000 ! meter slow every=2s ! files/out
    complains "weir: slow: 2.1 MB in 0:02, 1.0 MB/s
weir: slow: 4.1 MB in 0:04, 1.0 MB/s
weir: slow: in all 5 MB in 0:04, 1.0 MB/s"
    same in files/out
    expect 0 "$weir" seq 11 ! throttle 5 ! to lines ! meter ! ./files/out
    complains "weir: meter: in all 24 B in 0:02, 11 B/s"
    seq 11 | same - files/out
    expect 0 "$weir" seq 13 ! throttle 1 every=200ms burst=3 ! to lines ! meter ! null
    complains "weir: meter: in all 30 B in 0:02, 14 B/s"
    printf 'n\n1\n2\n' >table.csv
    expect 0 "$weir" table.csv ! from csv ! throttle 1 every=1h ! to csv ! meter ! null
    complains "weir: meter: in all 6 B in 2:00:00, 0 B/s"
    expect 0 "$weir" in ! meter ! rate 1 ! lines ! take 3
    [ ! -s err ] || fail "a meter whose bytes have not all passed says nothing"
    expect 0 "$weir" in ! meter ! lines ! count
    mentions "weir: meter: in all 5 MB in 0:0"
    prints 5000000
    exit $failures
) || fail "on sim's clock"

# Names of meters cannot steer a terminal.
expect 0 "$weir" in ! meter "$(printf 'a\033[31m')" ! null
mentions 'weir: a\x1b[31m: in all 5 MB'

# A rate is kept: a fifth of it is there at the beginning and in a tenth of a second.
before=$(date +%s%N)
expect 0 "$weir" in ! rate 20000000 ! null
after=$(date +%s%N)
[ $(((after - before) / 1000000)) -ge 140 ] || fail "too fast: $(((after - before) / 1000000)) ms"

expect 0 "$weir" in ! buffer 1M ! gzip ! buffer 64K ! gunzip ! files/out
same in files/out
# It reads on while nobody takes anything.
mkfifo from to
exec 5<>from 6<>to
(exec 5>&- 6>&-; exec "$weir" ./from ! buffer 4M ! ./to) &
pid=$!
head -c 3000000 in >from # more than both pipes hold
exec 5>&-
head -c 3000000 <&6 >held
head -c 3000000 in | cmp -s - held || fail "what a buffer held: $(wc -c <held)"
wait $pid || fail "the buffer's status"
exec 6>&-

expect 2 "$weir" in ! throttle 5 ! null
mentions "'throttle' takes"
expect 2 "$weir" seq 3 ! throttle 99999999999 every=99h ! null
mentions "so many in so long are more than can be counted"
expect 2 "$weir" seq 3 ! throttle 0 ! null
mentions "0 is outside 1 to"
expect 2 "$weir" seq 3 ! throttle 1 burst=0 ! null
mentions "0 is outside 1 to"
expect 2 "$weir" in ! rate
mentions "'rate' needs BYTES"
expect 2 "$weir" in ! rate 0 ! null
mentions "0 is outside 1 to"
expect 2 "$weir" in ! buffer 12X ! null
mentions "'12X' is not a number of bytes: 4096, 64K, 1M"
expect 2 "$weir" in ! meter every=5 ! null
complains "weir: '5' is not a time: 500ms, 10s, 5m, 1h
  in ! meter every=5 ! null
             ^~~~~~~ usage: meter [NAME] [every=TIME]"
expect 2 "$weir" in ! meter every=0s ! null
mentions "'0s' is no time at all"
expect 2 "$weir" in ! meter every=99999999999h ! null
mentions "99999999999h is outside 1ms to 5124095h"
expect 2 "$weir" in ! lines ! rate 5 ! null
mentions "'rate' takes bytes, 'lines' gives lines"
