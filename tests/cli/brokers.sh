#!/bin/bash
# Brokers as sources and sinks, with a server of its own: what is acknowledged is safe, whoever dies.
. "$(dirname "$0")/common.sh"
. "$here/brokers_common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has no network but its own"

if ! "$weir" doctor | grep -q '^nats  *there'; then
    expect 2 "$weir" nats:S/w ! null
    mentions "this weir has no nats"
    skip "this build has no libnats"
fi

# ---- what cannot be acknowledged is refused, before anything is opened ----

now='settle=now at the source, if what arrives counts as done'
refused "'sort' holds every message to the end, so nothing would be acknowledged" "$now" \
    nats:S/w ! sort ! ./o append
refused "'sort' holds every message to the end, so nothing would be acknowledged" "$now" \
    nats:S/w ! take 100000 ! sort ! ./o append
refused "'count' makes nothing durable, so nothing would be acknowledged" "$now" nats:S/w ! count
refused "'./o' gets its name at the end, so nothing would be acknowledged before" \
    'append, behind it' nats:S/w ! from json ! to ndjson ! ./o
refused "what goes to '-' is sent, and not safe" 'settle=sent at the source' nats:S/w ! -
refused "'brotli' makes bytes of many messages at once" 'gzip or zstd, which end what they made' \
    nats:S/w ! to ndjson ! brotli ! ./o append
refused "'base64' makes bytes of many messages at once" "$now" \
    nats:S/w ! to lines ! gzip ! base64 ! ./o append
refused "'gzip' on threads ends nothing before its end" 'leave threads= out' \
    nats:S/w ! to lines ! gzip threads=2 ! ./o append
refused "'./o' gets its name at the end" 'append, behind it' nats:S/w ! to lines ! gzip ! ./o
refused "'to' makes one whole in this format" "$now" nats:S/w ! to json ! ./o append
refused "'tcp:localhost:1' promises that what it took is sent, and not that it is durable" \
    'settle=sent at the source' nats:S/w ! tcp:localhost:1
refused "'./o' promises that what it took is flushed, and not that it is durable" \
    'settle=sent at the source' nats:S/w ! ./o append sync=no
refused "'nats:q' takes lines or messages, 'from' gives records" "put 'to ndjson' before it" \
    nats:S ! from json ! nats:q
refused "'nats:q' takes lines, './in' gives bytes" "put 'lines' between them" ./in ! nats:q
refused "names messages by a field, and lines have none" 'leave it out' seq 3 ! nats:q,id=key
refused "'nats:S' is read alone, not with other sources" 'a command each' nats:S nats:T ! null
refused "are of a consumer, 'S' names none" nats:STREAM/CONSUMER nats:S,settle=now ! null
refused "'tries=' does not say how often" ,tries=5 nats:S/w,dead=d ! null
refused "'S/w/x' is no STREAM/CONSUMER" nats:STREAM/CONSUMER nats:S/w/x ! null
refused "'take' takes items, 'nats:S' gives messages" "put it behind what takes the messages" \
    nats:S ! take 5 ! lines ! null
refused "'nats:' does not name where to" 'nats:SUBJECT[,id=FIELD]' - ! lines ! nats:
refused "nats: has no option 'maxlen=3'" 'usage: nats:' nats:S/w,maxlen=3 ! null
refused "'nats:S' is no connection" 'weir ADDRESS' relay nats:S tcp:localhost:1
refused "'tcp:a:1' is of no broker" 'weir doctor nats:' doctor tcp:a:1
expect 0 "$weir" explain nats:S/w,open=500 ! from json ! to ndjson ! ./o append
grep -q 'at most 500 messages open, behind 1024 marks; 1 MiB each; stops within 5 s' out ||
    fail "explain names no limits"
expect 0 "$weir" explain nats:S/w ! from json ! to ndjson ! gzip ! zstd ! ./o append
grep -q '^gzip .*ends what it made, then messages are acknowledged' out ||
    fail "explain says nothing of a compressor"
grep -q 'from json .*each message by itself' out || fail "explain sees one document"
[ ! -e o ] || fail "something was opened"

# Its library is loaded when it is named; where that is missing, all else works.
if [ -e "${weir%/*}/weir-nats.so" ]; then
    mkdir alone
    cp "$weir" alone/weir
    expect 2 alone/weir nats:S/w ! null
    mentions 'this weir has no nats: weir-nats.so is not found, neither beside it nor in '
    mentions 'install libnats'
    expect 0 alone/weir seq 3 ! count
    expect 0 alone/weir stages nats
    grep -q 'not in this build, since weir-nats.so' out || fail "stages says nothing of it"
    echo nothing >alone/weir-nats.so
    expect 2 alone/weir nats:S/w ! null
    mentions 'this weir has no nats: '
