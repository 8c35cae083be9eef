#!/bin/bash
# HTTP as a source, a sink and a stage, against Python's server and one of our own.
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has no network but its own"
python=$(command -v python3) || skip "python3 is not installed"

mkdir files
cat >server.py <<'END'
import http.server, ssl, sys, threading, time

tries = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0]
        tries[path] = tries.get(path, 0) + 1
        if path.startswith("/dir/"):
            self.answer(200, path.encode() + b"\n")
        elif path == "/data.csv.gz":
            self.answer(200, open("data.csv.gz", "rb").read())
        elif path == "/bomb.gz":
            self.answer(200, open("bomb.gz", "rb").read())
        elif path == "/said":
            said = [f"{n}: {v}\n" for n, v in self.headers.items() if n.startswith("X-")]
            self.answer(200, "".join(said).encode())
        elif path == "/gone":
            self.close_connection = True
        elif path == "/moved":
            self.answer(302, b"", ("Location", "/dir/there"))
        elif path.startswith("/twice"):
            self.answer(200 if tries[path] > 2 else 503, b"at last\n")
        elif path == "/astray":
            self.answer(302, b"", ("Location", "ftp://there/"))
        elif path == "/fields":
            self.answer(200, b"", *[(f"x-{i}", "y") for i in range(1001)])
        elif path == "/big":
            self.answer(200, b"x" * 3000000)
        elif path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
        elif path == "/slow":
            time.sleep(3)
            self.answer(200, b"late\n")
        else:
            self.answer(404, b"nothing here\n")

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        whole = b""
        while True:
            n = int(self.rfile.readline(), 16)
            whole += self.rfile.read(n)
            self.rfile.readline()
            if not n:
                return whole

    def take(self):
        if self.path == "/early":
            self.answer(200, b"thanks\n")
            time.sleep(5)
            self.close_connection = True
            return
        body = self.body()
        with open("requests", "ab") as log:
            log.write(f"{self.command} {self.path} {self.headers['Content-Type']} "
                      f"{len(body)}\n".encode())
        with open("bodies", "ab") as bodies:
            bodies.write(body)
        self.answer(500 if self.path == "/broken" else 200, b"thanks\n")
        self.close_connection |= self.path == "/once"

    do_PUT = do_POST = do_PATCH = take


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2] + ".pem", sys.argv[2] + ".key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
print("listening on 127.0.0.1:%d" % server.server_address[1], flush=True)
server.serve_forever()
END
servers=
trap 'kill $servers 2>/dev/null; finish' EXIT
# begin_server WORD...: sets $host; false: it does not listen.
begin_server() {
    : >server.out # or what the last one said would be read
    "$python" server.py 0 "$@" >server.out 2>server.err &
    servers="$servers $!"
    soon grep -q '^listening on ' server.out || return 1
    host=$(sed -n 's/^listening on //p' server.out)
}
begin_server || skip "python3 has no http.server"

# ---- a source ----

expect 0 "$weir" http://$host/dir/a
prints /dir/a
expect 0 "$weir" http:$host/dir/b http:$host/dir/c,timeout=5s ! lines ! count
prints 2
printf 'name,age\nann,41\nben,39\n' >data.csv
gzip -c data.csv >data.csv.gz
# Line 17, but for the host and what encrypts it.
expect 0 "$weir" http://$host/data.csv.gz ! gunzip ! from csv ! stats ! print
grep -q '^age .*39.*41' out || fail "line 17: $(cat out)"
# Of a peer it is not believed; of a file it is.
head -c 20000000 /dev/zero | gzip -9c >bomb.gz
expect 1 "$weir" http://$host/bomb.gz ! gunzip ! null
mentions "ratio=N, if the sender is trusted"
expect 0 "$weir" http://$host/bomb.gz ! there.gz
expect 0 "$weir" there.gz ! gunzip ! null
expect 0 "$weir" "http://$host/dir/x?a=1,b=2"
prints /dir/x
expect 0 "$weir" HTTP://$host/dir/a Http:$host/dir/b,timeout=5s
prints "/dir/a
/dir/b"
expect 0 "$weir" http://$host/dir/x,lang=de,page=2,timeout=5s
prints /dir/x,lang=de,page=2
expect 1 "$weir" http://$host/none ! files/x
complains "weir: http://$host/none: the peer answered 404 Not Found
  http://$host/none ! files/x
  ^$(printf %s "ttp://$host/none" | tr -c '' '~')
  files/x was not created"
