#!/bin/bash
# Connections and commands as sources and sinks, beside nc and socat where they are installed.
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has no network but its own"

seq 200000 >in.log
mkdir files

# listen COMMAND...: in the background; sets $pid and $address.
listen() {
    rm -f listen.err
    "$@" >listen.out 2>listen.err &
    pid=$!
    listening listen.err
}
# done_with STATUS: the listener ends so.
done_with() {
    wait $pid
    [ $? -eq "$1" ] || { fail "the listener's status is not $1"; cat listen.err; }
}

# ---- tcp, both ways ----

listen "$weir" tcp-listen:127.0.0.1:0 ! buffer 256M ! files/recv.bin
expect 0 "$weir" in.log ! gzip ! gunzip ! tcp:$address
done_with 0
same in.log files/recv.bin
rm files/recv.bin
listen "$weir" in.log ! tcp-listen:127.0.0.1:0
expect 0 "$weir" tcp:$address ! lines ! count
prints 200000
done_with 0
# Lines into a connection; a source that is read in part only.
listen "$weir" tcp-listen:127.0.0.1:0 ! lines ! count
expect 0 "$weir" in.log ! lines ! grep 777 ! tcp:$address
done_with 0
[ "$(cat listen.out)" = "$(grep -c 777 in.log)" ] || fail "lines into a connection"
# A long line waits in the listener's connection.
head -c 3000000 /dev/zero | tr '\0' x >long
listen "$weir" tcp-listen:127.0.0.1:0 ! lines max=8M ! count
expect 0 "$weir" long ! tcp:$address
done_with 0
[ "$(cat listen.out)" = 1 ] || fail "a long line"
# A peer that talks back is listened to.
listen "$weir" serve tcp-listen:127.0.0.1:0 ! -
expect 0 "$weir" in.log in.log in.log in.log ! tcp:$address
kill $pid
done_with 143

# Who is listened to is a peer as who is called: little that becomes much has a limit, also of a
# copy, and nothing is guessed.
head -c 8388608 /dev/zero | gzip -9 >bomb
for stages in 'gunzip ! null' 'tee t ! null + t. ! gunzip ! null'; do
    # shellcheck disable=SC2086 # words
    listen "$weir" tcp-listen:127.0.0.1:0 ! $stages
    "$weir" bomb ! tcp:$address 2>sent.err # it may be cut off
    done_with 1
    grep -q ', more than 1000 out of each' listen.err || fail "a bomb: $(cat listen.err)"
    grep -q '[~^] ratio=N, if the sender is trusted' listen.err || fail "its cure: $(cat listen.err)"
done
listen "$weir" tcp-listen:127.0.0.1:0 ! gunzip ratio=2000 ! null
expect 0 "$weir" bomb ! tcp:$address
done_with 0
expect 2 "$weir" tcp-listen:127.0.0.1:0 ! decompress ! null
mentions "of what a peer sends nothing is guessed"

# ---- unix ----

"$weir" in.log ! unix-listen:files/sock &
pid=$!
appears files/sock
expect 0 "$weir" unix:files/sock ! lines ! count
prints 200000
wait $pid || fail "the listener"
[ ! -e files/sock ] || fail "its name stays"

# ---- what goes wrong ----

listen "$weir" tcp-listen:127.0.0.1:0 ! null
"$weir" in.log ! tcp:$address # a port that was in use, and is not any more
done_with 0
expect 1 "$weir" in.log ! tcp:$address
complains "weir: $address: cannot connect: connection refused
  in.log ! tcp:$address
           ^$(printf %s "cp:$address" | tr -c '' '~') look whether somebody listens there"
expect 1 "$weir" tcp:$address ! files/x
mentions "$address: cannot connect: connection refused"
mentions "files/x was not created"
expect 1 "$weir" unix:files/nobody ! null
mentions "files/nobody: cannot connect: no such file or directory"
# ... is told before the first byte is read.
mkfifo feed
(exec 3<>feed && exec timeout 30 "$weir" - ! tcp:$address <feed 2>err)
[ $? -eq 1 ] || fail "it waits for input"
# ... a listener's sink before anybody comes.
expect 1 timeout 30 "$weir" tcp-listen:127.0.0.1:0 ! files/nowhere/x
mentions "files/nowhere/x: cannot open the directory"
# A transfer that was cut does not look complete.
gzip -c in.log | head -c 100000 >cut.gz
listen "$weir" tcp-listen:127.0.0.1:0 ! files/x
expect 1 "$weir" cut.gz ! gunzip ! tcp:$address
mentions "gunzip: byte 100000 of cut.gz"
done_with 1
grep -q "reset by peer" listen.err && grep -q "files/x was not created" listen.err ||
    fail "a transfer that was cut: $(cat listen.err)"
