#!/bin/bash
# redis: as source and sink, with a server of its own: what is acknowledged is safe, whoever dies.
. "$(dirname "$0")/common.sh"
. "$here/brokers_common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has no network but its own"

if ! "$weir" doctor | grep -q '^redis  *there'; then
    expect 2 "$weir" redis:s,group=w ! null
    mentions "this weir has no redis"
    skip "this build has no libhiredis"
fi

# ---- what cannot be is refused, before anything is opened ----

now='settle=now at the source, if what arrives counts as done'
refused "'sort' holds every message to the end, so nothing would be acknowledged" "$now" \
    redis:s,group=w ! sort ! ./o append
refused "what goes to '-' is sent, and not safe" 'settle=sent at the source' redis:s,group=w ! -
refused "are of a group, 's' names none" redis:STREAM,group=G redis:s,settle=now ! null
refused "are of a group, 's' names none" redis:STREAM,group=G redis:s,create ! null
refused "'group=' of 's' names none" redis:STREAM,group=G redis:s,group= ! null
refused "'tries=' does not say how often" ,tries=5 redis:s,group=w,dead=d ! null
refused "and Redis drops nothing" 'leave it out' seq 3 ! redis:s,id=key
refused "is one server, and no list" at=HOST:PORT redis:s,at=a:1+b:1 ! null
refused "redis: has no option 'ack_wait=3s'" 'usage: redis:' redis:s,group=w,ack_wait=3s ! null
refused "'open=q' is not a whole number" 'usage: redis:' redis:s,group=w,open=q ! null
refused "tls takes no value: 'tls=yes'" tls redis:s,tls=yes ! null
refused "tls takes no value: 'tls=yes'" tls seq 3 ! redis:s,tls=yes
refused "gone=5' is not a time" 'usage: redis:' seq 3 ! redis:s,gone=5
refused "'settle=no' is none of durable, sent, now" 'one of durable' redis:s,group=w,settle=no ! null
refused "not 'from=x'" 'one of the two' redis:s,from=x ! null
refused "'redis:' does not name where to" 'redis:STREAM[,maxlen=N]' - ! lines ! redis:
refused "'./none' cannot be read" 'password=FILE' redis:s,password=./none ! null
refused "'./none' cannot be read" 'password=FILE' seq 3 ! redis:s,password=./none
printf '%0512d\n' 0 >long
printf '%0511d\n' 0 >longest
refused "'./long' has a first line of more than 511 bytes" 'password=FILE' redis:s,password=./long ! null
expect 0 "$weir" explain redis:s,password=./longest ! null
refused "ca=, certificate= and key= are of tls, and 's' is asked in the clear" ',tls behind' \
    redis:s,ca=./ca.pem ! null
refused "of certificate= and key= of 's' one is missing" 'certificate=FILE,key=FILE' \
    seq 3 ! redis:s,tls,key=./key.pem
refused './none' '' redis:s,tls,ca=./none ! null
refused "'redis:s' is no connection" 'weir ADDRESS' relay redis:s tcp:localhost:1
expect 0 "$weir" explain redis:s,group=w,open=500 ! from json ! to ndjson ! redis:o
grep -q 'at most 500 messages open, behind 1024 marks; 1 MiB each; stops within 5 s' out ||
    fail "explain names no limits"

# ---- a server ----

server=$(command -v redis-server) || skip "there is no redis-server here"
free_port
start_server() {
    "$server" --port "$port" --bind 127.0.0.1 --dir "$work" --save '' --appendonly yes \
        --daemonize no >>server.log 2>&1 &
    server_pid=$!
    for _ in $(seq 200); do
        "$weir" doctor redis:s >doctor.out 2>&1
        grep -q '^stream' doctor.out && return 0
        sleep 0.05
    done
    cat server.log
    stop_server
    skip "redis-server does not start"
}
stop_server() {
    kill -9 $server_pid 2>/dev/null
    wait $server_pid 2>/dev/null
}
trap 'ended=$?; stop_server; (exit $ended); finish' EXIT
WEIR_REDIS=127.0.0.1:$port
export WEIR_REDIS
start_server

expect 0 "$weir" seq 1 ! redis:single
expect 0 "$weir" redis:single,group=w,create ! take 1 ! ./single append
expect 0 "$weir" doctor redis:single,group=w
grep -q "^stream  *'single': 1 message$" out && grep -q ' open, 1 consumer$' out ||
    { fail "one is told as many"; cat out; }

# ---- there and back: what is told before is acknowledged behind ----

start worker redis:orders,group=w,create ! from ndjson ! where total gt 100 ! to ndjson ! redis:big
worker=$pid
wanted redis:orders,group=w 'group.*open'
seq 0 499 | sed 's/.*/{"id":&,"total":&}/' >orders
expect 0 "$weir" -v orders ! lines ! redis:orders
grep -q '^redis:orders  *500 messages' err || fail "what a sink stored are no messages"
wanted redis:orders,group=w ' 0 to come, 0 open'
wanted redis:big '399 messages'
stop $worker
expect 0 "$weir" redis:big ! take 399 ! ./big
sed -n '102,$p' orders >wanted_big
same wanted_big big

