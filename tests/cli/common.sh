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

# listening FILE: waits until weir has said there where it listens, and sets $address.
listening() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        address=$(sed -n "s/^weir: listens at //p" "$1" 2>/dev/null | head -n 1)
        [ -z "$address" ] || return 0
        sleep 0.05
    done
    fail "it does not listen: $(cat "$1")"
}

# appears FILE: waits until it is there.
appears() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ ! -e "$1" ] || return 0
        sleep 0.05
    done
    fail "$1 does not appear"
}
