# shellcheck shell=bash
# HTTP servers: a part of bench/run, which reads this file behind net.sh. A server has processor 0,
# its load (wrk, h2load) processor 1; each measurement starts one of its own. CPU time is utime and
# stime of the server's process. What is found stands in $work/http.rows.

http_seconds=1

# Each is NAME=COMMAND; PORT stands for a number.
http_ones=()
http_twos=()

http_weir() {
    local command="env WEIR_DRIVER=$2 $build/examples/http_hello 127.0.0.1:PORT"
    http_ones+=("$1=$command")
    http_twos+=("$1=$command")
}

# One process, no log, a body of the same length.
http_nginx() {
    cat >"$work/nginx.conf" <<END
daemon off; master_process off; worker_processes 1; pid $PWD/$work/nginx.pid; error_log /dev/null;
events { worker_connections 4096; }
http {
    access_log off; keepalive_requests 1000000000;
    server { listen 127.0.0.1:$1; location / { default_type text/plain; return 200 "Hello, World!"; } }
}
END
    exec nginx -c "$(realpath "$work/nginx.conf")"
}
export -f http_nginx
export work

build_http_peers() {
    local hyper=bench/peers/http-hyper go=bench/peers/http-go
    progress "the peers"
    http_weir weir uring
    http_weir 'weir, epoll' epoll
    if command -v cargo >/dev/null; then
        (cd $hyper && cargo build --release --quiet)
        http_ones+=("hyper=$hyper/target/release/hello PORT")
        http_twos+=("hyper=$hyper/target/release/hello PORT")
    else
        echo "no cargo: hyper is left out" >&2
    fi
    if command -v go >/dev/null; then
        (cd $go && go build -o target/hello .)
        http_ones+=("Go=$go/target/hello PORT")
    else
        echo "no go: Go is left out" >&2
    fi
    if command -v nginx >/dev/null; then
        http_ones+=("nginx=bash -c http_nginx\${IFS}PORT")
    fi
    if command -v nghttpd >/dev/null; then
        mkdir -p "$work/hello"
        printf 'Hello, World!' >"$work/hello/index.html"
        http_twos+=("nghttpd=nghttpd --no-tls -n1 -d $work/hello PORT")
    fi
}

# CPU time that a process took, in microseconds.
http_cpu_us() {
    awk -v tick="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) * 1000000 / tick }' \
        "/proc/$1/stat"
}

# http_load COMMAND...: its text, whatever it says of how many answers came.
http_answers() {
    awk '/ requests in / { print $1 } /^requests: / { print $8 }' | tr -d ,
}

