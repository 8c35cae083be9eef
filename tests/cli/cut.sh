#!/bin/bash
# What a peer cuts leaves no file, however little there was and however late it is cut; where the
# answer's length was said and all of it came, the connection may end as it likes.
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has no network but its own"
python=$(command -v python3) || skip "python3 is not installed"
mkdir files
printf 'one\ntwo\nthree\n' >wanted.txt
gzip -c wanted.txt >body.gz

cat >server.py <<'END'
import os, socket, ssl, struct, sys, time

body = open("body.gz", "rb").read()
n = len(body)
chunk = b"%x\r\n" % n + body + b"\r\n"
ANSWERS = {  # what frames it, what is sent of it
    "length": (b"Content-Length: %d\r\n" % n, body),
    "length-short": (b"Content-Length: %d\r\n" % (n + 1), body),
    "close": (b"Connection: close\r\n", body),
    "close-short": (b"Connection: close\r\n", body[:-1]),
    "chunk": (b"Transfer-Encoding: chunked\r\n", chunk + b"0\r\n\r\n"),
    "chunk-open": (b"Transfer-Encoding: chunked\r\n", chunk),
    "chunk-last": (b"Transfer-Encoding: chunked\r\n", chunk + b"0\r\n"),
}
context = None
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("cert.pem", "key.pem")


def end(connection, how):
    if how == "reset":
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "end" and context:
        try:
            connection.unwrap()
        except OSError:
            pass
    os.close(connection.detach())


listener = socket.create_server(("127.0.0.1", 0))
print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
while True:
    connection = listener.accept()[0]
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += connection.recv(65536)
        answer, how = asked.split(b" ")[1].decode()[1:].split("/")
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"\r\n".join(ANSWERS[answer]))
        end(connection, how)
    except OSError as error:
        print(error, flush=True)
END
servers=
trap 'kill $servers 2>/dev/null; finish' EXIT
# begin_server WORD...: sets $host.
begin_server() {
    : >server.out
    "$python" server.py "$@" >server.out 2>server.err &
    servers="$servers $!"
    soon grep -q '^listening on ' server.out && host=$(sed -n 's/^listening on //p' server.out) && return
    skip "python3 has no server: $(tail -n 1 server.err)"
}
# whole ANSWER/HOW: the file is there, with all of it.
whole() {
    expect 0 "$weir" $scheme://$host/$1$options ! gunzip ! files/got
    cmp -s wanted.txt files/got || fail "$scheme $1: $(cat files/got)"
    holds_only got
    rm -f files/got
}
# cut ANSWER/HOW: there is none.
cut() {
    expect 1 "$weir" $scheme://$host/$1$options ! gunzip ! files/got
    mentions "files/got was not created"
    holds_only
}

for scheme in http https; do
    if [ $scheme = http ]; then
        options=
        begin_server
    else
        "$weir" doctor | grep -q '^TLS  *not built in' && skip "https: built without OpenSSL"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem \
            -out cert.pem -days 2 -subj /CN=here -addext subjectAltName=IP:127.0.0.1 2>/dev/null ||
            skip "https: openssl makes no certificate"
        options=,ca=cert.pem
        begin_server tls
    fi
    for how in end abrupt reset; do
        whole length/$how
        whole chunk/$how
        cut length-short/$how
        cut chunk-open/$how
        cut chunk-last/$how
        cut close-short/$how
    done
    # Where the end of the connection is the end of the body, only TLS knows a good one from another.
    whole close/end
    cut close/reset
    if [ $scheme = https ]; then
        cut close/abrupt
    else
        whole close/abrupt
    fi
done
