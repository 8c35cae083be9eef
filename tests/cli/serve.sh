#!/bin/bash
# relay and serve: many connections, each one's failure its own; signals end them in order.
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has no network but its own"

seq 200000 >in.log
mkdir files

# serve NAME COMMAND...: in the background; sets $address and the variable NAME to its process.
serve() {
    name=$1
    shift
    rm -f "$name.err"
    "$weir" "$@" >"$name.out" 2>"$name.err" &
    eval "$name=\$!"
    listening "$name.err"
}
# stops PROCESS SIGNAL: it ends by it.
stops() {
    kill -"$2" "$1"
    wait "$1"
    [ $? -eq $((128 + $(kill -l "$2"))) ] || fail "SIG$2: status"
}

# An echo, and a counter, for several at once.
serve echo serve tcp-listen:127.0.0.1:0 ! -
echo_at=$address
for i in 1 2 3 4 5; do
    "$weir" relay - tcp:$echo_at <in.log >files/$i &
    eval "client$i=\$!"
done
for i in 1 2 3 4 5; do
    eval "wait \$client$i" || fail "client $i"
    same in.log files/$i "echo $i"
done
rm files/*
serve count serve tcp-listen:127.0.0.1:0,max=2 ! lines ! count
for i in 1 2 3; do
    printf '1\n2\n' | "$weir" relay - tcp:$address >files/$i || fail "count $i"
    [ "$(cat files/$i)" = 2 ] || fail "count $i: $(cat files/$i)"
done
rm files/*

# A proxy before the echo; half-close is right: the answer comes after the input's end.
serve proxy relay tcp-listen:127.0.0.1:0,max=500 tcp:$echo_at
expect 0 "$weir" relay - tcp:$address <in.log
same in.log out "through a proxy"
# ... over unix, and to a command.
"$weir" relay unix-listen:files/tr.sock exec:'tr 0-9 a-j' 2>tr.err &
tr=$!
appears files/tr.sock
for _ in 1 2; do
    expect 0 "$weir" relay - unix:files/tr.sock <<'END'
123
END
    prints bcd
done
stops $tr TERM
holds_only

# One connection's failure is told, and harms no other.
serve gunzip serve tcp-listen:127.0.0.1:0 ! gunzip ! -
echo "no gzip" | "$weir" relay - tcp:$address >/dev/null 2>&1
gzip -c in.log | "$weir" relay - tcp:$address >files/out || fail "another connection"
same in.log files/out
grep -q "this is no gzip data" gunzip.err || fail "it is not told: $(cat gunzip.err)"
rm files/out
stops $gunzip HUP

# Nobody is there: the near side is reset, the proxy goes on.
serve dead relay tcp-listen:127.0.0.1:0 tcp:127.0.0.1:1
expect 1 "$weir" relay - tcp:$address <in.log
expect 1 "$weir" relay - tcp:$address <in.log
grep -q "127.0.0.1:1: cannot connect: connection refused" dead.err ||
    fail "a relay to nobody: $(cat dead.err)"
kill -0 $dead || fail "it did not go on"
stops $dead TERM

# Who is still is given up, where that was said, and it is told who it was.
serve still relay tcp-listen:127.0.0.1:0 tcp:$echo_at still=200ms
mkfifo quiet
exec 6<>quiet
echo first >&6
expect 1 "$weir" relay - tcp:$address <quiet
exec 6>&-
soon grep -q "127.0.0.1:[0-9]*: nothing moved in either direction for 200 ms" still.err ||
    fail "a relay that is still: $(cat still.err)"
stops $still TERM
rm quiet

# Standard input and whoever comes first, as nc -l.
echo hello | "$weir" relay tcp-listen:127.0.0.1:0 - >files/got 2>nc.err &
nc=$!
listening nc.err
echo world | "$weir" relay - tcp:$address >files/came
wait $nc || fail "relay with -"
[ "$(cat files/got files/came)" = "world
hello" ] || fail "relay with -: $(cat files/got files/came)"
rm files/*

# Stopped while a client is served: it has its time, a second signal ends it.
exec 5<> <(:)
mkfifo slow
exec 5<>slow
(exec 5>&-; exec "$weir" relay - tcp:$echo_at <slow >files/slow 2>&1) &
client=$!
echo first >&5
soon [ -s files/slow ] || fail "a client is not served"
kill -TERM $echo
sleep 0.2
kill -0 $echo || fail "it did not wait for a connection"
echo second >&5
exec 5>&-
wait $client || fail "a client was cut: $(cat files/slow)"
[ "$(cat files/slow)" = "first
second" ] || fail "what a client got: $(cat files/slow)"
wait $echo
[ $? -eq 143 ] || fail "its status after that"
stops $count TERM
stops $proxy HUP
rm files/*

# An address that is in use.
serve first serve tcp-listen:127.0.0.1:0 ! -
expect 1 "$weir" serve tcp-listen:$address ! -
mentions "$address: "
mentions "in use"
mentions "^~~~"
stops $first TERM

# Stopped while a client stays: it is cut, which is told; those that ended in time are not.
serve stays serve tcp-listen:127.0.0.1:0 ! -
exec 6<>"/dev/tcp/127.0.0.1/${address##*:}" 7<>"/dev/tcp/127.0.0.1/${address##*:}"
echo hello >&6 && read -r -t 10 said <&6 && [ "$said" = hello ] || fail "a client that stays is not served"
echo hello >&7 && read -r -t 10 said <&7 && [ "$said" = hello ] || fail "a client that goes is not served"
exec 7>&- 7<&-
sleep 0.2
kill -TERM $stays
wait $stays
[ $? -eq 143 ] || fail "its status, with a client that stays"
exec 6>&- 6<&-
grep -q "^weir: 1 connection was cut: not over 4 s after the signal$" stays.err ||
    fail "a client that was cut is not told: $(cat stays.err)"

# Two of one address; the third is refused at once, and there is room when one of them has gone.
serve peers serve tcp-listen:127.0.0.1:0,peer-max=2 ! -
# asks N: one more connection, as descriptor N; it is answered.
asks() {
    eval "exec $1<>/dev/tcp/127.0.0.1/${address##*:}" && echo hello >&"$1" &&
        read -r -t 10 said <&"$1" && [ "$said" = hello ]
}
asks 6 && asks 7 || fail "peer-max=2: the first two"
asks 8 2>/dev/null && fail "peer-max=2: a third was served"
exec 7>&- 7<&- 8>&- 8<&-
soon asks 7 || fail "peer-max=2: nobody is served any more"
exec 6>&- 6<&- 7>&- 7<&-
stops $peers TERM
grep -q "refused: .* address had 2 already$" peers.err || fail "peer-max=2 is not told: $(cat peers.err)"

# The plan, opening nothing.
expect 0 "$weir" explain serve tcp-listen:7,max=5 ! lines ! count
grep -q '^for each connection; 5 of them at once: ' out || fail "explain serve"
expect 0 "$weir" explain serve tcp-listen:7,peer-max=2 ! lines ! count
grep -q '^for each connection; 1000 of them at once, 2 of one address: ' out || fail "explain peer-max="

# ---- words ----

expect 2 "$weir" serve tcp:1.2.3.4:5 ! -
complains "weir: 'tcp:1.2.3.4:5' does not listen
  tcp:1.2.3.4:5 ! -
  ^~~~~~~~~~~~~ tcp-listen:PORT, unix-listen:PATH or http:PORT"
expect 2 "$weir" serve tcp-listen:9 x ! -
complains "weir: 'x' stands behind what is listened to
  tcp-listen:9 x ! -
               ^ put '!' before it"
expect 2 "$weir" serve tcp-listen:9 ! - + in.log ! -
complains "weir: one chain is run for a connection
  tcp-listen:9 ! - + in.log ! -
                     ^~~~~~ another serve, at another address"
expect 2 "$weir" serve tcp-listen:9,max=0 ! -
mentions "0 is outside 1 to 1000000"
expect 2 "$weir" serve tcp-listen:9,peer-max=0 ! -
mentions "0 is outside 1 to 1000000"
expect 2 "$weir" serve unix-listen:s,peer-max=5 ! -
expect 2 "$weir" tcp-listen:9,peer-max=5 ! null
mentions "'peer-max=5' is for who serves many connections"
expect 2 "$weir" serve tcp-listen:9 ! count
mentions "'count' takes lines, 'tcp-listen:9' gives bytes"
expect 2 "$weir" serve
mentions "'serve' takes an address"
expect 2 "$weir" relay a
complains "weir: 'relay' takes two addresses
  a
  ^ weir relay ADDRESS ADDRESS [idle=TIME] [still=TIME]"
expect 2 "$weir" relay
expect 2 "$weir" relay foo -
mentions "'foo' is no address"
expect 2 "$weir" relay ./x -
complains "weir: './x' goes one way only
  ./x -
  ^~~ a pipeline reads and writes files"
expect 2 "$weir" relay tcp:h:1 tcp-listen:9
complains "weir: 'tcp-listen:9' listens, and stands behind
  tcp:h:1 tcp-listen:9
          ^~~~~~~~~~~~ put it in front"
expect 2 "$weir" relay tcp:h:1 tcp:g:1 idel=5s
mentions "did you mean 'idle'?"

# ---- others at the other end ----

for peer in nc socat; do
    command -v $peer >/dev/null || { echo "not tried: $peer is not installed"; continue; }
    serve other serve tcp-listen:127.0.0.1:0 ! lines ! count
    if [ $peer = nc ]; then
        nc -N 127.0.0.1 "${address##*:}" <in.log >files/n
    else
        socat -t5 - TCP:"$address" <in.log >files/n
    fi
    [ "$(cat files/n)" = 200000 ] || fail "$peer: $(cat files/n)"
    stops $other TERM
done
[ ! -e files/n ] || holds_only n