# http_each ROW COMMAND SERVER...: CPU time a request, in an order that is drawn.
http_each() {
    local row=$1 command=$2 entry before after n
    shift 2
    while IFS= read -r entry <&3; do
        progress "$net_doing: $row: ${entry%%=*}"
        net_start 0 "${entry#*=}" || continue
        before=$(http_cpu_us $server)
        # shellcheck disable=SC2086 # a command's words
        n=$(timeout 120 taskset -c 1 ${command//PORT/$port} 2>&1 | http_answers)
        after=$(http_cpu_us $server) || continue
        net_stop $server
        [ "${n:-0}" -gt 0 ] || continue
        printf '%s\t%s\tcpu_us\t%s\n' "$row" "${entry%%=*}" \
            "$(awk -v a="$before" -v b="$after" -v n="$n" 'BEGIN { print (b - a) / n }')"
    done >>"$work/http.rows" 3< <(printf '%s\n' "$@" | shuf)
}

http_round() {
    local url=http://127.0.0.1:PORT/
    http_each '64' "wrk -t1 -c64 -d${http_seconds} $url" "${http_ones[@]}"
    http_each '16 at a time' "wrk -t1 -c64 -d${http_seconds} -s bench/pipeline.lua $url" \
        "${http_ones[@]}"
    http_each 'h2 8 x 32' "h2load -n 100000 -c8 -m32 $url" "${http_twos[@]}"
    http_each 'h2 64 x 1' "h2load -n 30000 -c64 -m1 $url" "${http_twos[@]}"
}

# System calls a request, as strace counts them, which slows a server down: it finds more at once.
http_calls() {
    local entry tracer n
    for entry in "${http_ones[@]}"; do
        progress "calls: ${entry%%=*}"
        net_start 0 "${entry#*=}" || continue
        strace -c -f -o "$work/http.calls" -p "$server" 2>"$work/net.said" &
        tracer=$!
        until grep -q attached "$work/net.said"; do sleep 0.02; done
        n=$(timeout 60 taskset -c 1 wrk -t1 -c64 -d2 "http://127.0.0.1:$port/" | http_answers)
        kill -INT $tracer
        wait $tracer || :
        net_stop $server
        [ "${n:-0}" -gt 0 ] || continue
        printf '64\t%s\tcalls\t%s\n' "${entry%%=*}" \
            "$(awk -v n="$n" '$NF == "total" { print $4 / n }' "$work/http.calls")"
    done >>"$work/http.rows"
}

# http_idle ROW SERVER...: bytes that a connection costs which said one request and is kept.
http_idle() {
    local row=$1 entry
    shift
    for entry; do
        progress "$row: ${entry%%=*}"
        net_start 0 "${entry#*=}" || continue
        printf '%s\t%s\tbytes\t%s\n' "$row" "${entry%%=*}" "$(python3 - "$port" "$server" <<'END'
import resource, socket, sys

def rss():
    with open(f"/proc/{sys.argv[2]}/statm") as statm:
        return int(statm.read().split()[1]) * 4096

def ask():
    sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    sock.recv(4096)
    return sock

n = min(4000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)
first = [ask() for _ in range(100)]
before = rss()
kept = [ask() for _ in range(n)]
print((rss() - before) / n)
END
        )"
        net_stop $server
    done >>"$work/http.rows"
}

# 1 GiB through a body and back: the most that a server held.
http_echo() {
    local entry
    [ -x "$build/tests/http_server" ] || return 0
    for entry in "weir=$build/tests/http_server 127.0.0.1:PORT" "${http_ones[@]}"; do
        case $entry in weir=*server* | hyper=* | Go=*) ;; *) continue ;; esac
        progress "1 GiB: ${entry%%=*}"
        net_start 0 "${entry#*=}" || continue
        head -c 1073741824 /dev/zero |
            curl -s -T - -o /dev/null -H 'Expect:' "http://127.0.0.1:$port/echo" || :
        printf 'echo\t%s\tmib\t%s\n' "${entry%%=*}" \
            "$(awk '/^VmHWM/ { print $2 / 1024 }' "/proc/$server/status")"
        net_stop $server
    done >>"$work/http.rows"
}

http_table() {
    net_rows=$work/http.rows net_table weir 'weir, epoll' hyper Go nginx nghttpd <<'END'
64 connections, CPU us a request	64	cpu_us	2	0.8 of hyper's, epoll 0.9
16 at a time	16 at a time	cpu_us	2	0.65 of hyper's
HTTP/2, 8 connections of 32	h2 8 x 32	cpu_us	2	0.6 of nghttpd's
HTTP/2, 64 of 1	h2 64 x 1	cpu_us	2	0.95 of nghttpd's
system calls a request, under strace	64	calls	3	0.1
an idle connection, bytes	idle	bytes	0	1024
the same, parked	parked	bytes	0	1024
1 GiB echoed, MiB held	echo	mib	1	
END
}

http_part() {
    local round
    : >"$work/http.rows"
    ulimit -n "$(ulimit -Hn)"
    # shellcheck disable=SC2046 # numbers
    trap 'kill $(jobs -p) 2>/dev/null || :' EXIT
    net_target=
    build_http_peers
    for ((round = 1; round <= rounds; round++)); do
        net_doing="round $round of $rounds"
        http_round
    done
    ! command -v strace >/dev/null || http_calls
    http_idle idle "${http_ones[@]}"
    http_idle parked "weir=env WEIR_DRIVER=uring $build/examples/http_parked 127.0.0.1:PORT" \
        "weir, epoll=env WEIR_DRIVER=epoll $build/examples/http_parked 127.0.0.1:PORT"
    http_echo
    cat <<END
## HTTP

"Hello, World!" by servers of one thread on processor 0, wrk and h2load on processor 1, over the
loopback: user and system time of the server's process, the lower quartile of $rounds rounds, in each an
order that was drawn. hyper 1.12 (current thread), net/http with one processor, nginx and nghttpd as
Debian has them.

$(machine)

$(http_table)
END
}
