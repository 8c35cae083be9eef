#!/bin/bash
# tls: as source and sink, with openssl at the other end.
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has no network but its own"
command -v openssl >/dev/null || skip "openssl is not installed"
"$weir" doctor | grep -q '^TLS  *not built in' && skip "built without OpenSSL"

seq 20000 >in.log
mkdir files
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem \
    -out cert.pem -days 2 -subj /CN=here -addext subjectAltName=IP:127.0.0.1 2>/dev/null ||
    skip "openssl makes no certificate"

free_port

# serve OPTION...: openssl's server, for one connection; waits until it listens.
serve() {
    rm -f server.err
    timeout 30 openssl s_server -accept 127.0.0.1:$port -cert cert.pem -key key.pem -naccept 1 "$@" \
        >server.out 2>server.err <served &
    server=$!
    soon grep -q "$(printf ':%04X 00000000:0000 0A' "$port")" /proc/net/tcp ||
        fail "openssl does not listen"
}

mkfifo served
exec 5<>served
serve -quiet
expect 0 "$weir" in.log ! tls:127.0.0.1:$port,ca=cert.pem,linger=200ms
wait $server 2>/dev/null
same in.log server.out "what a server got"
serve -quiet
expect 1 "$weir" in.log ! tls:127.0.0.1:$port
mentions "127.0.0.1"
mentions "certificate"
wait $server 2>/dev/null
serve -quiet
expect 1 "$weir" in.log ! tls:localhost:$port,ca=cert.pem
mentions "the certificate is of here, not of localhost"
mentions "~ a name of the certificate, in the address"
wait $server 2>/dev/null
serve -quiet
expect 0 "$weir" in.log ! tls:127.0.0.1:$port,insecure-no-verify=yes,linger=200ms
wait $server 2>/dev/null
same in.log server.out "without a check"
# Not blocking: when its input is ready in the same moment as the first bytes of a client, it writes
# and then reads from a socket that it only believes to be ready, for ever.
serve -quiet -nbio
cat in.log >&5 &
(exec 5>&-; timeout 30 "$weir" tls:127.0.0.1:$port,ca=cert.pem ! lines ! take 20000 ! files/got) ||
    fail "a source"
same in.log files/got "a source"
wait $server 2>/dev/null
expect 1 "$weir" in.log ! tls:127.0.0.1:$port,ca=nowhere.pem
mentions "nowhere.pem"
holds_only got

# Line 18, but for the host: a dump that is kept here and there at once. A name stands for pg_dump.
"$weir" stages zstd >/dev/null 2>&1 || skip "line 18: built without zstd"
mkdir bin
printf '#!/bin/sh\n[ "$1" = shop ] && cat %s/in.log\n' "$work" >bin/pg_dump
chmod +x bin/pg_dump
rm -f files/*
serve -quiet
expect 0 env PATH="$work/bin:$PATH" "$weir" exec:'pg_dump shop' ! zstd ! tee t ! \
    files/shop.sql.zst + t. ! tls:127.0.0.1:$port,ca=cert.pem,linger=200ms
wait $server 2>/dev/null
holds_only shop.sql.zst
same files/shop.sql.zst server.out "line 18"
expect 0 "$weir" server.out ! unzstd ! files/shop.sql
same in.log files/shop.sql "line 18"
# Not there: not here either, however little it is.
rm -f files/*
for n in 20 8000000; do
    head -c $n /dev/urandom >in.log
    serve -quiet
    expect 1 env PATH="$work/bin:$PATH" "$weir" exec:'pg_dump shop' ! zstd ! tee t ! \
        files/shop.sql.zst + t. ! tls:127.0.0.1:$port
    mentions "certificate"
    mentions "files/shop.sql.zst was not created"
    holds_only
    wait $server 2>/dev/null
done
