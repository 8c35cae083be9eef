#!/bin/bash
# profile and tap: profile.sh WEIR SESSION. SESSION is a process that tells what a file holds.
. "$(dirname "$0")/common.sh"
case $2 in /*) session=$2 ;; *) session=$OLDPWD/$2 ;; esac
sessions=$here/sessions
XDG_RUNTIME_DIR=$work/run
export XDG_RUNTIME_DIR
mkdir "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"

# What was found, and the exit code of the command.
for of in import proxy hostile bare brief needless fibers; do
    expect 7 "$weir" profile "$session" "$sessions/$of.jsonl" 10 7
    sed "1s/.*: it ran for [0-9.]* s/it ran/" err >told
    [ -z "$UPDATE" ] || cp told "$here/golden/profile/$of"
    same told "$here/golden/profile/$of"
    [ "$(sed -n 2p out)" = watch ] || fail "asked: $(cat out)"
    LC_ALL=C grep -q '[[:cntrl:]]' err && fail "$of: a control character is let through"
done
# It is found behind a shell too.
expect 5 "$weir" profile sh -c "'$session' '$sessions/import.jsonl' 10 3; exit 5"
mentions "profile of 'sh': it ran for "
mentions "  1  import.c:47 in main: then enrich was busy 97%; 3232 items, 1.2 ms each"

# Of a run that was over before there were two rows all that it did is told.
sed '/"rows"/{
    x
    s/^/x/
    /^x$/!{
        x
        d
    }
    x
}' "$sessions/import.jsonl" >short.jsonl
expect 0 "$weir" profile "$session" short.jsonl 10 0
mentions "
stage, 0.250 s in all "
mentions "  1  import.c:47 in main: then enrich was busy 97%; 202 items, 1.2 ms each"
sed '/"rows"/d' "$sessions/import.jsonl" >none.jsonl
expect 0 "$weir" profile "$session" none.jsonl 10 0
mentions ", before it could be looked at: nothing is known of it"

# This command is one that can be looked at, and so is what runs it.
if [ "${WEIR_DRIVER:-}" != sim ]; then
    expect 0 "$weir" profile "$weir" random 20M ! gzip level=9 ! gunzip ! null
    mentions "spawn points, those that limit first:
  1  the run itself: gzip was busy "
    grep -q '^\* gzip  *#' err || { fail "gzip limits"; cat err; }
    mentions "the end: the program ended"
fi

# What cannot be looked at is told once, and its exit code is passed on.
for _ in $(seq 20); do # until it ended within a second, which decides what is told
    expect 3 "$weir" profile sh -c 'exit 3'
    grep -q "^weir: 'sh' ended after 0" err && break
done
mentions "weir: 'sh' ended after "
mentions "before it could be looked at: nothing is known of it"
expect 4 "$weir" profile sh -c 'echo out; sleep 1.1; exit 4'
prints out
complains "weir: 'sh' could not be looked at: it does not seem to use weir
  it has to be linked with the shared library, or to call weir_inspect_listen()"
expect 143 "$weir" profile sh -c 'kill $$; sleep 5'
expect 127 "$weir" profile no-such-command
complains "weir: profile: cannot run 'no-such-command': no such file or directory
  a program of this directory is written ./NAME"
expect 126 "$weir" profile /
expect 2 "$weir" profile
complains "weir: 'profile' takes a command
  usage: weir profile COMMAND [ARGUMENT]..."
expect 1 "$weir" profile "$session" "$sessions/import.jsonl" -1 1
mentions "it said nothing"

# A signal for it alone reaches the command.
"$weir" profile sh -c 'trap "exit 9" TERM; : >trapped; while :; do sleep 0.1; done' 2>err &
soon [ -e trapped ] || fail "the command does not begin"
kill "$!"
wait "$!"
[ "$?" -eq 9 ] || fail "SIGTERM was not passed on"

# tap: the items of one stage.
# begin FILE: starts one that is looked at, and sets $pid.
begin() {
    rm -f told
    "$session" "$1" 20 >told &
    soon grep -q . told || fail "it does not start"
    pid=$(head -n 1 told)
}
over() {
    kill "$pid"
    wait "$pid" 2>/dev/null
}
{
    grep -v '"rows"\|"end"' "$sessions/proxy.jsonl"
    echo '{"t":"done","of":"snapshot"}'
    echo '{"t":"tap","id":1,"at_ns":1,"item":"{name: \"a\"}","dropped":0}'
    echo '{"t":"tap","id":0,"at_ns":1,"item":"of another stage","dropped":0}'
    echo '{"t":"tap","id":1,"at_ns":2,"item":"\u001b[31mred\u202e\n","dropped":17}'
    echo '{"t":"tap","id":1,"at_ns":3,"item":"last","dropped":19}'
    echo '{"t":"done","of":"tap"}'
} >items.jsonl
begin items.jsonl
for stage in 1 forward par_then 'par_then forward'; do
    expect 0 "$weir" tap "$pid" "$stage"
    prints '{name: "a"}
\x1b[31mred\xe2\x80\xae\x0a
last'
    complains "weir: 19 items passed and were not shown"
done
expect 0 "$weir" tap "$pid" forward 2
[ "$(wc -l <out)" -eq 2 ] || fail "two items: $(cat out)"
expect 2 "$weir" tap "$pid" forwards
complains "weir: process $pid (cli_session) has no stage 'forwards'
  these are there:
     0  receive (proxy.c:88)
     1  par_then forward (proxy.c:88)
     2  zip (proxy.c:88)
     3  interval (proxy.c:88)
     4  listen (src/deep/below/the/tree/listen.c:1204)
     5  spawn_each (src/deep/below/the/tree/listen.c:1204)"
expect 2 "$weir" tap "$pid" 77
expect 2 "$weir" tap "$pid" forward 0
expect 2 "$weir" tap "$pid"
mentions "usage: weir tap PID STAGE [N]"
over
sed 's/"id":3,"place"/"id":3,"place":"b.c:2","was"/; s/interval/zip/' items.jsonl >twice.jsonl
begin twice.jsonl
expect 2 "$weir" tap "$pid" zip
complains "weir: process $pid (cli_session) has several stages called 'zip'
  one of these numbers says which:
     2  zip (proxy.c:88)
     3  zip (b.c:2)"
over
# Ids with nothing between them, the stages' names one in another, and an end before all was shown.
{
    echo '{"t":"hello","v":1,"pid":1,"program":"odd","workers":1,"tap":true,"at_ns":0}'
    echo '{"t":"stage","id":1,"place":"a.c:1","stage":"map","function":"mapper","index":0}'
    echo '{"t":"stage","id":5,"place":"a.c:1","stage":"mapper","function":null,"index":1}'
    echo '{"t":"done","of":"snapshot"}'
    echo '{"t":"tap","id":1,"at_ns":1,"item":"one","dropped":0}'
    echo '{"t":"tap","at_ns":1,"item":"of nobody","dropped":0}'
    echo '{"t":"tap","id":1,'
    echo '{"t":"rows","at_ns":2,"rows":[]}'
    echo '{"t":"end","reason":"the program ended"}'
    echo '{"t":"tap","id":1,"at_ns":3,"item":"too late","dropped":0}'
} >odd.jsonl
begin odd.jsonl
expect 0 "$weir" tap "$pid" map
prints one
for stage in 0 3 99 ma apper '' 'map mapper x'; do
    expect 2 "$weir" tap "$pid" "$stage"
    mentions "has no stage '$stage'"
    mentions "     5  mapper (a.c:1)"
done
expect 2 "$weir" tap "$pid" mapper
mentions "has several stages called 'mapper'"
expect 2 "$weir" tap "$pid" map 1 2
mentions "'tap' takes a process, a stage, and a number of items"
expect 2 "$weir" tap "$pid" map x
run sh -c "exec '$weir' tap $pid map >/dev/full"
[ "$status" -eq 1 ] || fail "a full disk: status $status"
mentions "standard output: cannot write: no space left on device"
over
expect 1 "$weir" tap "$pid" map
mentions "there is no process $pid"
expect 2 "$weir" tap here map
mentions "'here' is no process id"
sed 's/"tap":true/"tap":false/' items.jsonl >closed.jsonl
begin closed.jsonl
expect 1 "$weir" tap "$pid" forward
complains "weir: process $pid (cli_session) does not show its items
  start it with WEIR_INSPECT_TAP=1, or set .tap of weir_inspect_options"
over
sed '/"tap","id"/d; s/.*"of":"tap".*/{"t":"error","of":"tap","text":"there is no stage 1"}/' items.jsonl >refused.jsonl
begin refused.jsonl
expect 1 "$weir" tap "$pid" forward
complains "weir: process $pid (cli_session): there is no stage 1"
over

# And of a program as it is: this one.
if [ "${WEIR_DRIVER:-}" != sim ]; then
    yes hello | WEIR_INSPECT=1 WEIR_INSPECT_TAP=1 "$weir" - ! lines ! skip 3 ! - >/dev/null &
    running=$!
    appears "$XDG_RUNTIME_DIR/weir/$running.sock"
    expect 0 timeout 20 "$weir" tap "$running" lines 2
    prints 'hello
hello'
    expect 0 timeout 20 "$weir" top --once "$running"
    grep -q '^weir, pid .*worker' out || fail "top of it: $(cat out)"
    grep -q '^\* limits the others: ' out || fail "what limits it: $(cat out)"
    kill "$running"
    wait "$running" 2>/dev/null
fi
exit 0
