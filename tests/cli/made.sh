#!/bin/sh
# Sources that make what they give, and batches: against seq(1), and as they are said.
. "$(dirname "$0")/common.sh"

for range in '5' '3 9' '-3 2' '5 1' '0 0' '7 7' '-9223372036854775807 -9223372036854775805'; do
    # shellcheck disable=SC2086 # several words
    expect 0 "$weir" seq $range
    # shellcheck disable=SC2086
    seq $range >wanted
    same out wanted "seq $range"
done
# seq FROM TO step=N is seq(1)'s FROM N TO.
for range in '1 10 3' '10 1 -4' '-5 5 5' '5 1 1' '1 5 -1'; do
    set -- $range
    expect 0 "$weir" seq "$1" "$2" step="$3"
    seq "$1" "$3" "$2" >wanted
    same out wanted "seq $1 $2 step=$3"
done
expect 0 "$weir" seq 9223372036854775806 9223372036854775807
prints '9223372036854775806
9223372036854775807'
expect 0 "$weir" seq from=2 to=3
prints '2
3'
expect 0 "$weir" seq 300000 ! count
prints 300000
expect 0 "$weir" seq 1000000000000 ! take 3 ! skip 2
prints 3
expect 2 "$weir" seq 1 2 10
complains "weir: seq does not take '10'
  seq 1 2 10
          ^~ usage: seq [FROM] TO [step=N]"
expect 2 "$weir" seq 1 5 step=0
complains 'weir: a step of 0 never gets there
  seq 1 5 step=0
          ^~~~~~ step=1'
expect 2 "$weir" seq ten
mentions "'ten' is not a whole number"
expect 2 "$weir" seq 9223372036854775808
mentions '9223372036854775808 is outside -9223372036854775808 to 9223372036854775807'

# The same bytes for a seed, however they are asked for; splitmix64 of 1.
expect 0 "$weir" random 20 seed=1
[ "$(od -An -tx1 out | tr -d ' \n')" = c15c0289ec2d0a9167ec8e65a18debbe5e5532fb ] ||
    fail "random 20 seed=1: $(od -An -tx1 out)"
expect 0 "$weir" random 300001 seed=7 ! ./a
expect 0 "$weir" random 1G seed=7 ! exec 'head -c 300001' ! ./b
same a b "random, whatever reads it"
[ "$(wc -c <a)" -eq 300001 ] || fail "random gave $(wc -c <a) bytes"
expect 0 "$weir" random 1000 ! ./a + random 1000 ! ./b
cmp -s a b && fail "two that nobody gave a seed are the same"
expect 0 "$weir" random 0
[ ! -s out ] || fail "random 0 gave something"
expect 0 "$weir" zero 300000 ! ./a
head -c 300000 /dev/zero >wanted
same a wanted zero
expect 0 "$weir" zero 3M ! lines max=4M ! count
prints 1
expect 0 "$weir" zero ! exec 'head -c 70000' ! ./a
[ "$(wc -c <a)" -eq 70000 ] || fail "zero without an end gave $(wc -c <a) bytes"
expect 0 "$weir" --progress=json random 200K seed=1 ! null
mentions '"total":204800'

# Ticks, on a clock that turns by itself.
(
    WEIR_DRIVER=sim
    export WEIR_DRIVER
    expect 0 "$weir" every 1h count=3
    prints '1
2
3'
    expect 0 "$weir" every 1s count=7 ! batch 100 every=2500ms ! count
    prints 3
    expect 0 "$weir" every 1s count=7 ! batch 2 every=1h ! count
    prints 4
    exit $failures
) || fail "on sim's clock"
expect 2 "$weir" every 0s
expect 2 "$weir" every 1s count=0
if [ "${WEIR_DRIVER:-}" != sim ]; then
    "$weir" every 1h ! ./ticks 2>err &
    pid=$!
    soon catches $pid || fail "every does not begin"
    kill -TERM $pid
    wait $pid 2>/dev/null
    [ $? -eq 143 ] || fail "every did not stop"
    [ ! -e ticks ] || fail "what was cut has a file"
fi

# Batches and back.
seq 1000 >all
for n in 1 2 7 999 1000 1001; do
    expect 0 "$weir" seq 1000 ! batch $n
    same out all "batch $n"
    expect 0 "$weir" seq 1000 ! batch $n ! unbatch
    same out all "batch $n ! unbatch"
    expect 0 "$weir" seq 1000 ! batch $n ! to lines ! ./file
    same file all "batch $n ! to lines"
    expect 0 "$weir" seq 1000 ! batch $n ! count
    prints $(((1000 + n - 1) / n))
done
expect 0 "$weir" seq 10 ! batch 3 ! skip 1 ! take 2
prints '4
5
6
7
8
9'
expect 0 "$weir" seq 10 ! batch 4 ! unbatch ! grep 1 ! batch 9 ! print
prints '1
10'
expect 0 "$weir" seq 100 ! batch 1000 max=10 ! count
prints 33
expect 0 "$weir" seq 0 ! batch 3 ! count
prints 0
expect 2 "$weir" seq 3 ! batch 2 ! grep 1
complains "weir: 'grep' takes lines, 'batch' gives batches
  seq 3 ! batch 2 ! grep 1
          ~~~~~     ^~~~ put 'unbatch' between them"
expect 2 "$weir" seq 3 ! unbatch
mentions "'unbatch' takes batches or results, 'seq' gives lines"
expect 2 "$weir" seq 3 ! batch 0
mentions '0 is outside 1 to'

# par over lines: on all workers, the same lines.
seq 200000 | sed 's/$/ the quick brown fox/' >text
printf '\r\n\nlast without a newline 7' >>text
head -c 300000 /dev/zero | tr '\0' 7 >long
printf '\n7\n' >>long
grep 7 text >sevens
for n in 1 2 7; do
    expect 0 "$weir" text ! lines ! par $n keep-order grep 7
    same out sevens "par $n keep-order grep"
    expect 0 "$weir" text ! lines ! par $n grep 7 ! count
    prints "$(wc -l <sevens)"
done
tr -d '\r' <text | grep -v 7 >wanted
expect 0 "$weir" text ! lines ! par 2 keep-order grep -v 7 ! batch 100
same out wanted "par grep -v"
expect 0 "$weir" text ! lines ! par 2 keep-order grep 7 ! take 3
prints "$(grep 7 text | head -3)"
expect 0 "$weir" long text long ! lines ! par 2 keep-order grep 77777 ! ./file
cat long text long | grep 77777 >wanted
same file wanted "long lines"
expect 0 "$weir" zero 0 ! lines ! par 2 grep x ! count
prints 0
printf 'x' | gzip -c | head -c 10 >cut.gz
expect 1 "$weir" cut.gz ! gunzip ! lines ! par 2 grep x ! ./none
[ ! -e none ] || fail "a file of a chain that failed"
if [ "${WEIR_DRIVER:-}" != sim ]; then
    mkfifo from
    exec 5<>from
    echo fox >&5
    "$weir" - ! lines ! par 2 grep fox ! ./none <&5 2>err &
    pid=$!
    soon catches $pid && soon tells $pid '^lines  *1 line' || fail "par does not begin: $(cat err)"
    kill -TERM $pid
    wait $pid 2>/dev/null
    [ $? -eq 143 ] || fail "par did not stop"
    mentions 'stopped by SIGTERM'
    [ ! -e none ] || fail "a file of what was cut"
fi
expect 2 "$weir" text ! par 2 grep 7
complains "weir: 'grep' takes lines, 'text' gives bytes
  text ! par 2 grep 7
  ~~~~         ^~~~ put 'lines' between them"
