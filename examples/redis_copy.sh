#!/bin/sh
# redis_copy PROGRAM: a stream is copied, what comes later too; ^C waits for what was taken.
set -eu
command -v redis-server >/dev/null && command -v redis-cli >/dev/null || {
    echo "skipped: there is no redis-server here (Debian: apt install redis-server)"
    exit 77
}
dir=$(mktemp -d)
socket=$dir/redis
redis-server --port 0 --unixsocket "$socket" --save '' --dir "$dir" >"$dir/log" &
server=$!
trap 'kill $server 2>/dev/null || :; wait $server 2>/dev/null || :; rm -rf "$dir"' EXIT

say() {
    redis-cli -s "$socket" "$@"
}
until_is() { # WANTED COMMAND...: waits until that is the answer, 10 s at most
    wanted=$1
    shift
    for _ in $(seq 200); do
        [ "$(say "$@" 2>/dev/null)" != "$wanted" ] || return 0
        sleep 0.05
    done
    echo "$* is not $wanted but $(say "$@")"
    exit 1
}

until_is PONG PING
for i in 1 2 3; do
    say XADD in '*' value "$i" colour red >/dev/null
done
"$1" "unix:$socket" in "unix:$socket" out >"$dir/copied" &
copy=$!
until_is 3 XLEN out
say XADD in '*' value 4 >/dev/null
until_is 4 XLEN out
kill -INT $copy
wait $copy
[ "$(cat "$dir/copied")" = "4 copied" ]
[ "$(say XPENDING in copy | head -n 1)" = 0 ]
