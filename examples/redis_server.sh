# What the scripts of programs that read streams of Redis begin with, the program as $1:
# `. "$(dirname "$0")/redis_server.sh"`. It leaves the script in a folder of its own, where a server
# listens at the address $at, on no port; that ends with the script, as does all in $started.
set -eu

# A simulation has no network but its own.
case ${WEIR_DRIVER:-} in sim) exit 77 ;; esac

command -v redis-server >/dev/null && command -v redis-cli >/dev/null || {
    echo "skipped: there is no redis-server here (Debian: apt install redis-server)"
    exit 77
}
program=$(realpath "$1")
folder=$(mktemp -d)
at=unix:$folder/redis
cd "$folder"
redis-server --port 0 --unixsocket redis --save '' >redis.log &
server=$!
started=

finish() {
    for process in $started $server; do
        kill "$process" 2>/dev/null || :
        wait "$process" 2>/dev/null || :
    done
    cd / && rm -rf "$folder"
}
trap finish EXIT

say() {
    redis-cli -s "$folder/redis" "$@"
}

# until_is WANTED COMMAND...: waits until that is what the server answers, 20 s at most.
until_is() {
    wanted=$1
    shift
    for _ in $(seq 400); do
        [ "$(say "$@" 2>/dev/null)" != "$wanted" ] || return 0
        sleep 0.05
    done
    echo "$* is not $wanted but $(say "$@")"
    exit 1
}

# until_done STREAM: waits until its group has had all of it, and acknowledged all, a minute at most.
until_done() {
    for _ in $(seq 1200); do
        ! say XINFO GROUPS "$1" 2>/dev/null | tr '\n' ' ' | grep -q ' pending 0 .* lag 0 ' || return 0
        sleep 0.05
    done
    echo "of $1 not all is acknowledged: $(say XINFO GROUPS "$1" | tr '\n' ' ')"
    exit 1
}

until_is PONG PING
