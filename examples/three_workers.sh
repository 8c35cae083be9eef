#!/bin/sh
# three_workers PROGRAM: three share a stream of orders; the second is killed in the midst of its
# work, without a warning; in the end each order is in one of the three files.
. "$(dirname "$0")/redis_server.sh"

n=6000
seq $n | sed 's/.*/XADD orders * value order-&-is-done/' | say >/dev/null
for worker in 1 2 3; do
    "$program" "$at" done.$worker $worker &
    eval "worker_$worker=\$!"
    started="$started $!"
done
echo "three workers share $n orders"

tries=0
until [ -s done.2 ]; do
    tries=$((tries + 1))
    [ $tries -lt 1000 ]
    sleep 0.02
done
kill -KILL "$worker_2"
wait "$worker_2" 2>killed || :
in_hand=$(($(say XPENDING orders workers - + $n 2 | wc -l) / 4))
echo "the second is killed: $(wc -l <done.2) are in its file, $in_hand in its hands"
[ $in_hand -gt 0 ]

until_done orders
kill "$worker_1" "$worker_3"
wait "$worker_1" "$worker_3"

cat done.1 done.2 done.3 | grep -x 'order-[0-9]*-is-done' | sort >all
sort -u all >each
echo "the others have done the rest: $((n - $(wc -l <each))) of $n are lost," \
    "$(($(wc -l <all) - $(wc -l <each))) were done twice"
seq $n | sed 's/.*/order-&-is-done/' | sort | cmp - each
