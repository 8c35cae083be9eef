# What the scripts of this folder begin with: `. "$(dirname "$0")/common.sh"`. They work in a
# directory of their own; what they started ends with them. Bash.
set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
started=()
failures=0

finish() {
    local status=$?
    for process in "${started[@]}"; do kill -KILL "$process" 2>/dev/null; done
    wait 2>/dev/null
    cd / && rm -rf "$work"
    [ "$failures" -eq 0 ] || status=1
    exit "$status"
}
trap finish EXIT

skip() {
    echo "skip: $*"
    exit 77
}

# fail MESSAGE...: counts it and goes on.
fail() {
    failures=$((failures + 1))
    echo "not ok: $*"
}

# Another process's programs, where the script is given a path of the build.
absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }

# make_certificate: cert.pem and key.pem, of localhost and 127.0.0.1.
make_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout key.pem -out cert.pem 2>/dev/null
}

# serve NAME PROGRAM ARGUMENT...: waits until it says where it listens; sets $address and $process.
serve() {
    local name=$1
    shift
    : >"$name.out"
    "$@" >"$name.out" 2>"$name.err" &
    process=$!
    started+=("$process")
    for _ in $(seq 200); do
        address=$(sed -n 's/^listening on //p' "$name.out" | head -n 1)
        [ -z "$address" ] || return 0
        kill -0 "$process" 2>/dev/null || break
        sleep 0.05
    done
    echo "$name does not listen: $(cat "$name.err")"
    exit 1
}

# end_of NAME STATUS: it is told to stop, and ends so.
end_of() {
    kill -TERM "$process" 2>/dev/null
    wait "$process"
    local status=$?
    [ "$status" -eq "$2" ] || fail "$1 ended with $status: $(tail -n 5 "$1.err")"
}
