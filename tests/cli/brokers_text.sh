#!/bin/bash
# Texts of a program that allows brokers, by the library, with a server of its own: what is made of
# their messages is acknowledged as the command does it. $2 is `brokers_text`.
case $2 in
/*) program=$2 ;;
*) program=$PWD/$2 ;;
esac
. "$(dirname "$0")/common.sh"
. "$here/brokers_common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has no network but its own"

# wrong WAY TEXT MESSAGE HINT: refused, before anything is opened.
wrong() {
    expect 2 "$program" "$1" "$2"
    mentions "$3"
    mentions "$4"
}

# ---- what needs no server ----

for broker in nats:S/w kafka:t,group=w redis:s,group=w; do
    name=${broker%%:*}
    if ! "$weir" doctor | grep -q "^$name  *there"; then
        wrong future "$broker,settle=now ! null" "this weir has no $name" "install"
        continue
    fi
    expect 0 "$program" threads "$broker,settle=now ! null"
    wrong future "$broker ! sort ! ./out append" "'sort' holds every message to the end" settle=now
    wrong output "$broker ! lines ! to lines ! -" "how safe '-' is nobody knows here" 'a sink of the'
    wrong lines "$broker ! from json ! to ndjson" "'to' makes bytes" 'name a sink'
    expect 1 "$program" bytes "$broker ! lines"
    mentions 'taken item by item'
done
if "$weir" doctor | grep -q '^kafka  *there'; then
    code='runs commands, and that is not allowed'
    wrong future 'kafka:t,plugin.library.paths=./x.so ! null' "$code" WEIR_ALLOW_EXEC
    wrong future 'kafka:t,config=./x ! null' "$code" WEIR_ALLOW_EXEC
    wrong future 'seq 3 ! kafka:t,debug.all=yes' "$code" WEIR_ALLOW_EXEC
fi

# ---- NATS ----

"$weir" doctor | grep -q '^nats  *there' || skip "this build has no libnats"
begin_nats
trap 'ended=$?; stop_nats; (exit $ended); finish' EXIT
make ORDERS 'orders.*'
seq 1000 >numbers
expect 0 "$program" future './numbers ! lines ! nats:orders.new'

# killed_when_done WAY TEXT: it is, once all that came is acknowledged.
killed_when_done() {
    "$program" "$1" "$2" >background.out 2>background.err &
    pid=$!
    wanted nats:ORDERS/made ' 0 to come, 0 open'
    kill -9 $pid
    wait $pid 2>/dev/null
}

# What is in the file is acknowledged, and so is what the program took; the one goes on behind the
# other.
killed_when_done future 'nats:ORDERS/made ! lines ! ./file append'
same file numbers
seq 1001 2000 >numbers
expect 0 "$program" future './numbers ! lines ! nats:orders.new'
killed_when_done lines 'nats:ORDERS/made ! lines'
same background.out numbers
[ ! -s background.err ] || fail "it says $(cat background.err)"

# A mark that the program settles when the text is gone.
seq 2001 2010 >numbers
expect 0 "$program" future './numbers ! lines ! nats:orders.new'
expect 0 "$program" late 'nats:ORDERS/made ! lines'
head -n 1 out | grep -qx 2001 || fail "it gives $(head -n 1 out) first"

# A server that is not there.
stop_nats
expect 1 "$program" future './numbers ! lines ! nats:orders.new,gone=100ms'
