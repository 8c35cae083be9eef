#!/bin/bash
# kafka: as source and sink, with brokers that pretend: brokers_kafka.sh WEIR CLUSTER. And what
# stands first in the command's design: from NATS to Kafka, whoever dies.
cluster=$(realpath "$2")
. "$(dirname "$0")/common.sh"
. "$here/brokers_common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has no network but its own"

if ! "$weir" doctor | grep -q '^kafka  *there'; then
    expect 2 "$weir" kafka:t,group=w ! null
    mentions "this weir has no kafka"
    skip "this build has no librdkafka"
fi

# ---- what cannot be is refused, before anything is opened ----

now='settle=now at the source, if what arrives counts as done'
refused "'sort' holds every message to the end, so nothing would be acknowledged" "$now" \
    kafka:t,group=w ! sort ! ./o append
refused "are of a group, 't' names none" kafka:TOPIC,group=G kafka:t,settle=now ! null
refused "'group=' of 't' names none" kafka:TOPIC,group=G kafka:t,group= ! null
refused "'tries=' is of a broker that counts" 'dead FILE' kafka:t,group=w,tries=5 ! null
refused "'dead=' is of a broker that counts" 'dead FILE' kafka:t,group=w,dead=d ! null
refused "'open=100' is too few" 'open=128' kafka:t,group=w,open=100 ! null
refused "and Kafka drops nothing" 'key=FIELD' seq 3 ! kafka:t,id=key
refused "'a+b' is more than a topic" 'kafka:TOPIC' seq 3 ! kafka:a+b
refused "names messages by a field, and lines have none" 'leave it out' seq 3 ! kafka:t,key=id
refused "'partition=' of 't' names none" 'name a field' seq 3 ! kafka:t,partition=
refused "'key=' of 't' names none" 'name a field' seq 3 ! kafka:t,key=
refused "a secret does not belong on the line" config=FILE kafka:t,sasl.password=x ! null
refused "option 'no.such' of librdkafka: No such configuration property" CONFIGURATION.md \
    kafka:t,no.such=x ! null
refused "option 'session.timeout.ms' of librdkafka: Invalid value" CONFIGURATION.md \
    kafka:t,session.timeout.ms=x ! null
refused "config './none' cannot be read" CONFIGURATION.md seq 3 ! kafka:t,config=./none
refused 'an address of 1039 bytes is too long: 1023 at most' 'a command for some of them' \
    "kafka:$(printf '%0129d+' 1 2 3 4 5 6 7)$(printf '%0129d' 8),group=w" ! null
refused "kafka: has no option 'ack_wait=3s'" 'usage: kafka:' kafka:t,group=w,ack_wait=3s ! null
expect 0 "$weir" explain kafka:t,group=w,open=1280 ! from json ! to ndjson ! kafka:o
grep -q 'at most 1280 messages open, behind 10 marks; 1 MiB each; stops within 5 s' out ||
    fail "explain names no limits"

# ---- brokers ----

mkfifo say
"$cluster" 1 <say >heard 2>cluster.err &
cluster_pid=$!
exec 3>say
trap 'ended=$?; exec 3>&-; kill -9 $cluster_pid; [ -z "$nats_pid" ] || stop_nats; (exit $ended); finish' EXIT
# tell LINE: the cluster does so.
tell() {
    echo "$1" >&3
    told=$((told + 1))
    for _ in $(seq 200); do
        [ "$(wc -l <heard)" -gt $told ] && return
        sleep 0.05
    done
    fail "the cluster does not do '$1'"
}
told=0
tell 'topic orders 2'
tell 'topic big 2'
tell 'topic work 4'
WEIR_KAFKA=$(head -n 1 heard)
export WEIR_KAFKA
quick=session.timeout.ms=4000,heartbeat.interval.ms=200,max.poll.interval.ms=4000,fetch.wait.max.ms=20

# stored TOPIC: how many.
stored() {
    "$weir" doctor "kafka:$1" | sed -n 's/.* partitions*, \([0-9]*\) messages*/\1/p'
}

# ---- there and back: what is told before is acknowledged behind ----

