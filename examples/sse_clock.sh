#!/bin/sh
# The page has a feed, which ticks.
#
#   sse_clock.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

listen server "$program"
server=$process
printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >in
"$netcat" "$address" <in >out
grep -q EventSource out
talker feed
exec 3>feed
printf 'GET /time HTTP/1.1\r\nHost: x\r\n\r\n' >&3
until_said feed.out '^id: *1'
grep -qi '^content-type: text/event-stream' feed.out
grep -q '^data: *[0-9][0-9]:' feed.out
exec 3>&-
kill "$server"
