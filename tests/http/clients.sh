#!/bin/bash
# Other people's clients: curl, nghttp, h2load and wrk, over clear text and TLS, on both versions.
#
#   clients.sh SERVER
#
# The last line says how much was asked. A browser: browser.sh.
server=$(realpath "$1")
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
for program in curl nghttp h2load wrk; do
    command -v $program >/dev/null || skip "$program is not installed"
done
make_certificate
seq 300000 >big
asked=0

# says TEXT COMMAND...: it prints this, and succeeds.
says() {
    local wanted=$1 got
    shift
    asked=$((asked + 1))
    got=$(timeout 60 "$@" 2>said) || fail "status $?: $*: $(tail -n 3 said)"
    [ "$got" = "$wanted" ] || fail "'${got:0:200}', not '$wanted': $*"
}
# the_same FILE COMMAND...: it prints what stands there.
the_same() {
    local wanted=$1
    shift
    asked=$((asked + 1))
    timeout 60 "$@" >got 2>said || fail "status $?: $*: $(tail -n 3 said)"
    cmp -s "$wanted" got || fail "another body ($(wc -c <got) bytes): $*"
}
# loads TEXT COMMAND...: what it prints mentions this.
loads() {
    local wanted=$1
    shift
    asked=$((asked + 1))
    timeout 60 "$@" >said 2>&1 || fail "status $?: $*: $(tail -n 3 said)"
    grep -q "$wanted" said || fail "no '$wanted': $*: $(tail -n 12 said)"
}

all() { # SCHEME VERSION-OPTION...
    local url=$1://$address
    shift
    says "Hello, World!" curl -sk "$@" "$url/"
    says 200 curl -sk "$@" -I -o /dev/null -w '%{http_code}' "$url/"
    says 5000000 curl -sk "$@" -o /dev/null -w '%{size_download}' "$url/bytes/5000000"
    the_same big curl -sk "$@" --data-binary @big "$url/echo"
    the_same big curl -sk "$@" -H 'Expect: 100-continue' -T big "$url/echo"
    the_same big curl -sk "$@" -X POST -H 'Transfer-Encoding: chunked' -T - "$url/echo" <big
    case "$*" in *prior*) return ;; esac # curl 7.88 cannot reuse such a connection, to anybody
    says "Hello, World!Hello, World!Hello, World!" curl -sk "$@" "$url/" "$url/" "$url/"
}
h2() { # SCHEME
    local url=$1://$address
    says "Hello, World!" nghttp "$url/"
    the_same big nghttp -d big "$url/echo"
    loads "2000 succeeded, 0 failed, 0 errored, 0 timeout" h2load -n 2000 -c 8 -m 32 "$url/"
    loads "100 succeeded, 0 failed, 0 errored, 0 timeout" h2load -n 100 -c 4 -m 8 "$url/bytes/100000"
    loads "100 succeeded, 0 failed, 0 errored, 0 timeout" h2load -n 100 -c 4 -m 8 -d big "$url/echo"
}
h1() { # SCHEME
    loads "requests in" wrk -t1 -c64 -d1 "$1://$address/"
    grep -q "Socket errors\|Non-2xx" said && fail "wrk: $(cat said)"
    loads "2000 succeeded, 0 failed, 0 errored, 0 timeout" \
        h2load --h1 -n 2000 -c 8 -m 16 "$1://$address/"
}

serve clear "$server" 127.0.0.1:0
all http --http1.1
all http --http2-prior-knowledge
says "Hello, World!" curl -s --http1.0 "http://$address/"
h1 http
h2 http
end_of clear 0
serve encrypted "$server" 127.0.0.1:0 cert.pem key.pem
all https --http1.1
all https --http2
h1 https
h2 https
end_of encrypted 0
echo "$asked asked"
