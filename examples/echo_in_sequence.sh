#!/bin/sh
# Bytes come back as they were; a second client has its turn when the first has gone.
#
#   echo_in_sequence.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

listen server "$program"
seq 100000 >in
for _ in 1 2; do
    "$netcat" "$address" <in >out
    cmp in out
done

talker first
exec 3>first
echo 0 >&3
until_said first.out 0
echo hello >in
start second "$netcat" "$address" <in
for i in 1 2 3 4 5 6 7 8 9 10; do
    echo "$i" >&3
    until_said first.out "$i"
done
[ ! -s second.out ] || fail "two were served at once"
exec 3>&-
wait $process
cmp in second.out
