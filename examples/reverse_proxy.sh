#!/bin/sh
# What the server behind it answers comes through, with its status; a server that is not there is a
# 502; what is for the next hop alone goes no further, either way.
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

printf 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x-a\r\nConnection: x-b\r\n' >said
printf 'X-A: 1\r\nX-B: 2\r\nX-C: 3\r\n\r\n' >>said
listen hops "$netcat" -l 127.0.0.1:0 <said
listen server "$program" "http://$address"
printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: x-d\r\nConnection: close, x-e\r\n' >in
printf 'X-D: 4\r\nX-E: 5\r\nX-F: 6\r\n\r\n' >>in
"$netcat" "$address" <in >out
until_said hops.out '^X-F'
[ "$(grep -aio '^x-[a-z]' out hops.out | tr '\n' ,)" = 'out:X-C,hops.out:X-F,' ]
kill "$process"