fi

# ---- a server ----

begin_nats
trap 'ended=$?; stop_nats; (exit $ended); finish' EXIT

# ---- there and back: what is told before is acknowledged behind ----

make BIG big.orders
start worker nats:ORDERS/worker1,create=orders ! from ndjson ! where total gt 100 ! to ndjson ! nats:big.orders
worker=$pid
wanted nats:ORDERS/worker1 'consumer.*open'
seq 0 499 | sed 's/.*/{"id":&,"total":&}/' >orders
expect 0 "$weir" orders ! lines ! nats:orders
wanted nats:ORDERS/worker1 ' 0 to come, 0 open'
wanted nats:BIG '399 messages'
stop $worker
expect 0 "$weir" nats:BIG ! take 399 ! ./big
sed -n '102,$p' orders >wanted_big
same wanted_big big
wanted nats:ORDERS/worker1 ' 0 open, 0 repeats'

# ---- what a message is ----

expect 0 "$weir" nats:ORDERS ! take 2 ! pick value,topic,offset,partition ! to ndjson ! -
prints '{"value":"{\"id\":0,\"total\":0}","topic":"orders","offset":1,"partition":null}
{"value":"{\"id\":1,\"total\":1}","topic":"orders","offset":2,"partition":null}'
expect 0 "$weir" nats:ORDERS ! grep '"id":7,' ! take 1 ! -
prints '{"id":7,"total":7}'
expect 0 "$weir" nats:ORDERS ! lines ! grep '"id":8,' ! take 1 ! -
prints '{"id":8,"total":8}'
expect 0 "$weir" nats:ORDERS ! from json ! where total eq 9 ! take 1 ! to csv ! -
prints 'id,total
9,9'
expect 0 "$weir" nats:ORDERS ! head 2 ! to lines ! -
prints '{"id":0,"total":0}
{"id":1,"total":1}'
# As they come they keep their headers; one name is stored once.
make COPY copy
for _ in 1 2; do
    expect 0 "$weir" nats:ORDERS ! take 10 ! nats:copy,id=offset
done
wanted nats:COPY "'COPY': 10 messages"
expect 0 "$weir" nats:COPY ! take 1 ! where headers.Nats-Msg-Id eq 1 ! pick topic ! to ndjson ! -
prints '{"topic":"copy"}'

# What is made of records has the name that a field gives it, also where one of them is left out.
make KEYED keyed
printf '{"id":"a%d","n":"%s"}\n' 1 x 2 y 1 z 3 y >keyed
for _ in 1 2; do
    expect 0 "$weir" keyed ! from ndjson ! to ndjson on-error=skip ! nats:keyed,id=id
done
expect 0 "$weir" nats:KEYED ! take 3 ! -
prints "$(sed -n '1p;2p;4p' keyed)"
expect 0 "$weir" nats:KEYED ! take 1 ! where headers.Nats-Msg-Id eq a1 ! count
prints 1
printf 'n,id\n1,b1\n2,b2\n' >keyed.csv
expect 0 "$weir" keyed.csv ! from csv ! to csv header=no ! nats:keyed,id=id
expect 0 "$weir" nats:KEYED ! skip 3 ! take 2 ! -
prints '1,b1
2,b2'
# ... also those that differ only behind what a header has of them.
long=$(printf '%0150d' 0)
printf '{"id":"%s"}\n' "${long}1" "${long}2" 'a\nb' 'a\nc' 'a b' 'a\u0000b' 'a\u0000c' >long
for _ in 1 2; do
    expect 0 "$weir" long ! from ndjson ! to ndjson ! nats:keyed,id=id
done
wanted nats:KEYED "'KEYED': 12 messages"

# ---- two on one consumer, one of them killed again and again: nothing is lost ----

seq 20000 >numbers
make WORK work
start other nats:WORK/w,create=work,ack_wait=1s ! ./a append
other=$pid
wanted nats:WORK/w 'consumer.*open'
"$weir" numbers ! lines ! nats:work >feed.out 2>&1 &
feed=$!
killed 8 nats:WORK/w ! to lines ! ./b append
wait $feed || { fail "the sink failed"; cat feed.out; }
wanted nats:WORK/w ' 0 to come, 0 open'
stop $other
sort -nu a b >both
same numbers both "of 20000 $(wc -l <both) arrived"

# ---- compressed: what is acknowledged can be read, whoever is killed ----

