#!/bin/sh
# nats_jobs PROGRAM NETCAT: jobs end in their three ways, as a client sees it that speaks to the
# server by hand.
. "$(dirname "$0")/network.sh"
server=$(PATH=$PATH:/usr/sbin command -v nats-server) || {
    echo "skipped: there is no nats-server here (Debian: apt install nats-server)"
    exit 77
}
start server "$server" -js -sd store -a 127.0.0.1 -p -1 --ports_file_dir . </dev/null
until_said server.err 'Server is ready'
until_said "nats-server_$process.ports" 127.0.0.1
address=$(sed -n 's/.*nats:..\(127.0.0.1:[0-9]*\).*/\1/p' nats-server_*.ports)

start jobs "$program" "$address" JOBS w jobs jobs.dead </dev/null
worker=$process
talker client
exec 3>client
tell() {
    printf '%s\r\n' "$@" >&3
}
tell 'CONNECT {"verbose":false,"headers":true,"no_responders":true}' 'SUB jobs.dead 1' 'SUB about 2'
about() {
    tell "PUB \$JS.API.CONSUMER.INFO.JOBS.w about 0" ''
}
tries=0
until grep -q '"name":"w"' client.out; do
    tries=$((tries + 1))
    [ $tries -lt 400 ] || fail "the consumer was never made"
    about
    sleep 0.05
done
tell 'PUB jobs 2' 50 'PUB jobs 5' never 'PUB jobs 5' 99999 'PUB jobs 1' 7
until_said jobs.out '^7 ms: done, try 1$'
until_said jobs.out '^50 ms: done, try 1$'
until_said client.out '^Weir-Reason: is no number'
until_said client.out '^never'

# What is left is the one that comes in a minute.
tries=0
until grep -q '"num_ack_pending":1,.*"num_pending":0' client.out; do
    tries=$((tries + 1))
    [ $tries -lt 400 ] || fail "not one is left"
    about
    sleep 0.05
done
kill "$worker"
wait "$worker"
exec 3>&-
