#!/bin/sh
# What a caller leaves behind (tools/weir/inherited.h has the table), and the signals that end the
# command: it goes on, fails, or dies as any program; nothing half-written is left.
#
#   inherited.sh WEIR INHERIT REFUSE
#
# CHECK=long: also what takes seconds.
case $2 in
/*) inherit=$2 refuse=$3 ;;
*) inherit=$PWD/$2 refuse=$PWD/$3 ;;
esac
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has a clock of its own: nothing happens to it in real time"
ulimit -c 0

mkdir files
mkfifo pipe silent stuck
exec 7<>pipe 8<>stuck # hold them open
seq 20000 >text
head -c 3000000 /dev/zero >big
"$weir" text ! gzip ! text.gz

# start WORD...: in the background weir replaces an old file with what comes through the pipe, and
# has begun to write; the words are what it inherits.
start() {
    echo old >files/out
    start_with "$@" "$weir" text pipe ! files/out
    soon files_are 2 || fail "it does not begin: $*"
}
start_with() {
    trap - EXIT # or what is killed before it runs, bash would let it clean up here
    "$inherit" default=INT default=QUIT "$@" 2>err 7>&- 8>&- &
    pid=$!
    { sleep 30; kill -KILL $pid; } >/dev/null 2>&1 &
    watchdog=$!
    trap finish EXIT
}

# ends HOW: it ends soon, by this signal or with this status, and the old file is there alone.
ends() {
    wait $pid 2>/dev/null
    status=$?
    kill $watchdog
    how=$status
    [ $status -lt 129 ] || how=$(kill -l $status)
    [ "$how" = "$1" ] || { fail "ended by $how, not $1"; cat err; }
    [ ! -e files/out ] || holds_only out
}
is_old() {
    [ "$(cat files/out)" = old ] || fail "$1: the old file was changed"
}

# ---- signals that end it ----

for signal in INT TERM HUP QUIT ALRM VTALRM PROF XCPU IO USR2; do
    start
    kill -s $signal $pid
    ends $signal
    is_old $signal
    mentions "stopped by SIG"
    mentions "files/out was not changed"
done
start
for signal in INT INT INT QUIT QUIT; do # whoever is impatient leaves nothing either
    kill -s $signal $pid
done
ends INT
is_old "many times"

# ---- alarms of the caller ----

start_with alarm=100 "$weir" ./silent ! null # it cannot even be opened
ends ALRM
echo old >files/out
start_with alarm=400 "$weir" text pipe ! files/out
ends ALRM
is_old "alarm"
start_with ignore=ALRM alarm=100 "$weir" pipe ! null
sleep 0.2
kill -s TERM $pid
ends TERM

# ---- blocked and ignored signals ----

start block=INT block=TERM block=HUP block=ALRM block=USR1 pending=USR2 ignore=QUIT ignore=XCPU
for signal in INT TERM HUP ALRM USR1 QUIT XCPU; do
    kill -s $signal $pid
done
sleep 0.1
cat text >pipe
kill -0 $pid 2>/dev/null || fail "a blocked or ignored signal ended it"
kill -KILL $pid $watchdog
wait $pid 2>/dev/null
rm -rf files && mkdir files

# SIGPIPE: dies of it, or is told.
for words in default=PIPE "default=PIPE block=PIPE"; do
    { "$inherit" $words "$weir" big big 2>err; echo $? >code; } | head -c 1 >out
    [ "$(kill -l "$(cat code)")" = PIPE ] || fail "$words: $(cat code)"
    [ ! -s err ] || fail "$words: a complaint"
done
{ "$inherit" ignore=PIPE "$weir" big big 2>err; echo $? >code; } | head -c 1 >out
[ "$(cat code)" = 1 ] || fail "ignored SIGPIPE: $(cat code)"
mentions "cannot write: broken pipe"

# ---- limits ----

# limited WHAT WORD...: runs with `ulimit WHAT`; 127 is the loader's, which says so itself.
limited() {
    what=$1
    shift
    (ulimit $what && exec "$@") >out 2>err
    status=$?
    case $status in
    0) ;;
    1 | 127) [ -s err ] || fail "ulimit $what: no message" ;;
    *) fail "ulimit $what: status $status" ;;
    esac
}

# The size of a file. Ignored or not, it is the write that fails.
for word in default=XFSZ ignore=XFSZ; do
    echo old >files/out
    limited "-f 100" "$inherit" $word "$weir" big ! files/out
    [ $status -eq 1 ] || fail "$word: status $status"
    mentions "cannot write: file too large"
    mentions "a higher limit of file sizes (ulimit -f)"
    mentions "files/out was not changed"
    is_old $word
    limited "-f 100" "$inherit" $word "$weir" big ! files/new
    mentions "files/new was not created"
    holds_only out
    limited "-f 100" "$inherit" $word "$weir" big ! files/out append
    mentions "file too large"
    holds_only out
    limited "-f 100" "$inherit" $word "$weir" big
    mentions "standard output"
done

# right WHAT: the last run gave all, or nothing and a message; 2 as the second word: it must be all.
right() {
    if [ $status -eq 0 ]; then
        same files/out text.gz "ulimit $what"
    else
        [ ! "${1:-}" ] || { fail "ulimit $what"; cat err; }
        [ ! -e files/out ] || fail "status $status and a file: ulimit $what"
    fi
    rm -f files/out
    holds_only
}
rm files/out
for n in 0 3 4 5 6 7 8 9 10 16; do
    limited "-n $n" "$weir" text ! gzip ! files/out
    [ $status -ne 1 ] || grep -q "too many open files\|Too many open files" err ||
        { fail "ulimit -n $n"; cat err; }
    right
done
[ $status -eq 0 ] || fail "ulimit -n 16 is enough"
for kib in 3000 5000 7000 9000 11000 13000 17000 25000; do
    (ulimit -v $kib && "$weir" --version) >out 2>&1 || continue # it cannot even be loaded
    limited "-v $kib" "$weir" text ! gzip ! files/out
    right
done
limited "-v 200000" "$weir" text ! gzip ! files/out
right all
limited "-l 0" "$weir" text ! gzip ! files/out
right all
limited "-s 256" "$weir" text ! gzip ! files/out
right all

# No memory for a ring.
if "$refuse" mmap.3.0x8000=ENOMEM true 2>/dev/null; then
    run env -u WEIR_DRIVER "$refuse" mmap.3.0x8000=ENOMEM "$weir" text ! gzip ! files/out
    what="no memory for a ring"
    right all
fi

# ---- closed descriptors ----

what="closed descriptors"
(exec "$weir" text ! gzip ! files/out <&- >&- 2>&-)
status=$?
right all
(exec "$weir" - ! files/out <&- 2>err)
[ $? -eq 1 ] || fail "standard input is closed"
mentions "bad file descriptor"
holds_only
(exec "$weir" text >&- 2>err)
[ $? -eq 1 ] || fail "standard output is closed"
mentions "bad file descriptor"
(exec "$weir" text ! lines ! cuont 2>&-)
[ $? -eq 2 ] || fail "standard error is closed"
if "$refuse" openat.2.0x1=EACCES true 2>/dev/null; then # nor can they be occupied
    ("$refuse" openat.2.0x1=EACCES "$weir" text ! null <&- 2>err)
    [ $? -eq 1 ] || fail "a closed descriptor was used for a file"
    mentions "standard descriptors are closed"
fi

# ---- what takes seconds ----

[ "${CHECK:-}" = long ] || exit 0

# Five seconds for what is in flight, whatever became of SIGALRM.
seq 400000 >rows
for word in default=ALRM block=ALRM ignore=ALRM pending=ALRM; do
    (
        failures=0
        trap - EXIT
        mkdir "$word" && cd "$word" && mkfifo stuck && exec 9<>stuck
        "$inherit" default=INT $word "$weir" ../rows ../rows ! lines ! ./stuck 2>err 7>&- &
        pid=$!
        soon catches $pid && soon is_stuck $pid || fail "$word: $(cat err)"
        kill -s INT $pid
        sleep 3
        kill -0 $pid 2>/dev/null || fail "$word: less than five seconds"
        { sleep 30; kill -KILL $pid; } >/dev/null 2>&1 &
        wait $pid
        [ "$(kill -l $?)" = INT ] || fail "$word: not by SIGINT"
        [ $failures -eq 0 ] || echo "$word" >>../wrong
    ) &
done
echo old >files/out
truncate -s 20G zeros
(ulimit -S -t 1 && exec "$weir" zeros ! gzip level=9 ! files/out) 2>err
[ "$(kill -l $?)" = XCPU ] || fail "ulimit -t: $(cat err)"
is_old "ulimit -t"
holds_only out
wait
[ ! -e wrong ] || fail "not in five seconds: $(cat wrong)"