expect 1 "$weir" http://$host/moved ! null
mentions "the peer answered 302 Found"
mentions "follow=5 goes where it leads"
expect 0 "$weir" http://$host/moved,follow=1
prints /dir/there
expect 1 "$weir" http://u:p@$host/ ! null
mentions "http-get header='Authorization: Basic ...', which says it"
expect 1 "$weir" http://$host/astray,follow=1
mentions "a redirect leads nowhere: it is no URL: it does not begin with http:// or https://"
expect 1 "$weir" http://$host/fields
mentions "more fields than there may be"
mentions "less in front of the body: only weir_http_get() in C takes more (head_bytes_max)"
expect 1 "$weir" http://$host/gone
mentions "the peer closed the connection and gave no answer"
expect 1 "$weir" http://$host/cut ! files/x
holds_only
expect 4 "$weir" http:$host/slow,timeout=200ms ! files/x
holds_only
expect 1 "$weir" http://127.0.0.1:1/ ! files/x
mentions "cannot connect: connection refused"
expect 0 "$weir" http://$host/twice ! retry delay=10ms
prints "at last"

# ---- a sink ----

sent() { # REQUEST...: these came, and then nothing is remembered
    printf '%s\n' "$@" >wanted
    cmp -s wanted requests || {
        fail "requests are not as wanted"
        diff wanted requests | sed 's/^/    /'
    }
    rm -f requests bodies
}
printf '{"a":1}\n{"a":2}\n{"a":3}\n{"a":4}\n{"a":5}\n' >events.ndjson
expect 0 "$weir" events.ndjson ! lines ! batch 500 ! http://$host/bulk
sent "POST /bulk application/x-ndjson 40"
seq 300000 >big
expect 0 "$weir" big ! http:$host/put
same big bodies
sent "PUT /put application/octet-stream $(wc -c <big)"
expect 0 "$weir" events.ndjson ! lines ! grep 3 ! http:$host/put,method=PATCH,type=text/plain
sent "PATCH /put text/plain 8"
# A server that closes what it was said to keep: what comes later goes over another connection.
{
    echo 1
    sleep 0.5
    echo 2
} | "$weir" - ! lines ! batch 1 ! http:$host/once 2>err || fail "a connection that was closed: $(cat err)"
sent "POST /once application/x-ndjson 2" "POST /once application/x-ndjson 2"
expect 1 "$weir" events.ndjson ! lines ! batch 2 ! http:$host/broken
mentions "http://$host/broken: the peer answered 500 Internal Server Error"
sent "POST /broken application/x-ndjson 16"
expect 1 "$weir" zero 50M ! http:$host/early
mentions "http://$host/early: the peer answered 200 before it was sent everything"
yes "a line that is long enough" | head -c 50000000 >many
expect 1 "$weir" many ! lines ! batch 1000000 ! http:$host/early
mentions "http://$host/early: the peer answered 200 before it was sent everything"
rm many
expect 1 "$weir" events.ndjson ! http:$host/broken
mentions "the peer answered 500"
rm -f requests bodies
gzip -c big | head -c 100000 >cut.gz
expect 1 "$weir" cut.gz ! gunzip ! http:$host/put # is no request that looks whole
mentions "gunzip: byte 100000 of cut.gz"
[ ! -e requests ] || fail "a body that was cut: $(cat requests)"
if "$weir" doctor | grep -q '^JSON  *built in'; then
    # Line 12, but for the host.
    expect 0 "$weir" events.ndjson ! from ndjson ! batch 2 every=1s ! http:$host/bulk
    same events.ndjson bodies "line 12"
    sent "POST /bulk application/x-ndjson 16" "POST /bulk application/x-ndjson 16" \
        "POST /bulk application/x-ndjson 8"
    expect 0 "$weir" events.ndjson ! from ndjson ! to csv ! http:$host/put,method=POST
    sent "POST /put application/octet-stream 12"
    expect 2 "$weir" events.ndjson ! from ndjson ! http:$host/put
    mentions "put 'to ndjson' before it"
