#!/bin/sh
# Each request of a connection is answered, whether it was parked before it or not; a client that
# speaks HTTP/2 at the second one is not believed.
#
#   http_parked.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

request='GET / HTTP/1.1\r\nHost: x\r\n\r\n'
say() {
    for text; do
        printf "$text"
        sleep 0.1
    done
}
listen server "$program"
say "$request$request" "$request" "GET / HTTP/1.1\r\n" "Host: x\r\n\r\n" | "$netcat" "$address" >out
[ "$(grep -o 'Hello, World!' out | wc -l)" = 4 ]
say "$request" 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' | "$netcat" "$address" >out
[ "$(grep -o 'Hello, World!' out | wc -l)" = 1 ]
grep -a -q 'HTTP/1.1 505' out
kill "$process"
