# shellcheck shell=bash
# Messages of a broker beside those who read them elsewhere: a part of bench/run, which reads this
# file. Each round has a server of its own, whose store is on the disk that $work is on.

nats_n=100000
nats_at=127.0.0.1:14777
nats_server=$(command -v nats-server || echo /usr/sbin/nats-server)
nats_cli=$(command -v nats || echo "$work/go/nats")

# `nats bench` is the server's own; it is built where Go is.
build_broker_peers() {
    progress "the peers"
    cc -std=gnu11 -O2 bench/peers/brokers-c/nats_worker.c -o "$work/nats_worker" -lnats
    [ -x "$nats_cli" ] || ! command -v go >/dev/null ||
        GOBIN=$PWD/$work/go go install github.com/nats-io/natscli/nats@v0.1.5 2>"$work/nats.go" ||
        echo "no nats bench: it is left out" >&2
}

# wall, user and system seconds and peak KiB of one run, as NAME<TAB>...
broker_measure() {
    local name=$1
    shift
    command time -o "$work/time" -f '%e %U %S %M' "$@" >"$work/said" 2>"$work/brokers.log" ||
        { cat "$work/brokers.log" >&2 && exit 1; }
    awk -v n="$name" 'BEGIN { OFS = "\t" } { print n, $1, $2 + $3, $4 }' "$work/time"
}

# What is there must be whole.
nats_copies() {
    local name=$1
    shift
    rm -f "$work/words"
    "$build/bench/brokers/nats" publish $nats_at S $nats_n
    broker_measure "$name" "$@" $nats_at S "$work/words" $nats_n
    [ "$(wc -c <"$work/words")" = "$nats_bytes" ] || { echo "$name: words are missing" >&2 && exit 1; }
}

nats_round() {
    local store=$work/nats.store rate
    rm -rf "$store"
    "$nats_server" -js -sd "$store" -a "${nats_at%:*}" -p "${nats_at#*:}" >"$work/nats.log" 2>&1 &
    trap 'kill %1 2>/dev/null' EXIT
    until "$build/bench/brokers/nats" publish $nats_at S 1 2>/dev/null; do sleep 0.05; done
    broker_measure publish "$build/bench/brokers/nats" publish $nats_at S $nats_n
    nats_copies weir "$build/bench/brokers/nats" copy
    nats_copies 'by hand' "$work/nats_worker"
    if [ -x "$nats_cli" ]; then
        rate=$("$nats_cli" -s nats://$nats_at bench in.S --js --stream S --sub 1 --pull --size 100 \
            --msgs $nats_n --consumerbatch 500 --no-progress 2>&1 |
            sed -n 's/^Sub stats: \([0-9,]*\) .*/\1/p' | tr -d ,)
        awk -v n=$nats_n -v r="$rate" 'BEGIN { print "nats bench\t" n / r "\t-\t-" }'
    fi
    kill %1
    wait %1 2>/dev/null || :
    trap - EXIT
}

# System calls of 20 s in which nothing comes, a second.
nats_idle() {
    local few many
    "$nats_server" -js -sd "$work/nats.store" -a "${nats_at%:*}" -p "${nats_at#*:}" \
        >"$work/nats.log" 2>&1 &
    until "$build/bench/brokers/nats" publish $nats_at S 1 2>/dev/null; do sleep 0.05; done
    for seconds in 5 25; do
        strace -c -f -o "$work/calls" "$build/bench/brokers/nats" idle $nats_at S $seconds
        [ $seconds = 5 ] && few=$(awk '$NF == "total" { print $4 }' "$work/calls")
    done
    many=$(awk '$NF == "total" { print $4 }' "$work/calls")
    kill %1
    wait %1 2>/dev/null || :
    awk -v a="$few" -v b="$many" 'BEGIN { printf "%.1f", (b - a) / 20 }'
}

brokers_table() {
    echo "| who | messages a second | CPU us a message | peak | wanted of weir |"
    echo "| --- | --- | --- | --- | --- |"
    awk -F'\t' -v n=$nats_n '
        !($1 in wall) { names[++count] = $1 }
        !($1 in wall) || $2 < wall[$1] { wall[$1] = $2 }
        !($1 in cpu) || $3 < cpu[$1] { cpu[$1] = $3 }
        $4 > peak[$1] { peak[$1] = $4 }
        function figure(x, text) { return x == "-" ? x : text }
        END {
            wanted["weir"] = sprintf("0.8 of nats bench: %.2f; 0.9 of by hand: %.2f; 30 MB",
                wall["nats bench"] / wall["weir"], wall["by hand"] / wall["weir"])
            for (i = 1; i <= count; i++) {
                k = names[i]
                printf "| %s | %d | %s | %s | %s |\n", k == "publish" ? "weir, published" : k,
                    n / wall[k], figure(cpu[k], sprintf("%.2f", cpu[k] / n * 1e6)),
                    figure(peak[k], sprintf("%.1f MB", peak[k] / 1000)), wanted[k]
            }
        }' "$work/brokers"
}

marks_table() {
    echo "| what | ns an item | to none | wanted |"
    echo "| --- | --- | --- | --- |"
    "$build/bench/brokers/marks" | awk -F'\t' '
        NR == 1 { none = $2 }
        { printf "| %s | %s | %.2f | %s |\n", $1, $2, $2 / none, $1 ~ / 64$/ ? "<= 1.4" : "-" }'
}

brokers_part() {
    local round
    nats_bytes=$(seq 0 $((nats_n - 1)) | tr -d '\n' | wc -c)
    build_broker_peers
    : >"$work/brokers"
    for ((round = 1; round <= rounds; round++)); do
        progress "round $round of $rounds: JetStream"
        nats_round >>"$work/brokers"
    done
    cat <<END
## Brokers

$nats_n messages of 100 bytes of JetStream, whose first words go into a file: synced, then acknowledged.
By hand: cnats, a fetch of 512, one write, fdatasync, an acknowledgement each. \`nats bench\` 0.1.5 pulls
500 at a time and keeps nothing; its rate is its own, the others' times have the start of the process in
them. The least of $rounds rounds, each with a server of its own on the same two processors.

$(machine)

$(brokers_table)

A source that waits makes $(nats_idle) system calls a second: one is the bench's own tick, the others
cnats' heartbeats and their timers.

Marks, through \`map\`, \`filter\` and a sum:

$(marks_table)
END
}