start packer nats:WORK/z,create=work,ack_wait=1s ! gzip ! zstd ! ./z append
wanted nats:WORK/z 'consumer.*open'
kill -9 $pid
wait $pid 2>/dev/null
for _ in 1 2 3 4 5; do
    start packer nats:WORK/z ! to lines ! gzip ! zstd ! ./z append
    sleep 0.1
    kill -9 $pid
    wait $pid 2>/dev/null
done
start packer nats:WORK/z ! to lines ! gzip ! zstd ! ./z append
wanted nats:WORK/z ' 0 to come, 0 open'
stop $pid
expect 0 "$weir" ./z ! unzstd ! gunzip ! ./unpacked
sort -nu unpacked >both
same numbers both "of 20000 $(wc -l <both) can be read"
echo damaged >bad.gz
expect 1 "$weir" nats:WORK/z ! to lines ! gzip ! ./bad.gz append
mentions 'this is no gzip data'
mentions 'another file: to one that is damaged nothing is appended'

# ---- files that roll: what is acknowledged is in one that is complete ----

mkdir rolled
start roller nats:WORK/r,create=work,ack_wait=1s ! to lines ! zstd ! save rolled roll=8K,200ms
for _ in 1 2 3 4 5; do
    sleep 0.3
    kill -9 $pid
    wait $pid 2>/dev/null
    start roller nats:WORK/r ! to lines ! zstd ! save rolled roll=8K,200ms
done
wanted nats:WORK/r ' 0 to come, 0 open'
stop $pid
for file in rolled/*; do
    "$weir" "$file" ! unzstd ! lines || fail "$file is not complete"
done >both
sort -nu both >all
same numbers all "of 20000 $(wc -l <all) are in complete files"
# One that is told to stop completes the file in hand, and nothing comes again.
mkdir last
start roller nats:WORK/last,create=work ! to lines ! save last roll=1G,1h
# Or what it had not read yet would come again.
soon catches $pid && soon tells $pid '^nats:.* 20000 messages' roller.err ||
    { fail "not all come"; cat roller.err; }
stop $pid
wanted nats:WORK/last ' 0 to come, 0 open, 0 repeats'
cat $(ls last/* | sort -t- -k5 -n) >all
same numbers all "the file in hand at a stop"
refused "'save' does not wait for the disk" 'leave sync=no out' \
    nats:S/w ! to lines ! save last roll=1G,1h sync=no

# The control: what is acknowledged as it arrives, and waits for its turn, goes with the process.
start control nats:WORK/c,create=work,ack_wait=1s,settle=now ! to lines ! buffer 1M ! rate 1K ! ./c append
wanted nats:WORK/c ' 0 to come, 0 open' # much has come by now that is not written
kill -9 $pid
wait $pid 2>/dev/null
start rest nats:WORK/c ! ./d append
wanted nats:WORK/c ' 0 to come, 0 open'
stop $pid
touch d
[ "$(sort -nu c d | wc -l)" -lt 20000 ] || fail "the control loses nothing"

# What is open, and what is to come, is told while a sink is slow: all of it where there is room.
# A sort of more than its consumer gives at once waits for nothing.
expect 0 timeout 20 "$weir" nats:WORK/three,create=work,open=3 ! take 1 ! ./three append
expect 1 timeout 20 "$weir" nats:WORK/three ! take 5 ! sort ! to lines ! ./three append
mentions 'a larger open=N at the source and its consumer, or a take of fewer'
tells_open nats:WORK/slow,create=work,open=2000,settle=sent

# ---- the server goes and comes: told once each ----

start lost nats:WORK/w ! ./lost append
expect 0 "$weir" seq 1 ! nats:work
soon [ -s lost ] || fail "nothing comes"
stop_nats
sleep 0.5
start_nats
expect 0 "$weir" seq 3 ! nats:work
all_came() {
    [ "$(sort -u lost)" = "$(seq 3)" ]
}
soon all_came || fail "what came behind the server's return: $(cat lost)"
stop $pid
grep -q 'lost the server of stream' lost.err && grep -q 'is there again' lost.err ||
    { fail "who is lost and back is not told"; cat lost.err; }
expect 1 "$weir" nats:WORK/w,at=127.0.0.1:1,gone=1s ! ./o append
mentions 'the server was away for 1 s'

# ---- what cannot be read ----

make BAD bad
printf '{"n":1}\nnot so\n{"n":2}\n' >bad
expect 0 "$weir" bad ! lines ! nats:bad
expect 1 "$weir" nats:BAD/stops,create=bad ! from json ! to ndjson ! ./n append
start skips nats:BAD/skips,create=bad,ack_wait=1s ! from json on-error=skip ! to ndjson ! ./skipped append
wanted nats:BAD/skips ' 0 to come, 0 open'
stop $pid
[ "$(cat skipped)" = "$(grep n\" bad)" ] || fail "what is left out takes others along"
# What is tried too often is given up, and goes where it was told.
make DEAD dead
for _ in $(seq 10); do
    timeout 3 "$weir" nats:BAD/tries,create=bad,ack_wait=1s,tries=2,dead=dead ! from json ! \
        to ndjson ! ./tried append >out 2>err
    "$weir" doctor nats:DEAD | grep -q "'DEAD': [1-9]" && break
done
wanted nats:DEAD "'DEAD': [1-9]"
expect 0 "$weir" nats:DEAD ! grep so ! take 1 ! -
prints 'not so'

# ---- dead in the middle: what is rejected is kept first, then the rest is acknowledged ----

refused "'dead' has nothing on the disk before its end" 'dead FILE append' \
    nats:S/w ! from json ! dead ./o ! to ndjson ! ./p append
refused "nothing is kept at 'tcp:a:1'" 'nats:SUBJECT' seq 3 ! dead tcp:a:1 ! null
refused "append, partial= and sync= are of a file" 'leave it out' seq 3 ! dead nats:d append ! null
refused "nobody knows whether it arrived" 'leave core out' seq 3 ! dead nats:d,core ! null
refused "what is rejected has no fields" 'leave id=, key= and partition= out' seq 3 ! dead nats:d,id=a ! null
expect 0 "$weir" explain nats:S/w ! from json ! dead nats:d ! to ndjson ! ./o append
grep -q '^dead nats:d .*at most 64 of them, or 1 MiB, wait' out || fail "explain: $(cat out)"

make KEPT kept
start dead nats:BAD/file,create=bad ! from json ! dead ./bad.dead append ! to ndjson ! ./good append
wanted nats:BAD/file ' 0 to come, 0 open'
stop $pid
grep -q '1 was rejected: it is in ./bad.dead' dead.err || fail "who is rejected is not told"
[ "$(cat bad.dead)" = 'not so' ] && [ "$(wc -l <good)" -eq 2 ] || fail "dead ./bad.dead"
start dead nats:BAD/sent,create=bad ! from json ! dead nats:kept ! to ndjson ! ./good append
wanted nats:BAD/sent ' 0 to come, 0 open'
stop $pid
wanted nats:KEPT "'KEPT': 1 message\$"
expect 0 "$weir" nats:KEPT ! take 1 ! where headers.Weir-Error has 'not JSON' ! pick value ! to ndjson ! -
prints '{"value":"not so"}'
# One in ten is bad, and who works is killed: each is in one of the two.
seq 6000 | sed 's/.*0$/bad &/; t; s/.*/{"n":&}/' >mixed
make MIXED mixed
make MIXEDDEAD mixeddead
expect 0 "$weir" mixed ! lines ! nats:mixed
start mixer nats:MIXED/w,create=mixed,ack_wait=1s ! from json ! dead nats:mixeddead ! to ndjson ! ./m append
for _ in 1 2 3 4 5 6; do
    sleep 0.1
    kill -9 $pid
    wait $pid 2>/dev/null
    start mixer nats:MIXED/w,create=mixed,ack_wait=1s ! from json ! dead nats:mixeddead ! to ndjson ! ./m append
