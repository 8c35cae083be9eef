#!/bin/sh
# A client is answered; HEAD has no body; requests that come at once have answers in their order;
# nonsense is told so.
#
#   http_hello.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

listen server "$program"
printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n\r\n' >in
"$netcat" "$address" <in >out
[ "$(grep -o 'HTTP/1.1 200 OK' out | wc -l)" = 2 ]
[ "$(grep -o 'Hello, World!' out | wc -l)" = 1 ]
grep -q '^HTTP/1.1 400 Bad Request' out
kill "$process"
