#!/bin/sh
# A client is answered; HEAD has no body; two requests at once have two answers; nonsense is told so.
#
#   http_hello.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

listen server "$program"
printf "GET / HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n\r\n" >in
"$netcat" "$address" <in >out
grep -c "^HTTP/1.1 200 OK" out | grep -qx 2
grep -c "^Hello, World!" out | grep -qx 1
grep -q "^HTTP/1.1 400 Bad Request" out
kill "$process"
