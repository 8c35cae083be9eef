#!/bin/sh
# Clients are served at once; after ^C those that are there go on to their end, and nobody else is
# taken.
#
#   echo_server.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

listen server "$program"
server=$process
talker held
client=$process
exec 3>held
echo hello >&3
until_said held.out hello

seq 100000 >in
"$netcat" "$address" <in >out
cmp in out

kill -INT "$server"
until ! "$netcat" "$address" </dev/null 2>late.err; do
    sleep 0.01
done
grep -q "connection refused" late.err
echo "still there" >&3
until_said held.out "still there"
exec 3>&-
wait "$client"
wait "$server"
until_said server.out " failed, 0 given up"
