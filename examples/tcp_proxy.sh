#!/bin/sh
# Both directions go through whole, and each ends by itself; a server that is not there is told to
# its client, and the proxy goes on.
#
#   tcp_proxy.sh PROGRAM NETCAT
. "$(dirname "$0")/network.sh"

seq 200000 >question
seq 300000 >answer

# serve_once ADDRESS: gives the answer to one client.
serve_once() {
    listen server "$netcat" -l "$1" <answer
    server=$address
}

# ask: through the proxy.
ask() {
    "$netcat" "$proxy" <question >got
    wait "$process"
    cmp answer got
    cmp question server.out
}

serve_once 127.0.0.1:0
server_process=$process
listen proxy "$program" 127.0.0.1:0 "$server"
proxy=$address
process=$server_process
ask

if "$netcat" "$proxy" </dev/null 2>client.err; then
    fail "a client was told nothing of a server that is not there"
fi
until_said proxy.err "refused"

serve_once "$server"
ask
