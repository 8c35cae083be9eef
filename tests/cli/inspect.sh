#!/bin/bash
# --inspect: a page of what runs, for who has its address, until it ends.
. "$(dirname "$0")/common.sh"

# begin ARGUMENT...: in the background, with a pipe as its source; sets $host, $token and $running.
begin() {
    rm -f pipe
    mkfifo pipe
    "$weir" "$@" pipe ! gzip ! null 2>said &
    running=$!
    exec 9>pipe
    soon grep -q '^weir: look at ' said || fail "no address: $(cat said)"
    url=$(sed -n 's/^weir: look at //p' said)
    host=${url#http://} token=${url#*#}
    host=${host%%/*}
}

# ask PATH [FIELD]...: what is answered.
ask() {
    exec 8<>"/dev/tcp/${host%:*}/${host##*:}" || return
    printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n' "$1" "$host" >&8
    shift
    [ $# -eq 0 ] || printf '%s\r\n' "$@" >&8
    printf '\r\n' >&8
    timeout 20 cat <&8
    exec 8<&-
}

# line 20 of those that must work, with less to do
expect 0 "$weir" --explain --inspect=:0 random 20M ! gzip threads=4 ! gunzip ! null
grep -n . err | grep -q '^1:stage .*driver' || { fail "no plan"; cat err; }
[ "$(grep -c 'weir: look at http://127.0.0.1:[0-9]*/#[0-9a-f]\{32\}$' err)" = 1 ] ||
    { fail "its address, once"; cat err; }
[ "$(grep -n '^memory bound' err | cut -d: -f1)" -lt "$(grep -n 'look at' err | cut -d: -f1)" ] ||
    fail "the plan comes first"
expect 0 "$weir" --inspect -q random 1M ! null
grep -q '^weir: look at http://127.0.0.1:' err || fail "--inspect alone"

begin --inspect
ask / >page
grep -q '^HTTP/1.1 200 ' page && grep -q '<title>weir</title>' page || fail "no page at $host"
ask /events | head -1 | grep -q '^HTTP/1.1 403 ' || fail "events without the token"
ask /events "X-Weir-Token: $token" >events 9>&- &
asking=$!
soon grep -q '^data: {"t":"rows"' events || fail "no rows: $(cat events)"
exec 9>&-
wait $running || fail "it ends with $?"
wait $asking
grep -q '^data: {"t":"hello","v":1,' events || fail "no hello"
grep -q '^data: {"t":"stage".*"stage":"gzip"' events || fail "no stage"
grep '^data: ' events | tail -1 | tr -d '\r' | grep -qx 'data: {"t":"end","reason":"the program ended"}' ||
    { fail "it does not say that it ends"; tail -3 events; }
ask / >/dev/null 2>&1 && fail "somebody serves it still"

# Where others could look it is not served, and nothing was opened.
echo text >in
for address in 0.0.0.0:0 '[::]:0' 192.0.2.1:8090; do
    expect 2 "$weir" --inspect=$address in ! ./result
    grep -q 'other machines' err && grep -q -- '--inspect-anywhere' err || { fail "$address"; cat err; }
    [ ! -e result ] || fail "$address: something was written"
done
for address in 8090 '' example.org:80 127.0.0.1 :99999; do
    expect 2 "$weir" --inspect=$address in ! ./result
    grep -q "no address to serve the page at" err || { fail "'$address'"; cat err; }
done
expect 2 "$weir" --inspect-anywhere in ! ./result
expect 0 "$weir" --inspect-anywhere=0.0.0.0:0 in ! ./result
grep -q 'look at http://127.0.0.1:' err && grep -q 'nothing is encrypted' err || { fail "anywhere"; cat err; }
begin --inspect
expect 1 "$weir" --inspect="$host" in ! ./result2
grep -q 'in use' err && [ ! -e result2 ] || { fail "an address in use"; cat err; }
exec 9>&-
wait $running
exit 0
