#!/bin/sh
# A file arrives whole, or not at all, and both sides know which.
#
#   ship_file.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

seq 500000 >file
listen receiver "$program" -l 127.0.0.1:0 arrived
"$program" file "$address"
wait "$process"
cmp file arrived

# fails COMMAND...: nobody may think that it went well.
fails() {
    if "$@" 2>sender.err; then
        fail "the sender thinks it went well"
    fi
    if wait "$process"; then
        fail "the receiver thinks it went well"
    fi
    [ ! -e other ] || fail "there is a file"
}

# The file is not there; the receiver cannot write it; the connection ends in the middle.
listen receiver "$program" -l 127.0.0.1:0 other
fails "$program" missing "$address"
grep -q missing sender.err
listen receiver "$program" -l 127.0.0.1:0 nowhere/other
fails "$program" file "$address"
grep -q nowhere/other receiver.err
listen receiver "$program" -l 127.0.0.1:0 other
gzip -c file | head -c 1000 >part
fails "$netcat" "$address" <part
