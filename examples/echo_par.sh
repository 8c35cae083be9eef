#!/bin/sh
# Bytes come back as they were, and a client does not wait for the one before.
#
#   echo_par.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

listen server "$program"
talker held
client=$process
exec 3>held
echo hello >&3
until_said held.out hello

seq 100000 >in
all=
for i in 1 2 3 4 5 6; do
    start "client$i" "$netcat" "$address" <in
    all="$all $process"
done
for process in $all; do
    wait "$process"
done
for i in 1 2 3 4 5 6; do
    cmp in "client$i.out"
done

echo "still there" >&3
until_said held.out "still there"
exec 3>&-
wait "$client"
