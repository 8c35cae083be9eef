# What the scripts of brokers share, behind common.sh: each has a server of its own.

# refused TEXT HINT WORD...
refused() {
    text=$1 hint=$2
    shift 2
    expect 2 "$weir" "$@"
    mentions "$text"
    mentions "$hint"
}

# wanted ADDRESS TEXT: doctor says so of it within 10 s.
wanted() {
    for _ in $(seq 100); do
        "$weir" doctor "$1" >doctor.out 2>&1
        grep -q "$2" doctor.out && return
        sleep 0.1
    done
    fail "$1: no '$2'"
    cat doctor.out
}

# start NAME WORD...: in the background; $pid.
start() {
    name=$1
    shift
    "$weir" "$@" >"$name.out" 2>"$name.err" &
    pid=$!
}

# stop PID: told to, it ends so, and soon.
stop() {
    kill -TERM "$1"
    wait "$1"
    [ $? -eq 143 ] || fail "a signal ends it with another status"
}

# free_port: one that nobody uses, in $port.
free_port() {
    "$weir" tcp-listen:127.0.0.1:0 ! null >port.out 2>port.err &
    free_pid=$!
    listening port.err
    port=${address##*:}
    kill -9 $free_pid
    wait $free_pid 2>/dev/null
}

# killed KILLS WORD...: one with these words is killed so often, while it works.
killed() {
    kills=$1
    shift
    for _ in $(seq "$kills"); do
        start killed "$@"
        sleep 0.15
        kill -9 $pid
        wait $pid 2>/dev/null
    done
}
