#!/bin/sh
# After the upgrade each byte comes back; what came with the request as well. Who does not ask is
# told how.
#
#   upgrade_echo.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

listen server "$program"
printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello\n' >in
"$netcat" "$address" <in >out
grep -q '^HTTP/1.1 101 Switching Protocols' out
tail -n 1 out | grep -qx hello
printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >in
"$netcat" "$address" <in >out
grep -q '^HTTP/1.1 426 ' out
kill "$process"
