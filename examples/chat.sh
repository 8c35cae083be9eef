#!/bin/sh
# Lines go to all; one that says too much is dropped; one that does not read holds nobody up, and is
# told what it missed.
#
#   chat.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

listen chat "$program"
talker ann
ann=$process
talker ben
ben=$process
exec 3>ann 4>ben

# says FD TEXT: both hear it. Who has only just connected may miss the first.
says() {
    tries=0
    until grep -q "$2" ann.out && grep -q "$2" ben.out; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || fail "'$2' was not heard"
        echo "$2" >&"$1"
        sleep 0.1
    done
}
says 3 "hello, this is Ann"
says 4 "hello, this is Ben"

head -c 3000 /dev/zero >long
if "$netcat" "$address" <long 2>long.err; then
    fail "a line of 3000 bytes was taken"
fi
until_said chat.err "longer than"
says 3 "who was that?"

# More than the kernel keeps for a connection.
kill -STOP "$ben"
line=$(printf '%0900d' 0)
yes "$line" | head -n 30000 >&3
echo "that was all" >&3
until_said ann.out "that was all"
kill -CONT "$ben"
until_said ben.out "you missed [1-9][0-9]* lines"
until_said ben.out "that was all"

exec 3>&-
wait "$ann"
says_alone="only Ben is left"
echo "$says_alone" >&4
until_said ben.out "$says_alone"
exec 4>&-
wait "$ben"