# ---- what a message is ----

expect 0 "$weir" redis:orders ! take 2 ! pick value,topic,partition ! to ndjson ! -
prints '{"value":"{\"id\":0,\"total\":0}","topic":"orders","partition":null}
{"value":"{\"id\":1,\"total\":1}","topic":"orders","partition":null}'
expect 0 "$weir" redis:orders ! grep '"id":7,' ! take 1 ! -
prints '{"id":7,"total":7}'
expect 0 "$weir" redis:orders ! from json ! where total eq 9 ! take 1 ! to csv ! -
prints 'id,total
9,9'
# One that is too many goes, about.
expect 0 "$weir" seq 5000 ! redis:short,maxlen=100
"$weir" doctor redis:short | grep -q "'short': [1-9][0-9][0-9] messages" || fail "maxlen keeps all"

# ---- from a stream into another, a worker killed again and again: nothing is lost ----

seq 20000 >numbers
start other redis:work,group=w,create,claim=1s ! to lines ! redis:out
other=$pid
wanted redis:work,group=w 'group.*open'
"$weir" numbers ! lines ! redis:work >feed.out 2>&1 &
feed=$!
killed 8 redis:work,group=w,claim=1s ! to lines ! redis:out
wait $feed || { fail "the sink failed"; cat feed.out; }
wanted redis:work,group=w ' 0 to come, 0 open'
stop $other
# A reader of all knows no end: as many as there are.
n=$("$weir" doctor redis:out | sed -n "s/.*'out': \([0-9]*\) messages/\1/p")
expect 0 "$weir" redis:out ! take "$n" ! ./arrived
sort -nu arrived >both
same numbers both "of 20000 $(wc -l <both) arrived"

# ... and into a file, while the server dies too.
start first redis:work,group=f,create,claim=1s ! ./a append
first=$pid
killed 2 redis:work,group=f,claim=1s ! ./b append
stop_server
start_server
killed 3 redis:work,group=f,claim=1s ! ./b append
wanted redis:work,group=f ' 0 to come, 0 open'
# It tries again within 5 s; the others may have done all by then.
for _ in $(seq 100); do
    grep -q 'is there again' first.err && break
    sleep 0.1
done
stop $first
sort -nu a b >both
same numbers both "of 20000 $(wc -l <both) arrived"
grep -q 'lost the server of stream' first.err && grep -q 'is there again' first.err ||
    { fail "who is lost and back is not told"; cat first.err; }

# The control: what is acknowledged as it arrives, and waits for its turn, goes with the process.
start control redis:work,group=c,create,claim=1s,settle=now ! to lines ! buffer 1M ! rate 1K ! ./c append
wanted redis:work,group=c ' 0 to come, 0 open' # much has come by now that is not written
kill -9 $pid
wait $pid 2>/dev/null
start rest redis:work,group=c,claim=1s ! ./d append
wanted redis:work,group=c ' 0 to come, 0 open'
stop $pid
touch d
[ "$(sort -nu c d | wc -l)" -lt 20000 ] || fail "the control loses nothing"

# What is open is told while a sink is slow.
tells_open redis:work,group=s,create,open=2000,settle=sent

# ---- what cannot be read ----

printf '{"n":1}\nnot so\n{"n":2}\n' >bad
expect 0 "$weir" bad ! lines ! redis:bad
expect 1 "$weir" redis:bad,group=stops,create ! from json ! to ndjson ! ./n append
start skips redis:bad,group=skips,create ! from json on-error=skip ! to ndjson ! ./skipped append
wanted redis:bad,group=skips ' 0 to come, 0 open'
stop $pid
[ "$(cat skipped)" = "$(grep n\" bad)" ] || fail "what is left out takes others along"
# What is tried too often is given up, and goes where it was told.
for _ in $(seq 10); do
    timeout 3 "$weir" redis:bad,group=tries,create,claim=100ms,tries=2,dead=dead ! from json ! \
        to ndjson ! ./tried append >out 2>err
    "$weir" doctor redis:dead | grep -q "'dead': [1-9]" && break
    sleep 0.2
done
wanted redis:dead "'dead': [1-9]"
expect 0 "$weir" redis:dead ! grep so ! take 1 ! -
prints 'not so'

# ---- doctor, and who is not there ----

expect 0 "$weir" doctor redis:work,group=w
grep -q '^storage  *appendonly yes, appendfsync everysec: a power cut' out &&
    grep -q '^replicas  *0: a server that is lost' out || fail "doctor keeps something back"
