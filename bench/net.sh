# shellcheck shell=bash
# Servers beside those that are written by hand, and those of tokio, libuv and Go: a part of
# bench/run, which reads this file. A server has processor 0, its load processor 1; each measurement
# starts one of its own. What is found stands in $work/net.rows: ROW, NAME, FIGURE, number.

net_load=$build/bench/net/load
net_seconds=0.5

# ---- the servers that can be built here ----

# Each is NAME=COMMAND; PORT and TARGET stand for numbers, PID for the server's.
net_echoes=()
net_proxies=()

net_server() {
    net_echoes+=("$1=$2 echo PORT")
    net_proxies+=("$1=$2 proxy PORT TARGET")
}

net_weir() {
    [ -x "$build/bench/net/echo" ] || return 0
    net_echoes+=("$1=env WEIR_DRIVER=$2 $build/bench/net/echo PORT")
    net_proxies+=("$1=env WEIR_DRIVER=$2 $build/bench/net/proxy PORT TARGET")
}

# net_c SOURCE LIBRARY...: a server in C, left out where its library is missing.
net_c() {
    local source=$1 folder=bench/peers/net-c
    shift
    mkdir -p $folder/target
    cc -std=c11 -O2 $folder/"$source.c" -o $folder/target/"$source" "$@" 2>"$work/net.cc" && return
    echo "$source.c does not build: it is left out" >&2
    return 1
}

build_net_peers() {
    local c=bench/peers/net-c/target tokio=bench/peers/net-tokio go=bench/peers/net-go
    progress "the peers"
    net_weir weir uring
    net_weir 'weir, epoll' epoll
    ! net_c uring -luring || net_server io_uring $c/uring
    ! net_c epoll || net_server epoll $c/epoll
    ! net_c libuv -luv || net_server libuv $c/libuv
    ! net_c splice || net_proxies+=("splice=$c/splice proxy PORT TARGET")
    if command -v cargo >/dev/null; then
        (cd $tokio && cargo build --release --quiet)
        net_server tokio $tokio/target/release/servers
        net_echoes+=("tokio, ready=$tokio/target/release/servers ready PORT")
    else
        echo "no cargo: tokio is left out" >&2
    fi
    if command -v go >/dev/null; then
        (cd $go && go build -o target/servers .)
        net_server Go $go/target/servers
    else
        echo "no go: Go is left out" >&2
    fi
}

# ---- a server and its load ----