fi

# ---- a stage ----

for name in a b c; do echo http://$host/dir/$name; done >urls.txt
# Line 13.
mkdir out.d
{ cat urls.txt; echo http://$host/none; echo http://$host/dir/a; echo nonsense; } >all.txt
expect 3 "$weir" all.txt ! lines ! par 16 http-get timeout=5s retries=3 ! dead bad.txt ! save files/
mentions "2 were rejected: they are in bad.txt"
holds_only a a-2 b c
[ "$(cat files/b)" = /dir/b ] || fail "line 13: $(cat files/b)"
[ "$(sort bad.txt | tr '\n' ' ')" = "http://$host/none nonsense " ] || fail "dead: $(cat bad.txt)"
rm files/*
expect 0 "$weir" urls.txt ! lines ! par 4 keep-order http-get ! unbatch
prints "/dir/a
/dir/b
/dir/c"
expect 0 "$weir" urls.txt ! lines ! http-get ! print
grep -q "^200 *[0-9.]* s  http://$host/dir/a$" out || fail "print: $(cat out)"
expect 1 "$weir" all.txt ! lines ! http-get ! null
mentions "http-get: 2 of 6 requests failed; the peer answered 404 Not Found: http://$host/none"
expect 3 "$weir" all.txt ! lines ! http-get on-error=skip ! null
mentions "2 of 6 requests failed, and were left out"
expect 1 "$weir" all.txt ! lines ! http-get on-error=stop ! unbatch
[ "$(wc -l <out)" -eq 3 ] || fail "on-error=stop: $(cat out)"
echo http://$host/twice-again >one
printf 'http://%s/dir/a\0b\n' $host >nul
expect 1 "$weir" nul ! lines ! http-get ! null
mentions "http-get: it is no URL: it holds a NUL"
expect 1 "$weir" one ! lines ! http-get ! unbatch
mentions "http-get: the peer answered 503 Service Unavailable"
expect 0 "$weir" one ! lines ! http-get retries=1 ! unbatch
prints "at last"
echo http://$host/big >one
expect 1 "$weir" one ! lines ! http-get max=1M ! null
mentions "1048576"
echo http://$host/slow >one
expect 1 "$weir" one ! lines ! http-get timeout=200ms ! null

echo http://$host/said >one
expect 0 "$weir" one ! lines ! http-get header='X-One: a: b ' header=X-Two:2 header='X-None:' ! unbatch
prints "X-One: a: b
X-Two: 2
X-None: "
expect 0 "$weir" one ! lines ! par 2 http-get header='X-One: 1' ! unbatch
prints "X-One: 1"
expect 1 "$weir" one ! lines ! http-get header='Host: other' ! null
mentions "the field 'Host' is not the caller's to say"
for wrong in "X One: 1" "no colon" ": 1" "X: $(printf 'a\nb')" ""; do
    expect 2 "$weir" one ! lines ! http-get header="$wrong" ! null
    mentions "is no name, a colon and a value"
done
expect 2 "$weir" one ! lines ! http-get timeout=1s timeout=2s ! null
mentions "'timeout' is given twice"

# ---- serve ----

listens_so= # ,OPTION=...
# serve WORD...: in the background; sets $address and $serving.
serve() {
    rm -f serve.err
    "$weir" serve http:127.0.0.1:0$listens_so "$@" 2>serve.err &
    serving=$!
    listening serve.err
}
# done_serving: it ends by the signal.
done_serving() {
    kill $serving
    wait $serving
    [ $? -eq 143 ] || fail "serve ends with $?: $(cat serve.err)"
}
# ask FILE...: each is sent over one connection; prints the status of each, and what came back.
ask() {
    "$python" - "$address" "$@" <<'END'
import http.client, sys
there = http.client.HTTPConnection(sys.argv[1])
for path in sys.argv[2:]:
    there.request("POST", "/", open(path, "rb").read())
    answer = there.getresponse()
    print(answer.status, answer.read().decode("latin1"), end="", flush=True)
END
}
serve ! -
printf 'one\ntwo\n' >small
expect 0 ask small small
prints "200 one
two
200 one
two"
run ask big
{ printf '200 '; cat big; } >wanted
same wanted out "an echo"
expect 0 "$weir" big ! http:$address
done_serving
serve ! lines ! grep two ! count
expect 0 ask small small
prints "200 1
200 1"
done_serving
# Before the first byte it is 500, and others are served; behind it the answer is cut.
serve ! gunzip ! -
gzip -c small >small.gz
cp small.gz broken.gz && printf x >>broken.gz
head -c 15 small.gz >cut.gz
expect 0 ask small.gz cut.gz small.gz
prints "200 one
two
500 200 one
two"
grep -q "ends inside a member" serve.err || fail "what went wrong is not told: $(cat serve.err)"
gzip -c big | head -c 200000 >cut.gz
run ask cut.gz
[ "$status" -ne 0 ] && grep -q "IncompleteRead\|ConnectionReset" err || fail "a cut answer looks whole"
done_serving
# Who leaves in the middle of a body is told of once, also where the connection is reset.
leave() {
    "$python" - "$address" "$1" <<'END'
import socket, struct, sys
host, port = sys.argv[1].rsplit(":", 1)
there = socket.create_connection((host, int(port)))
there.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n")
there.recv(1000)
there.sendall(b"abc")
there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", int(sys.argv[2]), 0))
there.close()
END
}
serve ! lines ! count
for reset in 0 1; do
    expect 0 leave $reset
    for _ in $(seq 100); do
        [ "$(wc -l <serve.err)" -ge $((reset + 2)) ] && break
        sleep 0.1
    done
    expect 0 ask small # it has a turn more
done
done_serving
sed 's/^weir: //; s/^[0-9.:]*: //' serve.err >told
cat >wanted <<END
listens at $address
the body ends after 3 bytes, 6 before its length
cannot receive: connection reset by peer
END
same told wanted "who leaves in the middle of a body"
# What the answer is.
type_of() {
    "$python" - "$address" <<'END'
import http.client, sys
there = http.client.HTTPConnection(sys.argv[1])
there.request("POST", "/", b"one")
print(there.getresponse().getheader("content-type"))
END
}
listens_so=,type=text/plain\;charset=utf-8,max=5
serve ! -
expect 0 type_of
prints "text/plain;charset=utf-8"
done_serving
listens_so=,peer-max=1
serve ! -
expect 0 type_of
prints None
done_serving
listens_so=
# Another sink: an empty answer, once it is there.
serve ! ./got append
expect 0 ask small small
[ "$(cat out)" = "200 200 " ] && [ "$(wc -l <got)" -eq 4 ] || fail "a file: $(cat out)"
done_serving
expect 0 "$weir" explain serve http:8080,max=7 ! gzip ! -
grep -q "7 of them at once" out || fail "explain serve: $(cat out)"
expect 2 "$weir" serve http:host/x ! -
mentions "has no number from 1 to 65535 as its port"
expect 2 "$weir" relay http:8080 tcp:x:1
mentions "'http:8080' is requests and answers, not bytes both ways"

# ---- words ----

expect 2 "$weir" http://a/x,timout=5s ! null
complains "weir: ',timout=' is no option here
  http://a/x,timout=5s ! null
  ^~~~~~~~~~~~~~~~~~~~ did you mean 'timeout'? a comma of the URL itself is written %2C"
expect 2 "$weir" https://a/x,insecure-no-verfy=yes,timeout=1s ! null
mentions "did you mean 'insecure-no-verify'?"
expect 2 "$weir" http://a/x,method=POST ! null
mentions "it is of a sink; a comma of the URL itself is written %2C"
expect 2 "$weir" events.ndjson ! http://a/x,methd=POST
mentions "did you mean 'method'?"
expect 2 "$weir" HTTP-GET ! null
expect 2 "$weir" serve http:9,type= ! -
mentions "is no media type"
expect 2 "$weir" http: ! null
mentions "'http:' names no host"
expect 2 "$weir" events.ndjson ! http:///x
mentions "'http:///x' names no host"
expect 2 "$weir" http-get http://a/x ! null
mentions "a URL is a source itself: weir http://a/x"
expect 2 "$weir" http://a/x ! save files
mentions "to write one file, name it: ./NAME"
expect 0 "$weir" stages http
expect 2 "$weir" stages doctor
mentions "it is a command: 'weir help', and 'man weir' in full"
expect 2 "$weir" serve http://127.0.0.1:99999 ! -
mentions "has no number from 1 to 65535 as its port"
expect 2 "$weir" serve http:9,foo=1 ! -
mentions "usage: http:[ADDRESS:]PORT[,max=N]"
expect 2 "$weir" events.ndjson ! http-get ! null
mentions "'http-get' takes lines"
expect 2 "$weir" urls.txt ! lines ! http-get ! dead x ! par 3 http-get ! null
expect 0 "$weir" explain urls.txt ! lines ! par 16 http-get ! null
grep -q "16 at once" out && grep -q "1 thread" out || fail "explain: $(cat out)"
expect 0 "$weir" explain http://$host/x ! batch.ndjson

# ---- over TLS ----

command -v openssl >/dev/null || skip "https: openssl is not installed"
"$weir" doctor | grep -q '^TLS  *not built in' && skip "https: built without OpenSSL"

# certificate NAME: NAME.pem and NAME.key, of one who is reached at 127.0.0.1.
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $1.key \
        -out $1.pem -days 2 -subj /CN=$1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null
}
certificate here && certificate another || skip "https: openssl makes no certificate"
begin_server here || skip "https: python3 has no ssl: $(tail -n 1 server.err)"

expect 0 "$weir" https://$host/dir/a,ca=here.pem
prints /dir/a
expect 0 "$weir" https:$host/dir/b,insecure-no-verify=yes
prints /dir/b
# Line 17, but for the host.
expect 0 "$weir" https://$host/data.csv.gz,ca=here.pem ! gunzip ! from csv ! stats ! print
grep -q '^age .*39.*41' out || fail "line 17: $(cat out)"
rm -f files/*
for trusted in "" ,ca=another.pem; do
    expect 1 "$weir" https://$host/dir/a$trusted ! files/x
    mentions "certificate"
    mentions "files/x was not created"
    holds_only
done
expect 1 "$weir" https://localhost:${host##*:}/dir/a,ca=here.pem ! files/x
mentions "certificate"
holds_only
expect 1 "$weir" https://$host/none,ca=here.pem ! files/x
mentions "the peer answered 404 Not Found"
expect 1 "$weir" https://$host/cut,ca=here.pem ! files/x
holds_only
expect 1 "$weir" https://$host/dir/a,ca=nowhere.pem ! files/x
mentions "nowhere.pem"
# The sink and the stage.
rm -f requests bodies
expect 0 "$weir" big ! https:$host/put,ca=here.pem
same big bodies
sent "PUT /put application/octet-stream $(wc -c <big)"
expect 1 "$weir" big ! https:$host/put
mentions "certificate"
[ ! -e requests ] || fail "sent to one whose certificate is not trusted: $(cat requests)"
echo https://$host/dir/a >one
expect 0 "$weir" one ! lines ! http-get ca=here.pem ! unbatch
prints /dir/a
expect 1 "$weir" one ! lines ! http-get ! unbatch
mentions "certificate"
# A server that speaks no TLS, and a client that should.
begin_server || fail "no second server"
expect 1 "$weir" https://$host/dir/a,insecure-no-verify=yes ! files/x
holds_only
