#!/bin/sh
# The lines of two bodies are counted, each by itself.
#
#   h2_lines.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

listen server "$program"
printf 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nfirst\nlast\nPOST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nonl\r\n1\r\ny\r\n0\r\n\r\n' >in
"$netcat" "$address" <in >out
[ "$(grep -ao '[0-9]* lines' out | tr '\n' ,)" = '2 lines,1 lines,' ]
tail -n 3 server.out | tr '\n' , | grep -qx '0 first,1 last,0 only,'
kill "$process"
