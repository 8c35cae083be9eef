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

# tells_open ADDRESS: its line says what is open and what is to come; all of it where there is room.
tells_open() {
    slow="'$weir' --progress=line '$1' ! - |"
    told='messages, .*, open [0-9]*/2000, oldest [0-9.]* s, lag [0-9.]*'
    cat >until_told <<'END'
for _ in $(seq 200); do
    ! grep -q "$2" "$1" || exit 0
    sleep 0.05
done
END
    sh -c "$slow sh until_told slow.err 'open [1-9].*, lag [0-9]'" 2>slow.err
    grep -q "$told" slow.err && grep -q 'open [1-9]' slow.err ||
        { fail "the line says nothing of what is open"; cat slow.err; }
    command -v script >/dev/null || return 0
    rm -f typescript
    script -qefc "stty cols 200; $slow sh until_told typescript '$told *[kM]*, repeats [0-9]'" \
        typescript >/dev/null </dev/null
    grep -q "$told *[kM]*, repeats [0-9]" typescript ||
        { fail "a wide line does not say all of it"; cat -v typescript; }
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

# begin_nats: a nats-server of its own, where $WEIR_NATS says; start_nats, stop_nats: it comes and
# goes, at the same port.
begin_nats() {
    nats_server=$(PATH=$PATH:/usr/sbin command -v nats-server) || skip "there is no nats-server here"
    mkdir store
    free_port
    nats_port=$port
    start_nats
    WEIR_NATS=127.0.0.1:$nats_port
    export WEIR_NATS
}
start_nats() {
    rm -f ./*.ports
    "$nats_server" -js -sd store -a 127.0.0.1 -p "$nats_port" --ports_file_dir . >server.log 2>&1 &
    nats_pid=$!
    soon nats_is_up && return
    cat server.log
    stop_nats
    skip "nats-server does not start"
}
nats_is_up() {
    grep -q nats: ./*.ports
}
stop_nats() {
    kill -9 $nats_pid 2>/dev/null
    wait $nats_pid 2>/dev/null
}

# make STREAM SUBJECT
make() {
    start make "nats:$1/made,create=$2" ! ./made append
    wanted "nats:$1/made" 'consumer.*0 open'
    stop $pid
}

# certificate NAME WORD...: NAME.pem and NAME.key, as openssl req has the words.
certificate() {
    name=$1
    shift
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$name.key" \
        -out "$name.pem" -x509 -days 2 "$@" >openssl.log 2>&1
}
