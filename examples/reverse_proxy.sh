#!/bin/sh
# What the server behind it answers comes through, with its status; a server that is not there is a
# 502.
#
#   reverse_proxy.sh PROGRAM NETCAT H2_LINES
behind_it=$(realpath "$3")
. "$(dirname "$0")/network.sh"

listen behind "$behind_it"
behind=$process
listen server "$program" "http://$address"
printf 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nfirst\nlast\n' >in
printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >>in
"$netcat" "$address" <in >out
[ "$(grep -ao '[0-9]* lines' out | tr '\n' ,)" = '2 lines,0 lines,' ]
printf 'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >in
"$netcat" "$address" <in >out
grep -qi '^content-length: 8' out
kill "$behind"
wait "$behind" || true
printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >in
"$netcat" "$address" <in >out
grep -q '^HTTP/1.1 502 Bad Gateway' out
kill "$process"
