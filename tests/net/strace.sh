#!/bin/bash
# The kernel says no, once: strace fails each of the first calls of each kind that the command and a
# server make. What comes of it is the right bytes, or a message and a status; always an end, and
# never a part that looks whole. tests/cli/refused.sh has calls that fail always.
#
#   strace.sh WEIR ECHO_SERVER NETCAT [CALLS]      CALLS of each kind: 6
#
# The last line says what was run. WEIR_DRIVER: that driver; else both.
echo_server=$(realpath "$2") netcat=$(realpath "$3") calls=${4:-6}
. "$(dirname "$0")/../cli/common.sh"
clean_end() { # of this script, which is no test of meson's
    trap - EXIT
    cd / && rm -rf "$work"
    echo "skip: $*"
    exit 77
}
command -v strace >/dev/null || clean_end "strace is not installed"
strace -f --seccomp-bpf -o /dev/null -e inject=getcwd:error=EIO true 2>/dev/null ||
    clean_end "ptrace is not permitted here"
strace -f -o log -e inject=getcwd:error=EIO /bin/pwd >/dev/null 2>&1 && ! grep -q INJECTED log &&
    clean_end "strace injects nothing here"
ulimit -c 0

# What each call may answer with.
answers() {
    case $1 in
    accept4) echo EMFILE ECONNABORTED ENETDOWN ;;
    connect) echo ECONNREFUSED ETIMEDOUT ;;
    epoll_*wait*) echo EINTR EIO ;;
    io_uring_enter) echo EINTR EAGAIN EBUSY EIO ;;
    openat) echo EMFILE EACCES ;;
    read | pread64 | preadv2) echo EINTR EIO ;;
    recv*) echo EINTR ECONNRESET ;;
    send*) echo EINTR ENOBUFS EPIPE ;;
    write | writev | pwrite64 | pwritev2) echo EINTR ENOSPC ;;
    *) echo EPERM ;;
    esac
}
kinds='accept4 bind connect copy_file_range dup3 epoll_create1 epoll_ctl epoll_pwait2 epoll_wait
eventfd2 fcntl fsync getpeername getsockname getsockopt io_uring_enter io_uring_register
io_uring_setup linkat listen lseek openat pipe2 pread64 preadv2 pwrite64 pwritev2 read recvfrom recvmsg
renameat sendfile sendmsg sendto setsockopt shutdown signalfd4 socket splice statx unlinkat write
writev'

# traced COMMAND...: with the call failed that is to fail; `log` says whether it came to that.
traced() {
    timeout -s TERM -k 2 10 strace -f --seccomp-bpf -o log -e trace="$call" \
        -e signal=none $inject "$@"
}

# stop PROCESS: ^C for what runs below `timeout` and `strace`, in a shell of its own; until it is
# over, since the handler's own write, which cannot fail elsewhere, fails here.
stop() {
    local below=$1 tries
    for _ in timeout strace program; do
        below=$(cut -d ' ' -f 1 <"/proc/$below/task/$below/children") && [ -n "$below" ] || return 0
    done
    for ((tries = 0; tries < 100; tries++)); do
        kill -$((tries % 40 ? 0 : 2)) "$below" || return 0
        sleep 0.05
    done
} 2>/dev/null

# ---- what is run; each leaves its status in $status, its words in `err`, what it made in $made ----

filter() {
    { cat half; sleep 0.01; cat half; } | { traced "$weir" - ! lines ! grep 7 2>err; echo $? >code; } >got
    read -r status <code
    made=got right=right.filter
}
file() {
    traced "$weir" text ! gzip ! files/out 2>err
    status=$? made=files/out right=right.file
}
send() {
    rm -f listen.err # of the run before
    "$weir" tcp-listen:127.0.0.1:0 ! files/out 2>listen.err &
    local receiver=$!
    listening listen.err
    traced "$weir" text ! tcp:$address 2>err
    status=$?
    [ $status -eq 0 ] || kill $receiver 2>/dev/null # perhaps nobody ever came to it
    wait $receiver
    made=files/out right=text
}
receive() {
    traced "$weir" tcp-listen:127.0.0.1:$port ! files/out 2>err &
    local server=$! tries=0
    listens $server
    # Without a descriptor it resets one who waits: that one comes again.
    while kill -0 $server 2>/dev/null && [ $((tries += 1)) -le 20 ]; do
        timeout 5 "$weir" text ! tcp:127.0.0.1:$port 2>/dev/null || sleep 0.02
    done
    wait $server
    status=$? made=files/out right=text
}
# A server loses one client at most, and serves the next.
echoes() {
    traced "$echo_server" 127.0.0.1:$port >server.out 2>err &
    local server=$! tries=0
    listens $server
    while kill -0 $server 2>/dev/null && [ $((tries += 1)) -le 20 ]; do
        if timeout 5 "$netcat" 127.0.0.1:$port <text >got 2>client.err; then
            same text got "a client that ended well: $what"
            break
        fi
        [ -s client.err ] || fail "a client was told nothing: $what"
        sleep 0.02
    done
    [ $tries -le 20 ] || fail "nobody was served again: $what"
    stop $server
    wait $server
    status=$? made=got right=text
    [ $status -eq 0 ] || rm -f got # of nobody who ended well
}

# listens PROCESS: waits until somebody listens at $port, or the process is over.
listens() {
    local line
    line=$(printf ':%04X 00000000:0000 0A' $port)
    while kill -0 $1 2>/dev/null && ! grep -q "$line" /proc/net/tcp; do
        sleep 0.01
    done
}

# try PROGRAM: once, and what came of it.
try() {
    what="$call=$answer the ${n}th, $driver, $1"
    rm -rf got err files
    mkdir files
    touch err
    $1
    tried=$((tried + 1))
    case $status in
    0) same $made $right "exit 0: $what" ;;
    1 | 2 | 4 | 130) # 130: it could not wait for ^C
        [ -s err ] || fail "no message: $what"
        [ $made = got ] || [ ! -e $made ] || same $made $right "$what"
        ;;
    127) grep -q "error while loading shared libraries" err || fail "status 127: $what" ;;
    *)
        fail "status $status: $what: $(head -3 err)"
        read -r left _ <log && kill -KILL "$left" 2>/dev/null
        ;;
    esac
}

# What a program calls when all goes well, of the kinds above.
made_by() {
    call=$(echo $kinds | tr ' ' ,) inject= answer=none n=0
    try "$1"
    [ "$status" -eq 0 ] || fail "$1 fails by itself: $(cat err)"
    sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' log | sort -u
}

# each PROGRAM: each of its first calls of each kind, with each answer.
each() {
    for kind in $(made_by "$1"); do
        for answer in $(answers $kind); do
            call=$kind
            for ((n = 1; n <= calls; n++)); do
                inject="-e inject=$kind:error=$answer:when=$n"
                try "$1"
                grep -q INJECTED log || break
            done
        done
    done
}

seq 20000 >half
cat half half >text
"$weir" text ! gzip ! right.file
grep 7 text >right.filter
free_port
tried=0
asked=${WEIR_DRIVER:-}
for driver in uring epoll; do
    [ -z "$asked" ] || [ $driver = "$asked" ] || continue
    export WEIR_DRIVER=$driver
    for program in filter file send receive echoes; do
        each $program
    done
done
echo "$tried runs, $failures went wrong"
