# shellcheck shell=bash
# Messages of brokers beside those who read and write them elsewhere: a part of bench/run, which
# reads this file. Each round has servers of its own. Of each broker bench/brokers/NAME.sh has:
#
#   NAME_build   the peers
#   NAME_start   a server, whose process is $broker_pid
#   NAME_round   prints a line for each who is measured
#   NAME_text    its section

for broker in benthos nats kafka redis; do
    # shellcheck source=/dev/null
    . bench/brokers/$broker.sh
done

# broker_until COMMAND...: waits until it succeeds, for 20 seconds at most.
broker_until() {
    local tries
    for ((tries = 0; tries < 400; tries++)); do
        ! "$@" >"$work/until" 2>&1 || return 0
        sleep 0.05
    done
    cat "$work/until" >&2
    exit 1
}

# broker_measure NAME COMMAND...: NAME, wall seconds, processor seconds and peak KiB of it.
broker_measure() {
    local name=$1 TIMEFORMAT='%3R %3U %3S'
    shift
    { time command time -o "$work/peak" -f %M timeout 120 "$@" >"$work/said" 2>"$work/brokers.log"; } \
        2>"$work/time" || { cat "$work/brokers.log" >&2 && echo "$name failed" >&2 && exit 1; }
    awk -v n="$name" -v peak="$(cat "$work/peak")" 'BEGIN { OFS = "\t" } { print n, $1, $2 + $3, peak }' \
        "$work/time"
}

# broker_copies BYTES NAME COMMAND...: the same, of one that leaves so many in $work/kept.
broker_copies() {
    local bytes=$1
    shift
    rm -f "$work/kept"
    broker_measure "$@"
    [ "$(wc -c <"$work/kept")" = "$bytes" ] || { echo "$1: messages are missing" >&2 && exit 1; }
}

# Of the first words of N messages.
broker_word_bytes() { seq 0 $(($1 - 1)) | tr -d '\n' | wc -c; }

broker_stop() {
    kill $broker_pid
    wait $broker_pid 2>/dev/null || :
    trap - EXIT
}

broker_run() {
    local broker=$1
    trap 'kill $broker_pid 2>/dev/null' EXIT
    "${broker}_start"
    "${broker}_round" >>"$work/brokers.$broker"
    broker_stop
}

# broker_table NAME N WANTED: the least of each, and the highest peak. Wanted are, with `;` between them,
# WHO/rate/RATIO/PEER or WHO/cpu/RATIO/PEER or WHO/peak/MB.
broker_table() {
    echo "| who | messages a second | CPU us a message | peak | wanted of weir |"
    echo "| --- | --- | --- | --- | --- |"
    awk -F'\t' -v n="$2" -v wishes="$3" '
        !($1 in wall) { names[++count] = $1 }
        !($1 in wall) || $2 < wall[$1] { wall[$1] = $2 }
        !($1 in cpu) || $3 < cpu[$1] { cpu[$1] = $3 }
        $4 > peak[$1] { peak[$1] = $4 }
        function figure(x, text) { return x == "-" ? x : text }
        function wish(mine, what, most, peer) {
            if (what == "peak")
                return sprintf("at most %s MB", most)
            if (!(peer in wall))
                return peer " is not here"
            if (what == "cpu")
                return sprintf("at most %s of the CPU of %s: %.2f", most, peer, cpu[mine] / cpu[peer])
            return sprintf("%s of %s: %.2f", most, peer, wall[peer] / wall[mine])
        }
        END {
            all = split(wishes, each, ";")
            for (i = 1; i <= all; i++) {
                split(each[i], word, "/")
                text = wish(word[1], word[2], word[3], word[4])
                wanted[word[1]] = wanted[word[1]] (wanted[word[1]] ? "; " : "") text
            }
            for (i = 1; i <= count; i++) {
                k = names[i]
                printf "| %s | %d | %s | %s | %s |\n", k, n / wall[k],
                    figure(cpu[k], sprintf("%.2f", cpu[k] / n * 1e6)),
                    figure(peak[k], sprintf("%.1f MB", peak[k] / 1000)), wanted[k]
            }
        }' "$work/brokers.$1"
}

# broker_calls NAME COMMAND...: system calls a second while nothing comes, of its first thread and of
# all, in 20 s from the fifth on. It is run for so many seconds as its last argument says.
broker_calls() {
    local name=$1
    shift
    strace -f -ttt -o "$work/calls" "$@" 26 >"$work/said"
    awk -v name="$name" '
        NR == 1 { own = $1; begin = $2 + 5 }
        $2 < begin || $2 > begin + 20 || $3 ~ /^(<\.\.\.|\+\+\+|---)/ { next }
        { all++; mine += $1 == own }
        END { printf "| %s | %.1f | %.1f |\n", name, mine / 20, all / 20 }' "$work/calls"
}

broker_idle() {
    local broker=$1 at=${1}_at
    trap 'kill $broker_pid 2>/dev/null' EXIT
    "${broker}_start"
    "$build/bench/brokers/$broker" publish "${!at}" S 1
    broker_calls $broker "$build/bench/brokers/$broker" idle "${!at}" S
    [ $broker != kafka ] || kafka_idle_peer
    broker_stop
}

marks_table() {
    echo "| what | ns an item | to none | wanted |"
    echo "| --- | --- | --- | --- |"
    "$build/bench/brokers/marks" | awk -F'\t' '
        NR == 1 { none = $2 }
        { printf "| %s | %s | %.2f | %s |\n", $1, $2, $2 / none, $1 ~ / 64$/ ? "<= 1.4" : "-" }'
}

brokers_part() {
    local round broker
    progress "the peers"
    benthos_build
    for broker in nats kafka redis; do
        "${broker}_build"
        : >"$work/brokers.$broker"
    done
    for ((round = 1; round <= rounds; round++)); do
        for broker in nats kafka redis; do
            progress "round $round of $rounds: $broker"
            broker_run $broker
        done
    done
    cat <<END
## Brokers

The least of $rounds rounds, in each of which every broker has a server of its own, on the same two
processors and the same disk.

$(machine)

$(for broker in nats kafka redis; do "${broker}_text" && echo; done)

### While nothing comes

System calls a second: of the thread that polls, and of all of the process. What the libraries' own
threads do is their heartbeats and timers; weir's connection to Redis has none.

| source | the thread that polls | all |
| --- | --- | --- |
$(for broker in nats kafka redis; do progress "idle: $broker" && broker_idle $broker; done)

### Marks

Through \`map\`, \`filter\` and a sum:

$(marks_table)
END
}
