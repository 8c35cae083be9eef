#!/bin/sh
# TLS beside openssl's own s_client and s_server, over sockets, both versions: bytes both ways,
# certificates that are refused, ends without close_notify.
#
#   openssl.sh TLS_PEER
set -u

peer=$(realpath "$1")
work=$(mktemp -d)
failures=0 pids=
cd "$work" || exit 1

finish() {
    # shellcheck disable=SC2086 # one word a process
    [ -z "$pids" ] || kill $pids 2>/dev/null
    cd / && rm -rf "$work"
}
trap finish EXIT

fail() {
    echo "not ok: $*"
    failures=$((failures + 1))
}

command -v openssl >/dev/null || { echo "skip: no openssl"; trap - EXIT; rm -rf "$work"; exit 77; }

# certificate NAME SUBJECT NAMES: signed by ca.
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$2" \
        -out "$1.csr" 2>/dev/null
    printf 'subjectAltName=%s\n' "$3" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
        -extfile "$1.ext" -out "$1.pem" 2>/dev/null
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
    -subj '/CN=a CA' -days 2 2>/dev/null
certificate server 'a server' DNS:example.org

# until_said FILE TEXT: waits for it, ten seconds at most.
until_said() {
    for _ in $(seq 1000); do
        grep -q "$2" "$1" 2>/dev/null && return
        sleep 0.01
    done
    fail "$1 never said '$2'"
    cat "$1"
}

# ---- our server, their client ----

"$peer" serve server.pem server.key >port 2>server.err &
pids="$pids $!"
until_said port '[0-9]'
port=$(cat port)

# their OPTION...: s_client; what it is told stands in the pipe `to`, what it hears in `said`.
their() {
    openssl s_client -connect "127.0.0.1:$port" -servername example.org -verify_return_error \
        -CAfile ca.pem -quiet -no_ign_eof "$@" <to >said 2>their.err
}

mkfifo to
for version in -tls1_2 -tls1_3; do
    : >said
    their $version &
    client=$!
    exec 3>to
    echo hello >&3
    until_said said hello
    exec 3>&-
    wait $client || fail "s_client $version: $(cat their.err)"
done
[ -s server.err ] && fail "the server: $(cat server.err)"

: >said
their -tls1_1 -cipher DEFAULT@SECLEVEL=0 </dev/null &
client=$!
exec 3>to
wait $client && fail "TLS 1.1 was spoken"
exec 3>&-
until_said server.err 'no version of TLS that is allowed'

# What is no TLS ends that connection alone.

printf 'GET / HTTP/1.0\r\n\r\n' >plain
timeout 5 bash -c "exec 4<>/dev/tcp/127.0.0.1/$port && cat plain >&4 && cat <&4" >/dev/null 2>&1
until_said server.err 'speaks HTTP and not TLS'

# ---- their server, our client ----

mkfifo nothing
exec 5<>nothing # what s_server is told by hand
head -c 3000000 /dev/urandom >big
# serves NAME OPTION...: s_server, its port in $port.
serves() {
    : >served
    openssl s_server -accept 127.0.0.1:0 -cert server.pem -key server.key "$@" <&5 >served 2>&1 &
    server=$!
    pids="$pids $server"
    until_said served '^ACCEPT'
    port=$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' served | head -1)
}

for version in -tls1_2 -tls1_3; do
    serves $version -WWW
    printf 'GET /big HTTP/1.0\r\n\r\n' | "$peer" dial "$port" example.org ca.pem >got 2>our.err ||
        fail "our client $version: $(cat our.err)"
    tail -c 3000000 got | cmp -s - big || fail "$version: other bytes came than were served"

    echo | "$peer" dial "$port" example.com ca.pem >got 2>our.err && fail "the wrong host was taken"
    grep -q 'the certificate is of example.org, not of example.com' our.err ||
        fail "of the wrong host: $(cat our.err)"
    echo | "$peer" dial "$port" example.org server.pem >got 2>our.err && fail "anybody is trusted"
    kill $server
    wait $server 2>/dev/null
done

# An end without close_notify is no end.
serves -tls1_3
mkfifo held
"$peer" dial "$port" example.org ca.pem <held >got 2>our.err &
client=$!
exec 3>held
echo hello >&3
until_said served hello
kill -9 $server
wait $client && fail "a server that was killed looks like one that closed"
exec 3>&-
grep -qE 'without close_notify|reset' our.err || fail "of a killed server: $(cat our.err)"

[ $failures -eq 0 ] && echo "ok"
exit $failures
