#!/bin/sh
# Clients get back what they sent, side by side; after ^C the sum and the log are there.
#
#   echo_server.sh PROGRAM NETCAT
. "$(dirname "$0")/../../../examples/network.sh"

listen server "$program" -m 16 -l served.log
server=$process
talker held
client=$process
exec 3>held
echo hello >&3
until_said held.out hello

seq 20000 >in
for i in 1 2 3; do
    "$netcat" "$address" <in >"out.$i"
    cmp in "out.$i"
done

exec 3>&-
wait "$client"
kill -INT "$server"
wait "$server"
bytes=$((3 * $(wc -c <in) + 6))
until_said server.out "^4 clients, 0 failed, $bytes bytes$"
[ "$(wc -l <served.log)" -eq 4 ] || fail "served.log has not a line for each client"
[ "$(grep -c " $(wc -c <in) bytes$" served.log)" -eq 3 ] || fail "served.log counts other bytes"
