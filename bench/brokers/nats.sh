# shellcheck shell=bash
# JetStream: a worker by hand over cnats, and the server's own `nats bench`, which is built where Go is.

nats_n=100000
nats_at=127.0.0.1:14777
nats_server=$(PATH=$PATH:/usr/sbin command -v nats-server || :)
nats_cli=$(command -v nats || echo "$work/go/nats")

nats_build() {
    cc -std=gnu11 -O2 bench/peers/brokers-c/nats_worker.c -o "$work/nats_worker" -lnats
    [ -x "$nats_cli" ] || ! command -v go >/dev/null ||
        GOBIN=$PWD/$work/go go install github.com/nats-io/natscli/nats@v0.1.5 2>"$work/nats.go" ||
        echo "no nats bench: it is left out" >&2
}

# With a store of its own, on the disk that $work is on.
nats_start() {
    rm -rf "$work/nats.store"
    "$nats_server" -js -sd "$work/nats.store" -a "${nats_at%:*}" -p "${nats_at#*:}" \
        >"$work/nats.log" 2>&1 &
    broker_pid=$!
    broker_until "$build/bench/brokers/nats" publish $nats_at S 1
}

nats_copies() {
    local name=$1
    shift
    "$build/bench/brokers/nats" publish $nats_at S $nats_n
    broker_copies "$(broker_word_bytes $nats_n)" "$name" "$@" $nats_at S "$work/kept" $nats_n
}

nats_round() {
    local rate
    broker_measure 'weir, published' "$build/bench/brokers/nats" publish $nats_at S $nats_n
    nats_copies weir "$build/bench/brokers/nats" copy
    nats_copies 'by hand' "$work/nats_worker"
    benthos_copies "{nats_jetstream: {urls: ['nats://$nats_at'], subject: in.S, deliver: all}}" $nats_n
    [ -x "$nats_cli" ] || return 0
    rate=$("$nats_cli" -s nats://$nats_at bench in.S --js --stream S --sub 1 --pull --size 100 \
        --msgs $nats_n --consumerbatch 500 --no-progress 2>&1 |
        sed -n 's/^Sub stats: \([0-9,]*\) .*/\1/p' | tr -d ,)
    awk -v n=$nats_n -v r="$rate" 'BEGIN { print "nats bench\t" n / r "\t-\t-" }'
}

nats_text() {
    cat <<END
### JetStream

$nats_n messages of 100 bytes, whose first words go into a file: synced, then acknowledged. By hand: cnats,
a fetch of 512, one write, fdatasync, an acknowledgement each. \`nats bench\` 0.1.5 pulls 500 at a time and
keeps nothing; its rate is its own, the others' times have the start of the process in them. Benthos 4.27
as it comes syncs nothing, and has $benthos_n messages.

$(broker_table nats $nats_n 'weir/rate/0.8/nats bench;weir/rate/0.9/by hand;weir/peak/30')
END
}