# Nothing comes.
listen "$weir" tcp-listen:127.0.0.1:0 ! timeout 100ms ! files/x
mkfifo silent
exec 5<>silent
(exec 5>&-; exec "$weir" silent ! tcp:$address 2>/dev/null) &
sender=$!
done_with 4
grep -q "no byte came for 100 ms" listen.err || fail "a timeout: $(cat listen.err)"
exec 5>&-
kill $sender 2>/dev/null
wait $sender 2>/dev/null
holds_only
# Stopped while it waits for somebody.
for way in "tcp-listen:127.0.0.1:0 ! files/x" "in.log ! tcp-listen:127.0.0.1:0"; do
    # shellcheck disable=SC2086
    listen "$weir" $way
    kill -TERM $pid
    done_with 143
done
holds_only

# ---- commands ----

expect 0 "$weir" exec:'seq 5; echo six' ! lines ! count
prints 6
expect 0 "$weir" in.log ! exec:'tail -n 1 >files/last'
[ "$(cat files/last)" = 200000 ] || fail "a command as a sink"
expect 0 "$weir" exec:'seq 100000' ! lines ! take 2 # it is ended
prints "1
2"
rm files/last
expect 1 "$weir" exec:'seq 5; exit 3' ! files/x
complains "weir: exit status 3 of 'seq 5; exit 3'
  'exec:seq 5; exit 3' ! files/x
  ^~~~~~~~~~~~~~~~~~~~
  10 bytes passed; files/x was not created"
expect 1 "$weir" in.log ! exec:'cat >/dev/null; exit 4'
mentions "exit status 4 of 'cat >/dev/null; exit 4'"
holds_only

# ---- words ----

# wrong TEXT WORD...: the words are refused with this text.
wrong() {
    wanted_text=$1
    shift
    expect 2 "$weir" "$@"
    mentions "$wanted_text"
}
expect 2 "$weir" in.log ! tcp:db
complains "weir: 'tcp:db' names no port
  in.log ! tcp:db
           ^~~~~~ tcp:HOST:PORT"
wrong "'tcp:db:' names no port" in.log ! tcp:db:
wrong "'tcp::9000' names no host" in.log ! tcp::9000
wrong "'tcp:db:0' has no number from 1 to 65535 as its port" in.log ! tcp:db:0
wrong "'tcp:db:65536' has no number" in.log ! tcp:db:65536
wrong "'tcp:db:http' has no number" tcp:db:http ! null
wrong "has a host with colons: it stands in brackets, [::1]:80" in.log ! tcp:::1:80
wrong "'tcp-listen:x' has no number" tcp-listen:x ! null
wrong "'unix:' names no file" unix: ! null
wrong "'exec:' names no command" exec: ! null
wrong "is longer than a socket's name may be, 107 bytes" unix:/$(printf %0120d 1) ! null
wrong "tcp: has no option 'tiemout=5s'" in.log ! tcp:db:9,tiemout=5s
mentions "did you mean 'timeout'?"
wrong "'timeout=5' is not a time" in.log ! tcp:db:9,timeout=5
wrong "'timeout' is given twice" in.log ! tcp:db:9,timeout=5s,timeout=6s
wrong "this can only be 'yes', not 'insecure-no-verify=no'" in.log ! tls:db:9,insecure-no-verify=no
wrong "this version knows no 'amqp:' addresses" amqp:host/x ! null
wrong "'max=5' is for who serves many connections" tcp-listen:9,max=5 ! null
wrong "'tcp:a:1' is a sink" in.log ! tcp:a:1 ! gzip

# ---- others at the other end ----

for peer in nc socat; do
    command -v $peer >/dev/null || { echo "not tried: $peer is not installed"; continue; }
    listen "$weir" tcp-listen:127.0.0.1:0 ! files/recv.bin
    if [ $peer = nc ]; then
        nc -N 127.0.0.1 "${address##*:}" <in.log
    else
        socat -u FILE:in.log TCP:"$address"
    fi
    done_with 0
    same in.log files/recv.bin $peer
    listen "$weir" in.log ! tcp-listen:127.0.0.1:0
    if [ $peer = nc ]; then
        nc -d 127.0.0.1 "${address##*:}" >files/got
    else
        socat -u TCP:"$address" - >files/got
    fi
    done_with 0
    same in.log files/got "$peer reads"
done
if command -v socat >/dev/null; then
    socat -u UNIX-LISTEN:files/peer - >files/got &
    pid=$!
    appears files/peer
    expect 0 "$weir" in.log ! unix:files/peer
    wait $pid
    same in.log files/got "socat listens"
fi
