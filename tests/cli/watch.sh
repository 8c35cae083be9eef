#!/bin/bash
# top of a process: watch.sh WEIR SESSION PTY. SESSION is a process that tells what a file holds.
. "$(dirname "$0")/common.sh"
absolute() { case $1 in /*) echo "$1" ;; *) echo "$OLDPWD/$1" ;; esac }
session=$(absolute "$2")
pty=$(absolute "$3")
sessions=$here/sessions
XDG_RUNTIME_DIR=$work/run
export XDG_RUNTIME_DIR
mkdir "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"

# begin FILE MS: starts one that is looked at, and sets $pid.
begin() {
    rm -f told
    "$session" "$sessions/$1.jsonl" "$2" >told &
    soon grep -q . told || fail "it does not start"
    pid=$(head -n 1 told)
}

# over: ends the one that was begun last.
over() {
    kill "$pid"
    wait "$pid" 2>/dev/null
}

run "$weir" top
if [ "$status" -eq 1 ]; then # others may be there in /tmp
    complains "weir: no program of this user can be looked at
  start the program with WEIR_INSPECT=1 in its environment, or let it call weir_inspect_listen()"
fi

begin import 60
expect 0 "$weir" top --once "$pid"
grep -q '^\* then enrich .*  97% .*  808' out || fail "--once: $(cat out)"
grep -q '^stage, last 1.0 s' out || fail "--once is a second: $(head -2 out)"
expect 0 "$weir" top --json "$pid"
same out "$sessions/import.jsonl" "--json of a process"
sed 1d told | sort -u >asked
expect 0 "$weir" top --json --once "$pid"
same out "$sessions/import.jsonl" "--json --once of a process"
[ "$(tail -n 1 told)" = snapshot ] || fail "--json --once asked: $(tail -n 1 told)"
printf 'watch\n' | cmp -s - asked || fail "asked: $(cat asked)"
expect 0 "$weir" top "$pid"
grep -q '^the end: the connection was closed' out || fail "no end: $(tail -1 out)"
[ "$(grep -c '^stage, ' out)" -ge 2 ] || fail "one table: $(cat out)"
grep -q '[[:cntrl:]]' out && fail "escapes where no terminal is"

# In a terminal: drawn, and as before when it is over, however that comes.
clean='\033[?25h\033[?1049l'
"$pty" o 80 "$weir" top "$pid" >typescript 2>/dev/null </dev/null
if [ $? -eq 77 ]; then over; skip "no terminals here"; fi
# drawn NAME: it was, and no more is after the terminal was left but the table.
drawn() {
    grep -qaF "$(printf '\033[?1049h')" typescript || fail "$1: not drawn"
    grep -qaF "$(printf '%b' "$clean")" typescript || { fail "$1: not clean"; tail -c 60 typescript | cat -v; }
}
export TERM=xterm
"$pty" o 80 "$weir" top "$pid" >typescript 2>/dev/null </dev/null
drawn "the end"
tail -n 1 typescript | grep -q 'the connection was closed' || fail "the last table does not stay"
grep -qa "$(printf '\033')\[1;31m" typescript || fail "no colours"
"$pty" o 44 "$weir" top "$pid" >typescript 2>err </dev/null
[ "$(sed -n 's/widest //p' err)" -le 44 ] || fail "wider than 44: $(cat err)"
NO_COLOR=1 "$pty" o 80 "$weir" top "$pid" >typescript 2>/dev/null </dev/null
grep -qa "$(printf '\033')\[[0-9;]*m.*stage" typescript && fail "colours in spite of NO_COLOR"
TERM=dumb "$pty" o 80 "$weir" top "$pid" >typescript 2>/dev/null </dev/null
grep -qa "$(printf '\033')" typescript && fail "escapes in a dumb terminal"
over
begin import 400
# shows TEXT: waits until it is drawn; who types comes behind that.
shows() { soon grep -qa "$1" typescript; }
rm typescript
(shows 'stage, '; printf q) | "$pty" io 80 "$weir" top "$pid" >typescript 2>err
drawn q
tail -c 8 typescript | grep -qaF "$(printf '\033[?1049l')" || fail "q: something is left"
[ "$(sed -n 's/widest //p' err)" -le 80 ] || fail "wider than the terminal: $(cat err)"
rm typescript
(shows 'stage, '; printf '\003') | "$pty" io 80 "$weir" top "$pid" >typescript 2>/dev/null
[ "${PIPESTATUS[1]}" -eq 130 ] || fail "^C: not by the signal"
drawn ^C
rm typescript
(shows 'stage, '; printf '\032'; sleep 0.4; printf q) | "$pty" io 80 "$weir" top "$pid" >typescript 2>/dev/null
drawn ^Z
# Another size is drawn at once: names have less room.
rm typescript
(shows 'busy items/s'; printf x; sleep 0.1; printf q) | "$pty" io 100 /bin/sh -c \
    "(until grep -qa 'busy starved' typescript; do sleep 0.05; done; stty cols 44 </dev/tty) &
    exec '$weir' top $pid" >typescript 2>/dev/null
drawn resize
grep -qa '^.\{0,8\}stage, .* busy starved' typescript || fail "resize: not wide at first"
grep -qa '^.\{0,8\}stage, .* busy items/s' typescript || fail "resize: not narrow then"
over

# Several, and none of them named.
begin import 1
first=$pid
begin proxy 1
second=$pid
run "$weir" top --once
mentions "programs can be looked at: which one of them?"
mentions "process $first (cli_session"
mentions "process $second (cli_session"
[ "$status" -eq 2 ] || fail "several: status $status"
kill "$first" "$second"
wait "$first" "$second" 2>/dev/null

# Who does not talk.
begin import -1
expect 1 "$weir" top "$pid"
mentions "process $pid (cli_session): it said nothing"
over
expect 1 "$weir" top "$pid"
complains "weir: there is no process $pid
  'weir top' without a number finds those that can be looked at"
expect 1 "$weir" top $$
mentions "cannot be looked at"
mentions "WEIR_INSPECT=1"
expect 2 "$weir" top import
mentions "'import' is no process id"

# A socket that nobody is behind, and a directory that others may write to.
: >"$XDG_RUNTIME_DIR/weir/$$.sock"
expect 1 "$weir" top $$
mentions "has a socket, and does not answer there"
begin import 1
chmod 777 "$XDG_RUNTIME_DIR/weir"
run "$weir" top --once "$pid"
mentions "cannot be looked at"
over

# Where sockets may be, and what else stands there.
for name in 0 12x 99999999999 ''; do
    expect 2 "$weir" top "$name"
    mentions "'$name' is no process id"
done
for place in relative "/$(head -c 300 /dev/zero | tr '\0' x)" /nowhere; do
    XDG_RUNTIME_DIR=$place expect 1 "$weir" top $$
    mentions "cannot be looked at"
done
(
    unset XDG_RUNTIME_DIR
    expect 1 "$weir" top $$
    mentions "cannot be looked at"
    [ "$failures" -eq 0 ]
) || fail "without XDG_RUNTIME_DIR"
rm -r "$XDG_RUNTIME_DIR/weir"
: >"$XDG_RUNTIME_DIR/weir" # a file where the directory is looked for
expect 1 "$weir" top $$
mentions "cannot be looked at"
rm "$XDG_RUNTIME_DIR/weir"
mkdir -m 700 "$XDG_RUNTIME_DIR/weir"
touch "$XDG_RUNTIME_DIR"/weir/{x.sock,12.txt,0.sock,99999999999.sock,1.sock,note}
begin import 1
run "$weir" top --once # the only one, or one of several of this user
[ "$status" -ne 0 ] || grep -q '^import, pid ' out || fail "the only one: $(head -1 out)"
mkdir -p -m 700 "$work/$(printf '%090d' 0)/weir"
XDG_RUNTIME_DIR=$work/$(printf '%090d' 0) expect 1 "$weir" top $$
mentions "cannot connect: file name too long"
over

# Of other users: their processes, and who stands in for one of theirs.
[ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null || skip "only root has other users"
chmod 711 "$work" # where the command may be run from
other() { setpriv --reuid 65534 --clear-groups "$@"; }
other "$weir" --version >/dev/null 2>&1 || exit 0
expect 1 other "$weir" top $$
mentions "is of another user (0)"
mentions "look at it as that user"
setpriv --reuid 65534 --clear-groups sleep 60 &
sleeps=$!
is_theirs() { [ "$(stat -c %u "/proc/$1")" -eq 65534 ]; }
soon is_theirs $sleeps || fail "the process of another user is not there"
mkdir -m 700 theirs theirs/weir
"$weir" relay "unix-listen:theirs/weir/$sleeps.sock" exec:cat 2>relay.err &
relay=$!
appears "theirs/weir/$sleeps.sock"
chown 65534 theirs theirs/weir
XDG_RUNTIME_DIR=$work/theirs expect 1 "$weir" top $sleeps
mentions "cannot connect: permission denied"
kill $relay $sleeps
wait $relay $sleeps 2>/dev/null
exit 0
