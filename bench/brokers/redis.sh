# shellcheck shell=bash
# Redis: a worker by hand over hiredis, and redis-benchmark, which appends one and the same entry.

redis_n=100000
redis_at=127.0.0.1:14779

redis_build() {
    cc -std=gnu11 -O2 bench/peers/brokers-c/redis_worker.c -o "$work/redis_worker" -lhiredis
}

redis_start() {
    rm -rf "$work/redis.store"
    mkdir "$work/redis.store"
    redis-server --bind "${redis_at%:*}" --port "${redis_at#*:}" --dir "$PWD/$work/redis.store" \
        --save '' --appendonly yes --appendfsync everysec >"$work/redis.log" 2>&1 &
    broker_pid=$!
    broker_until redis-cli -p "${redis_at#*:}" ping
}

# redis_copies PAGE NAME COMMAND...: its group begins anew.
redis_copies() {
    local page=$1
    shift
    redis-cli -p "${redis_at#*:}" XGROUP DESTROY S weir >"$work/said"
    redis-cli -p "${redis_at#*:}" XGROUP DESTROY S hand >"$work/said"
    broker_copies "$(broker_word_bytes $redis_n)" "$@" $redis_at S "$work/kept" $redis_n "$page"
}

redis_round() {
    local page
    broker_measure 'weir, appended' "$build/bench/brokers/redis" publish $redis_at S $redis_n
    broker_measure 'redis-benchmark' redis-benchmark -p "${redis_at#*:}" -c 1 -P 256 -n $redis_n -q \
        XADD B '*' value "$(printf '%100s' '')"
    for page in 128 512; do
        redis_copies $page "weir, $page" "$build/bench/brokers/redis" copy
        redis_copies $page "by hand, $page" "$work/redis_worker"
    done
    benthos_copies "{redis_streams: {url: 'tcp://$redis_at', streams: [S], body_key: value,
        consumer_group: benthos}}" $redis_n
}

redis_wanted='weir, 128/rate/0.9/by hand, 128;weir, 128/peak/30;weir, 512/rate/0.9/by hand, 512'
redis_wanted+=';weir, 512/peak/30;weir, appended/rate/0.9/redis-benchmark'

redis_text() {
    cat <<END
### Redis

$redis_n entries of 100 bytes (\`appendfsync everysec\`), whose first words go into a file: synced, then
acknowledged. By hand: hiredis, XREADGROUP, one write, fdatasync, one XACK; both with pages of 128, which
is weir's own, and of 512. \`redis-benchmark\` sends one XADD that it has made before, 256 at a time, as
many as weir has unanswered. Benthos 4.27 as it comes syncs nothing, and has $benthos_n entries.

$(broker_table redis $redis_n "$redis_wanted")
END
}
