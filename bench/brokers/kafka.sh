# shellcheck shell=bash
# Kafka beside kcat, which is over librdkafka too: a cluster of it that pretends, in a process of its
# own. What it keeps of a partition is little.

kafka_n=160000

kafka_build() { :; }

kafka_start() {
    rm -f "$work/kafka.in"
    mkfifo "$work/kafka.in"
    "$build/bench/brokers/cluster" 3 <"$work/kafka.in" >"$work/kafka.out" &
    broker_pid=$!
    exec 3>"$work/kafka.in"
    printf 'topic S 8\ntopic K 8\n' >&3
    broker_until eval '[ "$(wc -l <"$work/kafka.out")" = 3 ]'
    kafka_at=$(head -n 1 "$work/kafka.out")
}

kafka_round() {
    local lines=$work/kafka.lines
    [ -s "$lines" ] || seq -f '%-99.0f' 0 $((kafka_n - 1)) >"$lines"
    broker_measure 'weir, produced' "$build/bench/brokers/kafka" publish "$kafka_at" S $kafka_n
    broker_measure 'kcat -P' kcat -P -b "$kafka_at" -t K -l "$lines" \
        -X sticky.partitioning.linger.ms=0
    broker_copies $((kafka_n * 100)) weir "$build/bench/brokers/kafka" copy "$kafka_at" S \
        "$work/kept" $kafka_n
    broker_copies $((kafka_n * 100)) 'kcat -G' sh -c 'exec kcat -q -b "$0" -G kcat -c "$1" -f %s \
        -X auto.offset.reset=earliest S >"$2"' "$kafka_at" $kafka_n "$work/kept"
}

kafka_idle_peer() {
    # shellcheck disable=SC2016 # words of that shell; it is the first thread, kcat another
    broker_calls 'kcat -G' sh -c 'timeout -s INT "$1" kcat -q -b "$0" -G idle S || :' "$kafka_at" |
        awk -F' *[|] *' '{ printf "| %s | - | %s |\n", $2, $4 }'
}

kafka_text() {
    cat <<END
### Kafka

$kafka_n messages of 100 bytes in 8 partitions of three brokers that pretend (librdkafka's own). weir writes
them into a file, syncs it each 4096 messages and then commits; \`kcat\` 1.7 writes them and commits by the clock. Both wait about
three seconds for their partitions, so the processor time of the whole process tells more than the rate.

$(broker_table kafka $kafka_n 'weir/cpu/1.0/kcat -G;weir/peak/30;weir, produced/cpu/1.0/kcat -P')
END
}