done
wanted nats:MIXED/w ' 0 to come, 0 open'
stop $pid
start collect nats:MIXEDDEAD/c,create=mixeddead ! ./md append
wanted nats:MIXEDDEAD/c ' 0 to come, 0 open'
stop $pid
sort -u m md >both
sort mixed >all
same all both "good and bad"
# Where the bad ones cannot be stored none is acknowledged.
expect 1 "$weir" nats:MIXED/none,create=mixed,gone=2s ! from json ! dead nats:nowhere ! to ndjson ! ./x append
wanted nats:MIXED/none ' [1-9][0-9]* open'

# ---- doctor, and who is not there ----

expect 0 "$weir" doctor nats:WORK/w
grep -q '^replicas  *1: under 3' out && grep -q '^storage  *file; synced each 2 minutes' out ||
    fail "doctor keeps something back"
expect 1 "$weir" doctor nats:WORK/nobody
grep -q "^consumer  *'nobody' is not there" out || fail "doctor misses nobody"
expect 1 "$weir" doctor nats:NOWHERE
expect 1 "$weir" nats:WORK/w,credentials=./none ! ./o append
mentions "credentials './none': No such file"
expect 1 "$weir" nats:NOWHERE/w ! ./o append
mentions "stream 'NOWHERE': there is none"
mentions 'make it, or say create=SUBJECT'
expect 1 "$weir" seq 3 ! nats:work,at=127.0.0.1:1,gone=1s
mentions 'gone=TIME behind the address, to wait for longer'