net_answers() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# net_start CORE COMMAND: $server, which answers at $port. One that ends at once, since somebody has
# that port, is started again.
net_start() {
    local core=$1 command=$2 tries
    for tries in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        ! net_answers $port || continue
        command=${2//PORT/$port}
        # shellcheck disable=SC2086 # a command's words
        taskset -c "$core" ${command//TARGET/$net_target} >/dev/null 2>"$work/net.said" &
        server=$!
        while kill -0 $server 2>/dev/null; do
            ! net_answers $port || return 0
            sleep 0.02
        done
    done
    echo "'$command' does not start, $tries times: $(head -c 500 "$work/net.said")" >&2
    return 1
}

net_stop() {
    kill "$1" 2>/dev/null || :
    wait "$1" 2>/dev/null || :
}

# net_put ARGUMENTS: the load on $server.
net_put() {
    local words=${1//PORT/$port}
    # shellcheck disable=SC2086 # its words
    timeout 120 taskset -c 1 "$net_load" ${words//PID/$server}
}

# net_each ROW ARGUMENTS SERVER...: each of them under that load, in an order that is drawn.
net_each() {
    local row=$1 arguments=$2 entry
    shift 2
    while IFS= read -r entry <&3; do
        progress "$net_doing: $row: ${entry%%=*}"
        net_start 0 "${entry#*=}" || continue
        net_put "$arguments" | sed "s/^/$row	${entry%%=*}	/" >>"$work/net.rows" || :
        net_stop $server
    done 3< <(printf '%s\n' "$@" | shuf)
}

# ---- in rounds: time ----

net_round() {
    net_each '64 B, 50' "echo PORT 50 64 1 $net_seconds PID" "${net_echoes[@]}"
    net_each '64 B, 1000' "echo PORT 1000 64 1 $net_seconds PID" "${net_echoes[@]}"
    net_each '16 KiB, 50' "echo PORT 50 16384 1 $net_seconds PID" "${net_echoes[@]}"
    net_each '16 KiB, 1000' "echo PORT 1000 16384 1 $net_seconds PID" "${net_echoes[@]}"
    net_each '64 B, 50, 16 at a time' "echo PORT 50 64 16 $net_seconds PID" "${net_echoes[@]}"
    net_each 'connections' "churn PORT 50 $net_seconds PID" "${net_echoes[@]}"
    net_each 'proxy' "blast PORT $net_seconds PID" "${net_proxies[@]}"
}

run_net_rounds() {
    local round sink
    net_start 1 "$net_load sink PORT"
    sink=$server
    net_target=$port
    for ((round = 1; round <= net_rounds; round++)); do
        net_doing="round $round of $net_rounds"
        net_round
    done
    net_stop "$sink"
}

# ---- once: counts ----

# Each gives what a server did while N requests came: net_NAME COMMAND CONNECTIONS BYTES N.
net_calls() {
    net_start 0 "$1"
    perf stat -x, -e raw_syscalls:sys_enter -p "$server" -o "$work/net.calls" \
        taskset -c 1 "$net_load" count "$port" "$2" "$3" "$4" >/dev/null
    net_stop "$server"
    sed -n 's/,.*raw_syscalls.*//p' "$work/net.calls"
}

net_strace() {
    local tracer
    net_start 0 "$1"
    strace -c -f -o "$work/net.calls" -p "$server" 2>"$work/net.said" &
    tracer=$!
    until grep -q attached "$work/net.said"; do sleep 0.02; done
    net_put "count PORT $2 $3 $4" >/dev/null
    kill -INT $tracer
    wait $tracer || :
    net_stop "$server"
    awk '$NF == "total" { print $4 }' "$work/net.calls"
}

net_instructions() {
    net_start 0 "valgrind --tool=callgrind --trace-children=yes \
        --callgrind-out-file=$work/net.callgrind $1"
    net_put "count PORT $2 $3 $4" >/dev/null
    kill "$server"
    net_answers "$port" || : # valgrind sees no signal before the ring's wait has ended
    net_stop "$server"
    sed -n 's/^summary: //p' "$work/net.callgrind"
}

# net_slope FIGURE N ROW CONNECTIONS BYTES: a request's, of each echo. What comes before the first
# one is the same for N and for 3 N.
net_slope() {
    local figure=$1 n=$2 row=$3 entry few many
    shift 3
    for entry in "${net_echoes[@]}"; do
        progress "$figure: $row: ${entry%%=*}"
        few=$("net_$figure" "${entry#*=}" "$@" "$n") || continue
        many=$("net_$figure" "${entry#*=}" "$@" $((3 * n))) || continue
        [ -z "$few" ] || [ -z "$many" ] || printf '%s\t%s\t%s\t%s\n' "$row" "${entry%%=*}" \
            "$figure" "$(awk -v a="$few" -v b="$many" -v n="$n" 'BEGIN { print (b - a) / 2 / n }')"
    done >>"$work/net.rows"
}

# Without a tracer each call counts as often as it is made; strace slows a server down, which then
# finds more at once.
run_net_counts() {
    if command -v valgrind >/dev/null; then
        net_slope instructions 5000 '64 B, 50' 50 64
        net_slope instructions 5000 '16 KiB, 50' 50 16384
    fi
    if perf stat -e raw_syscalls:sys_enter true 2>/dev/null; then
        net_slope calls 50000 '64 B, 50' 50 64
        net_slope calls 100000 '64 B, 1000' 1000 64
        net_slope calls 50000 '16 KiB, 50' 50 16384
    fi
    if command -v strace >/dev/null; then
        net_slope strace 20000 '64 B, 50' 50 64
        net_slope strace 40000 '64 B, 1000' 1000 64
        net_slope strace 20000 '16 KiB, 50' 50 16384
    fi
    net_doing=connections
    net_each 'idle' "idle PORT $net_idle PID" "${net_echoes[@]}"
    net_each '64 stalled' "stall PORT 64" "${net_echoes[@]}"
    net_each '150 stalled' "stall PORT 150" "${net_echoes[@]}"
    net_each '1000 stalled' "stall PORT 1000" "${net_echoes[@]}"
}

# ---- the tables ----

# net_table COLUMN...: of the rows on standard input, TITLE, ROW, FIGURE, DIGITS, WANTED. A row that
# was measured in rounds is the lower quartile, what is more the better the upper one.
net_table() {
    local columns
    columns=$(IFS=';' && echo "$*")
    awk -F'\t' -v list="$columns" -v measured="${net_rows:-$work/net.rows}" '
        function at(row, name, figure,    key, n, i, j, v, more) {
            key = row FS name FS figure
            n = split(values[key], v, " ")
            for (i = 2; i <= n; i++)
                for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) {
                    more = v[j]; v[j] = v[j - 1]; v[j - 1] = more
                }
            return n ? v[figure ~ /_s$/ ? n - int(n / 4) : 1 + int(n / 4)] : ""
        }
        BEGIN {
            while ((getline <measured) > 0)
                values[$1 FS $2 FS $3] = values[$1 FS $2 FS $3] " " $4
            n = split(list, column, ";")
            line = "| row |"; rule = "| --- |"
            for (i = 1; i <= n; i++) { line = line " " column[i] " |"; rule = rule " --- |" }
            print line " wanted |"
            print rule " --- |"
        }
        {
            line = "| " $1 " |"
            for (i = 1; i <= n; i++) {
                value = at($2, column[i], $3)
                said = value == "" ? "-" : sprintf("%." $4 "f", value)
                line = line " " ($3 == "echo_ms" && value < 0 ? "never" : said) " |"
            }
            print line " " $5 " |"
        }'
}

net_echo_table() {
    net_table weir 'weir, epoll' io_uring epoll libuv tokio 'tokio, ready' Go <<'END'
64 B, 50 connections: CPU ns a request	64 B, 50	cpu_ns	0	io_uring's, 0.9 of tokio's
64 B, 1000	64 B, 1000	cpu_ns	0	1.1 of io_uring's, 0.9 of tokio's
16 KiB, 50	16 KiB, 50	cpu_ns	0	io_uring's
16 KiB, 1000	16 KiB, 1000	cpu_ns	0	1.1 of io_uring's
64 B, 50, 16 at a time	64 B, 50, 16 at a time	cpu_ns	0	
64 B, 50: slowest of a hundred, us	64 B, 50	p99_us	0	
instructions a request: 64 B, 50	64 B, 50	instructions	0	807
16 KiB, 50	16 KiB, 50	instructions	0	
system calls a request: 64 B, 50	64 B, 50	calls	3	0.1
64 B, 1000	64 B, 1000	calls	3	0.1
16 KiB, 50	16 KiB, 50	calls	3	0.25
the same under strace: 64 B, 50	64 B, 50	strace	3	0.1
64 B, 1000	64 B, 1000	strace	3	0.1
16 KiB, 50	16 KiB, 50	strace	3	0.25
a new connection: CPU ns	connections	cpu_ns	0	
connections a second	connections	connections_s	0	epoll's
an idle connection: bytes	idle	bytes	0	640
new echo beside 64 that never read, ms	64 stalled	echo_ms	1	100
beside 150	150 stalled	echo_ms	1	100
beside 1000	1000 stalled	echo_ms	1	100
END
}

net_proxy_table() {
    net_table weir 'weir, epoll' splice Go epoll io_uring libuv tokio <<'END'
CPU ns a KiB	proxy	cpu_ns	0	splice's / 0.95, less than Go's
GB a second	proxy	gb_s	2	
END
}

# Bulk through TLS beside OpenSSL alone, both ends on one thread.
net_tls_table() {
    [ -x "$build/bench/net/tls" ] || return 0
    echo "TLS, both ends on one thread, beside a loop of OpenSSL alone over memory: the lower quartile of 11."
    echo
    echo "| bytes a write | weir, ns a KiB | OpenSSL | ratio | wanted |"
    echo "| --- | --- | --- | --- | --- |"
    "$build/bench/net/tls" | tee "$work/net.tls" | awk -F'[/\t]' '
        $2 == "bare" { bare = $4 }
        $2 == "weir" { ours = $4 }
        $2 == "ratio" { printf "| %s | %s | %s | %.2f | >= 0.95 |\n", $3, ours, bare, $4 }'
    echo
    sed -n 's#^tls/bytes/\(.*\)\t\(.*\)#\1: \2 bytes of OpenSSL#p' "$work/net.tls" | paste -sd ';' |
        sed 's/;/; /g; s/$/./; s/^./\U&/'
}

net_part() {
    net_rounds=$((rounds < 10 ? 10 : rounds))
    net_target=
    ulimit -n "$(ulimit -Hn)"
    net_idle=$(($(ulimit -n) > 10500 ? 10000 : $(ulimit -n) - 500))
    : >"$work/net.rows"
    # shellcheck disable=SC2046 # numbers
    trap 'kill $(jobs -p) 2>/dev/null || :' EXIT
    build_net_peers
    run_net_rounds
    run_net_counts
    cat <<END
## Network

Servers of one thread on processor 0, their load on processor 1, over the loopback: the lower quartile
of $net_rounds rounds of $net_seconds s, in each an order that was drawn. io_uring and epoll are written by
hand; tokio 1.54 (current thread) with a buffer in each task, or one of the thread's that is used once
there is something to read; libuv; Go with one processor. Instructions are those of user space, by callgrind;
system calls as perf counts them, and as strace does, which slows the server down. Idle: $net_idle
connections after an exchange each. A new connection: connect, an exchange, a reset, 50 at a time.
Those that never read have sent as much as is taken from them; of five new connections the median.

$(machine)

$(net_echo_table)

A proxy: bytes one way, as fast as they come.

$(net_proxy_table)

$(net_tls_table)
END
}
