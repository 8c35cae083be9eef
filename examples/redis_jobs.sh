#!/bin/sh
# redis_jobs PROGRAM: two share the files; one that is missing is in the stream of those given up.
. "$(dirname "$0")/redis_server.sh"

for i in $(seq 30); do
    seq $((i * i * 20)) >file.$i
    say XADD files '*' value file.$i >/dev/null
done
say XADD files '*' value missing >/dev/null
for _ in 1 2; do
    "$program" "$at" files given-up &
    started="$started $!"
done
until_done files
say XRANGE given-up - + | grep -q '^missing$'
say XRANGE given-up - + | grep -q '^cannot open: no such file or directory$'
for i in $(seq 30); do
    gzip -dc file.$i.gz | cmp - file.$i
done
for process in $started; do
    kill "$process"
    wait "$process"
done