seq 0 499 | sed 's/.*/{"id":&,"total":&}/' >orders
expect 0 "$weir" -v orders ! lines ! kafka:orders
grep -q '^kafka:orders  *500 messages' err || fail "what a sink stored are no messages"
start worker kafka:orders,group=w,from=first,$quick ! from ndjson ! where total gt 100 ! to ndjson ! kafka:big,key=id
worker=$pid
wanted kafka:orders,group=w ' 0 to come'
stop $worker
expect 0 "$weir" kafka:big ! take 399 ! ./big
sed -n '102,$p' orders >wanted_big
sort -t: -k3 -n big >sorted_big
same wanted_big sorted_big
[ "$(stored big)" = 399 ] || fail "big has $(stored big) messages"

# ---- what a message is ----

expect 0 "$weir" kafka:big ! from json ! where id eq 101 ! take 1 ! pick total ! to csv ! -
prints 'total
101'
expect 0 "$weir" kafka:big ! where key eq 101 ! take 1 ! pick key,value,topic ! to ndjson ! -
prints '{"key":"101","value":"{\"id\":101,\"total\":101}","topic":"big"}'
# A field says which partition; as they come messages keep their keys.
tell 'topic placed 4'
printf '{"p":3,"n":"a"}\n{"p":1,"n":"b"}\n{"n":"c","p":3}\n' >placed
expect 0 "$weir" placed ! from ndjson ! to ndjson ! kafka:placed,partition=p,key=n
expect 0 "$weir" kafka:placed ! take 3 ! pick partition,key ! to csv header=no ! ./at
[ "$(sort at)" = "1,b
3,a
3,c" ] || { fail "what partition= says"; cat at; }
# Where it is missing the key says which; what is no number is an error, and never another partition.
printf '{"p":2,"n":"d"}\n{"p":"x","n":"e"}\n{"p":-1,"n":"f"}\n{"n":"g"}\n' >placed
tell 'topic odd 4'
expect 1 "$weir" placed ! from ndjson ! to ndjson ! kafka:odd,partition=p,key=n
mentions "record 2: 'p' is 'x', which is no number of a partition"
mentions 'leave partition= out: the key says which one'
[ "$(stored odd)" = 1 ] || fail "what stood before it is not stored"
expect 3 "$weir" placed ! from ndjson ! to ndjson on-error=skip ! kafka:odd,partition=p,key=n
[ "$(stored odd)" = 3 ] || fail "what stands around it is not stored"
expect 1 "$weir" kafka:odd ! take 3 ! kafka:odd,partition=value
mentions 'which is no number of a partition'
[ "$(stored odd)" = 3 ] || fail "it went to another"
tell 'topic copy 4'
expect 0 "$weir" kafka:placed ! take 3 ! kafka:copy,partition=partition
expect 0 "$weir" kafka:copy ! take 3 ! pick partition,key ! to csv header=no ! ./copied
[ "$(sort copied)" = "$(sort at)" ] || { fail "a copy is another"; cat copied; }
# A text of digits is a number; what is empty says nothing, and what no record has is told of.
tell 'topic said 4'
printf '{"p":"2","n":"a"}\n{"p":"","n":"b"}\n{"p":null,"n":"b"}\n' >placed
expect 0 "$weir" placed ! from ndjson ! to ndjson ! kafka:said,partition=p
printf 'p,n\n,b\n2,c\n' >placed.csv
expect 0 "$weir" placed.csv ! from csv ! to ndjson ! kafka:said,partition=p
[ -s err ] && fail "of a field that is there it says: $(cat err)"
expect 0 "$weir" kafka:said ! take 5 ! pick partition ! to csv header=no ! ./said
[ "$(grep -c 2 said)" -ge 2 ] || { fail "which partition a text is"; cat said; }
expect 0 "$weir" placed.csv ! from csv ! to ndjson ! kafka:said,partition=nosuch,key=n
mentions "none of 2 records has a field 'nosuch'"
[ "$(grep -c 'has a field' err)" = 1 ] || fail "it is said more than once"
expect 0 "$weir" kafka:placed ! take 3 ! kafka:copy,partition=nosuch
mentions "none of 3 records has a field 'nosuch'"
printf '# ours\n\nlinger.ms=1\n' >config
expect 0 "$weir" seq 3 ! kafka:copy,config=config
expect 0 "$weir" kafka:big+placed ! take 402 ! ./both
[ "$(wc -l <both)" = 402 ] || fail "two topics are not both"

# ---- a group, one of which is killed while they work: nothing is lost ----

: >numbers
start other kafka:work,group=g,from=first,$quick ! ./a append
other=$pid
# more: the next 2000 numbers are there.
more() {
    seq $((n + 1)) $((n + 2000)) >next
    n=$((n + 2000))
    cat next >>numbers
    "$weir" next ! rate 9K ! lines ! kafka:work >feed.out 2>&1 || { fail "the sink failed"; cat feed.out; }
}
n=0
touch b
for _ in 1 2 3; do
    had=$(wc -c <b)
    start killed kafka:work,group=g,from=first,$quick ! ./b append
    for _ in $(seq 100); do # it has a part of them as soon as the group has settled
        more
        [ "$(wc -c <b)" -eq "$had" ] || break
    done
    kill -9 $pid
    wait $pid 2>/dev/null
    [ "$(wc -c <b)" -gt "$had" ] || fail "who was killed had nothing"
done
more
wanted kafka:work,group=g ' 0 to come'
stop $other
sort -nu a b >all
same numbers all "of $n $(wc -l <all) arrived"

# What is open is told while a sink is slow; how often it was given nobody knows.
"$weir" --progress=line kafka:work,group=s,from=first,settle=sent,$quick ! - 2>slow.err | sleep 6 &
sleep 6
grep -q 'messages, .*, open [1-9][0-9]*/131072, oldest [0-9.]* s, lag [0-9]' slow.err ||
    { fail "the line says nothing of what is open"; cat slow.err; }
wait $!

# What is rejected goes there, before what stands around it is acknowledged.
printf '{"n":1}\nnot so\n{"n":2}\n' >bad
tell 'topic bad 1'
tell 'topic baddead 1'
expect 0 "$weir" bad ! lines ! kafka:bad
start dead kafka:bad,group=d,from=first,$quick ! from json ! dead kafka:baddead ! to ndjson ! ./good append
wanted kafka:baddead '1 partition, 1 message$'
for _ in $(seq 100); do
    [ "$(wc -l <good)" -eq 2 ] && break
    sleep 0.1
done
stop $pid
grep -q '1 was rejected: it is in kafka:baddead' dead.err || fail "who is rejected is not told"
expect 0 "$weir" kafka:baddead ! take 1 ! pick value ! to ndjson ! -
prints '{"value":"not so"}'

# So is what is over a limit of the source: it never comes, and where it stands is told.
tell 'topic huge 1'
head -c 1200000 /dev/zero | tr '\0' 7 >huge
echo >>huge
echo '{"n":1}' >>huge
expect 0 "$weir" huge ! lines max=2M ! kafka:huge,message.max.bytes=3000000
start huge kafka:huge,group=h,from=first,$quick ! from json ! dead ./huge.dead append ! to ndjson ! ./small append
for _ in $(seq 100); do
    [ -s small ] && break
    sleep 0.1
done
stop $pid
grep -q '1 was rejected: it is in ./huge.dead' huge.err || fail "what is too large is not told"
grep -q "^message 0 of 'huge', partition 0, has 1200000 bytes" huge.dead || fail "huge.dead: $(cut -c1-99 huge.dead)"
[ "$(cat small)" = '{"n":1}' ] || fail "what stands behind what is too large: $(cat small)"
wanted kafka:huge,group=h ' 0 to come'
refused "what is rejected has no fields" 'leave id=, key=' seq 3 ! dead kafka:t,key=a ! null

# ---- from NATS to Kafka ----

if "$weir" doctor | grep -q '^nats  *there' && PATH=$PATH:/usr/sbin command -v nats-server >server; then
    begin_nats
    tell 'topic big-orders 4'
    line='from json ! where total gt 100 ! to ndjson ! kafka:big-orders'
    # shellcheck disable=SC2086 # words
    start worker nats:ORDERS/worker1,create=orders,ack_wait=1s ! $line
    worker=$pid
    wanted nats:ORDERS/worker1 'consumer.*open'
    seq 0 19999 | sed 's/.*/{"id":&,"total":&}/' >orders
    "$weir" orders ! lines ! nats:orders >feed.out 2>&1 &
    feed=$!
    # shellcheck disable=SC2086
    killed 8 nats:ORDERS/worker1 ! $line
    wait $feed || { fail "the sink failed"; cat feed.out; }
    wanted nats:ORDERS/worker1 ' 0 to come, 0 open'
    stop $worker
    n=$(stored big-orders)
    expect 0 "$weir" kafka:big-orders ! take "$n" ! ./arrived
    sort -u arrived | sort -t: -k3 -n >all
    sed -n '102,$p' orders >wanted_all
    same wanted_all all "of $(wc -l <wanted_all) $(wc -l <all) arrived"
fi

# ---- doctor, and who is not there ----

expect 0 "$weir" doctor kafka:orders+big,group=w
grep -q "^topic  *'orders': 2 partitions, 500 messages" out &&
    grep -q "^topic  *'big': 2 partitions" out &&
    grep -q '^replicas  *1, min.insync.replicas unknown: under 2' out || fail "doctor keeps something back"
expect 1 "$weir" kafka:orders,group=fresh,$quick ! ./o append
mentions "group 'fresh' has no position in 'orders'"
mentions 'say from=first or from=new behind the address'
tell 'missing nowhere'
expect 1 "$weir" doctor kafka:nowhere
grep -q "^topic  *'nowhere' is not there" out || fail "doctor misses nowhere"
expect 1 "$weir" kafka:nowhere,group=w,from=first,$quick ! ./o append
mentions "topic 'nowhere': there is none"
expect 1 "$weir" kafka:t,group=w,from=first,at=127.0.0.1:1,gone=1s ! ./o append
mentions 'no broker answers: Connect to ipv4#127.0.0.1:1 failed: Connection refused: it is tried again'
mentions 'the server was away for 1 s'
expect 1 "$weir" seq 3 ! kafka:t,at=127.0.0.1:1,gone=1s
mentions 'gone=TIME behind the address, to wait for longer'
mentions 'away for too long: Connect to'

# What the end waits for is told, where it is more than a moment.
tell 'topic left 1'
expect 0 "$weir" seq 5 ! kafka:left
start left kafka:left,group=left,from=first,gone=1s,$quick ! ./left append
wanted kafka:left,group=left ' 0 to come'
! grep -q 'waiting up to' left.err || fail "nothing is waited for yet"
kill -9 $cluster_pid
wait $pid
grep -q 'waiting up to [1-9] s for librdkafka' left.err || { fail "the wait is not told"; cat left.err; }

# ---- in private: what one of the two refuses is not waited for ----

command -v openssl >openssl || { echo "skipped: in private: there is no openssl"; exit; }
certificate ca -subj /CN=ca
certificate server -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -CA ca.pem -CAkey ca.key
openssl s_server -accept 127.0.0.1:0 -cert server.pem -key server.key -CAfile ca.pem -Verify 1 \
    -verify_return_error -www >tls.out 2>&1 </dev/null &
tls_pid=$!
trap 'ended=$?; kill -9 $tls_pid; exec 3>&-; kill -9 $cluster_pid; [ -z "$nats_pid" ] || stop_nats; (exit $ended); finish' EXIT
for _ in $(seq 200); do
    port=$(sed -n 's/^ACCEPT 127.0.0.1:\([0-9]*\).*/\1/p' tls.out)
    [ -z "$port" ] || break
    sleep 0.05
done
private=at=127.0.0.1:$port,security.protocol=SSL
SECONDS=0
expect 1 "$weir" "kafka:t,group=w,from=first,$private" ! ./o append
mentions "weir: 127.0.0.1:$port: no broker answers: "
mentions 'certificate verify failed'
mentions 'ssl.ca.location=FILE'
expect 1 "$weir" seq 3 ! "kafka:t,$private"
mentions 'certificate verify failed'
expect 1 "$weir" doctor "kafka:t,$private"
mentions 'certificate verify failed'
expect 1 "$weir" "kafka:t,group=w,from=first,$private,ssl.ca.location=ca.pem" ! ./o append
mentions 'alert certificate required'
[ $SECONDS -lt 30 ] || fail "a wrong certificate was waited for: $SECONDS s"
