#!/bin/sh
# What is uploaded is there when all of it came, compressed; what is cut is not there at all.
#
#   upload_to_gzip.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

mkdir kept
listen server "$program" kept
seq 100000 >body
{
    printf 'PUT /numbers HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n' \
        "$(wc -c <body)"
    cat body
} >in
"$netcat" "$address" <in >out
grep -q '^HTTP/1.1 201 Created' out
gzip -dc kept/numbers.gz | cmp - body
head -c 5000 in | sed 's/numbers/part/' >cut
"$netcat" "$address" <cut >out || true
[ "$(ls kept)" = numbers.gz ]
kill "$process"
