# What every script of this folder begins with: `. "$(dirname "$0")/common.sh"`, the program as $1.
# It leaves the script in an empty directory that goes away at the end.

# What was ignored where the tests are started, as nohup does, would be ignored in them too.
if [ -z "${WEIR_SIGNALS:-}" ] && env --default-signal true 2>/dev/null; then
    export WEIR_SIGNALS=usual
    exec env --default-signal "$(readlink -f "/proc/$$/exe")" "$0" "$@"
fi

case $1 in
/*) weir=$1 ;;
*) weir=$PWD/$1 ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
failures=0
LC_ALL=C
export LC_ALL
cd "$work" || exit 1

finish() {
    status=$?
    cd /
    rm -rf "$work"
    [ "$status" -eq 0 ] && [ "$failures" -eq 0 ]
    exit $?
}
trap finish EXIT

# fail MESSAGE...: counts it and goes on.
fail() {
    failures=$((failures + 1))
    echo "not ok: $*"
}

# skip MESSAGE...: the rest of the script; what failed before still counts.
skip() {
    echo "skip: $*"
    [ "$failures" -eq 0 ] || exit 1
    trap - EXIT
    cd /
    rm -rf "$work"
    exit 77
}

# run COMMAND...: stdout, stderr and the status are kept in out, err and $status.
run() {
    "$@" >out 2>err
    status=$?
}

# expect STATUS COMMAND...: run, and the status must be this one.
expect() {
    want=$1
    shift
    run "$@"
    if [ "$status" -ne "$want" ]; then
        fail "status $status, not $want: $*"
        sed 's/^/    /' err
    fi
}

# has_json: this build reads JSON.
has_json() { "$weir" doctor | grep -q '^JSON  *built in'; }

# same FILE FILE: they are equal, byte for byte.
same() {
    cmp -s "$1" "$2" || fail "$1 and $2 differ${3:+: $3}"
}

# prints TEXT: the last run printed exactly this on stdout; a newline is added.
prints() {
    printf '%s\n' "$1" >wanted
    if ! cmp -s wanted out; then
        fail "stdout is not as wanted"
        diff wanted out | sed 's/^/    /'
    fi
}

# complains TEXT: the last run printed exactly this on stderr; a newline is added.
complains() {
    printf '%s\n' "$1" >wanted
    if ! cmp -s wanted err; then
        fail "stderr is not as wanted"
        diff wanted err | sed 's/^/    /'
    fi
}

# mentions TEXT: stderr of the last run holds it; it may be several lines.
mentions() {
    case "$(cat err)" in
    *"$1"*) ;;
    *)
        fail "stderr does not mention: $1"
        sed 's/^/    /' err
        ;;
    esac
}

# holds_only NAME...: the directory `files` holds these and nothing else, hidden ones included.
holds_only() {
    found=$(ls -A files | tr '\n' ' ')
    [ "$found" = "${*:+$* }" ] || fail "files holds '$found', not '$*'"
}

# soon COMMAND...: waits until it succeeds, which must come within ten seconds of a busy machine.
soon() {
    for _ in $(seq 200); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.05
    done
    return 1
}

# catches PID: it is weir by now, and has a handler for SIGTERM, which it installs with all others. A
# signal that comes before would kill it, or the shell that is to become it, which then cleans up here.
# Of another processor's it is qemu that runs it.
catches() {
    grep -Eq '^Name:.(weir|qemu-.*)$' "/proc/$1/status" && grep -q '^SigCgt:.*[4-7c-f]...$' "/proc/$1/status"
}

# tells PID TEXT [FILE]: its table, which SIGUSR1 asks for, has such a line in err, or in FILE.
tells() {
    kill -s USR1 "$1"
    grep -q "$2" "${3:-err}"
}

# is_stuck PID: its sink, ./stuck behind one stage, has waited and goes on waiting: its last two tables
# are the same.
is_stuck() {
    kill -s USR1 "$1"
    tail -n 4 err >last_table
    tail -n 8 err | head -n 4 | cmp -s - last_table && grep -q '^\./stuck .* [1-9][0-9]*$' last_table
}

# files_are N: so many are in the directory `files`, hidden ones included.
files_are() {
    [ "$(ls -A files | wc -l)" -eq "$1" ]
}

# has_open PID NAME: one of its descriptors leads there.
has_open() {
    ls -l "/proc/$1/fd" | grep -q "$2"
}

# listening FILE: waits until weir has said there where it listens, and sets $address.
listening() {
    address=
    soon grep -q '^weir: listens at ' "$1" || fail "it does not listen: $(cat "$1")"
    address=$(sed -n "s/^weir: listens at //p" "$1" | head -n 1)
}

# appears SOCKET: waits until somebody listens there; its file is made before. The list is of all
# sockets of the machine, under the names by which they were bound.
appears() {
    soon is_served "$1" || fail "nobody listens at $1"
}
is_served() {
    [ -S "$1" ] && grep -q " 00010000 .*$1\$" /proc/net/unix
}

# free_port: one that nobody uses, in $port: below those that the kernel gives to whoever dials, who
# would have it while a server is away.
free_port() {
    port=$((10000 + ($$ * 131 + ${port:-0} * 7) % 20000))
    while grep -q "$(printf ':%04X ' "$port")" /proc/net/tcp*; do
        port=$((port + 1))
    done
}

# heeds PID: it has taken the signals that were sent to it.
heeds() {
    grep -q '^ShdPnd:.0*$' "/proc/$1/status"
}