expect 1 "$weir" doctor redis:work,group=nobody
grep -q "^group  *'nobody' is not there" out || fail "doctor misses nobody"
expect 1 "$weir" doctor redis:nowhere
expect 1 "$weir" doctor redis:s,at=127.0.0.1:1
mentions 'no server answers'
expect 1 "$weir" redis:nowhere,group=w ! ./o append
mentions 'redis:STREAM,group=G,create makes them'
# A compressor before the sink is no stage that its error passed.
expect 1 "$weir" redis:nowhere,group=w ! from json ! to ndjson ! gzip ! ./o append
mentions '  ^~~~~~~~~~~~~~~~~~~~~   ~~~~~~~~~   ~~~~~~~~~ redis:STREAM,group=G,create makes them'
# What was made, and is deleted while it is read, is not to be made by the word that made it.
start gone redis:fleeting,group=w,create ! ./o append
wanted redis:fleeting,group=w ' 0 to come, 0 open'
redis-cli -p "$port" xgroup destroy fleeting w >/dev/null
wait "$pid" && fail "a group that is gone is no error"
grep -q 'once more: what is deleted meanwhile is made when it begins' gone.err || fail "$(cat gone.err)"
# Where no port is said it is the usual one.
expect 1 "$weir" doctor 'redis:s,at=[::1]'
mentions "[::1]: no server answers: "
! grep -q 'Name or service' err || fail "a port is made of the address"
expect 1 "$weir" 'redis:s,at=[::1],gone=1s' ! ./o append
mentions '[::1]:6379: '
expect 1 "$weir" redis:s,at=127.0.0.1:1,gone=1s ! ./o append
mentions 'the server was away for 1 s'
expect 1 "$weir" seq 3 ! redis:s,at=127.0.0.1:1,gone=1s
mentions 'gone=TIME behind the address, to wait for longer'

# ---- in private ----

if ! command -v openssl >openssl || ! "$weir" doctor | grep -q '^TLS .*OpenSSL'; then
    echo "skipped: in private: there is no OpenSSL"
    exit
fi
certificate ca -subj /CN=ca
certificate server -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -CA ca.pem -CAkey ca.key
certificate client -subj /CN=client -CA ca.pem -CAkey ca.key
open_port=$port
free_port
"$server" --port 0 --tls-port "$port" --bind 127.0.0.1 --dir "$work" --save '' --dbfilename t \
    --tls-cert-file server.pem --tls-key-file server.key --tls-ca-cert-file ca.pem >tls.log 2>&1 &
tls_pid=$!
trap 'ended=$?; kill -9 $tls_pid; wait $tls_pid 2>/dev/null; stop_server; (exit $ended); finish' EXIT
private=at=127.0.0.1:$port,tls,ca=ca.pem,certificate=client.pem,key=client.key
for _ in $(seq 100); do
    "$weir" doctor "redis:s,$private" >doctor.out 2>&1
    grep -q '^stream' doctor.out && break
    grep -q 'tls.*Bad directive\|without TLS' tls.log && { echo "skipped: this redis-server has no TLS"; exit; }
    sleep 0.1
done
seq 1000 >numbers
expect 0 "$weir" numbers ! lines ! "redis:s,$private"
start private "redis:s,group=g,create,$private" ! ./private append
wanted "redis:s,group=g,$private" ' 0 to come, 0 open'
stop $pid
same numbers private "through TLS"
# Whom nobody trusts is not spoken to, and who has no certificate is not heard.
# A certificate that is refused will be refused again: nothing is waited for.
SECONDS=0
expect 1 "$weir" "redis:s,at=127.0.0.1:$port,tls" ! ./o append
mentions "weir: 127.0.0.1:$port: the certificate of ca was issued by somebody who is not trusted"
mentions ',ca=FILE with the certificate of its issuer'
expect 1 "$weir" seq 3 ! "redis:s,at=127.0.0.1:$port,tls"
mentions ',ca=FILE with the certificate of its issuer'
expect 1 "$weir" "redis:s,at=127.0.0.1:$port,tls,ca=ca.pem" ! ./o append
mentions 'the other side refused: certificate required'
mentions 'certificate=FILE,key=FILE behind the address'
[ $SECONDS -lt 50 ] || fail "a wrong certificate was waited for: $SECONDS s"
expect 1 "$weir" doctor "redis:s,at=127.0.0.1:$port,tls,ca=ca.pem"
mentions 'no server answers: '
mentions 'certificate=FILE,key=FILE behind the address'
expect 1 "$weir" doctor "redis:s,at=127.0.0.1:$port,tls"
mentions 'the certificate of ca was issued by somebody who is not trusted'
mentions ',ca=FILE with the certificate of its issuer'
expect 1 "$weir" doctor "redis:s,at=127.0.0.1:$port"
mentions ',tls behind the address, if it speaks TLS'
expect 1 "$weir" doctor "redis:s,at=127.0.0.1:$open_port,tls"
mentions 'no ,tls behind the address, if it speaks in the clear'
# One in the clear is silent: for no longer than it may be away.
SECONDS=0
expect 1 "$weir" "redis:s,at=127.0.0.1:$open_port,tls,ca=ca.pem,gone=1s" ! ./o append
mentions 'the server was away for 1 s: it said nothing'
mentions 'no ,tls behind the address'
expect 1 "$weir" seq 3 ! "redis:s,at=127.0.0.1:$open_port,tls,ca=ca.pem,gone=1s"
mentions 'away for too long: it said nothing'
[ $SECONDS -lt 25 ] || fail "who is silent was waited for: $SECONDS s"
