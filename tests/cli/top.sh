#!/bin/bash
# top: sessions that were kept, as tables that were agreed on: golden/top/SESSION-COLUMNS. With
# UPDATE=1 they are written anew.
. "$(dirname "$0")/common.sh"
golden=$here/golden/top
sessions=$here/sessions

# bare and brief say no more than they must.
for session in import proxy hostile bare brief fibers; do
    for columns in 120 80 60 40; do
        expect 0 env COLUMNS="$columns" "$weir" top --once --replay "$sessions/$session.jsonl"
        [ -s err ] && fail "$session: $(cat err)"
        [ -z "$UPDATE" ] || cp out "$golden/$session-$columns"
        same out "$golden/$session-$columns"
        LC_ALL=C grep -q '[[:cntrl:]]' out && fail "$session: a control character is let through"
    done
done
expect 0 env COLUMNS=7 "$weir" top --once --replay "$sessions/import.jsonl"
same out "$golden/import-40" "narrower than the least"
expect 0 env COLUMNS=nothing "$weir" top --replay="$sessions/import.jsonl"
same out "$golden/import-80" "no columns"

# Sessions as the library has told them.
for session in "$here"/../inspect/sessions/*.jsonl; do
    [ -e "$session" ] || continue
    expect 0 "$weir" top --once --replay "$session"
    grep -q 'not understood' out && fail "$session: $(cat out)"
    case $session in
    */slow_map.jsonl) grep -q '^\* limits the others: map ' out || fail "$session: $(cat out)" ;;
    esac
done

# What is passed on is what was said, but for what is no JSON.
expect 0 "$weir" top --json --replay "$sessions/import.jsonl"
same out "$sessions/import.jsonl" --json
expect 0 "$weir" top --json --replay "$sessions/hostile.jsonl"
grep -q 'not json' out && fail "--json passes on what is no JSON"

# Cut anywhere, it is told what there is.
for bytes in 400 1000 5000 9999; do
    head -c "$bytes" "$sessions/import.jsonl" >cut
    expect 0 "$weir" top --once --replay cut
    grep -q '^1 line was not understood' out || fail "cut at $bytes: no word of it"
done
# What is JSON and what is none; numbers that are none of these are as if they were not said.
while IFS= read -r line; do
    { printf '%s\n' "$line"; cat "$sessions/bare.jsonl"; } >one
    expect 0 "$weir" top --once --replay one
    grep -q 'not understood' out && fail "no JSON: $line"
done <<'END'
{"a":1e5,"b":-0.5E+3,"c":0,"d":2e-7}
{ "t" :	"rows" , "rows" : [ { } , [ ] , 7 , "x" ] , "at_ns" : -1 }
{"t":"hello","pid":18446744073709551616,"workers":-1}
{"t":"hello","pid":1.5,"v":"1"}
{"t":"advice","gain":-2,"low":"x","high":1e999,"more":123456789012345678901234567890123456789012345}
{"t":"nothing","a":"\ud83d\ude00 \ud83d \ud83dx \ud83d\u0041 \ude00 \u0000 \uFFFF \\ \/ \n\r"}
{"t":"nothing","a":"\ud83d\n \ud83d\\u \uaFfA \u0aF9"}
{"t":"advice","gain":true,"low":1234567890123456789012345678901234567890123456789012345678901234567890,"high":-1}
{"t":"machine","cores":2,"usable":false,"pressure":-0.5,"from":7}
{"t":["hello"],"v":{}}
{"t":"stage","id":3,"place":true,"stage":["a"],"unit":"bytesbytes"}
{"t":"rows","rows":{"a":{"id":0,"queue":{"b":1},"items":"7"}}}
{"t":"x","a":"\uAbCF\uDBFF\uDFFF\uD800\uE000 \uDC00\ud83d\ud83d","n":[1E5,-0,1.5e-3,1e+2]}
END
while IFS= read -r line; do
    { printf '%s\n' "$line"; cat "$sessions/bare.jsonl"; } >one
    expect 0 "$weir" top --once --replay one
    grep -q '^1 line was not understood' out || fail "JSON: $line"
done <<'END'
{"a":01}
{"a":1.}
{"a":-}
{"a":1e}
{"a":"\x"}
{"a":"\u12g4"}
{"a":"\u12G4"}
{"a":"\u12:4"}
{"a":"\u12-4"}
{"a":"\u12`4"}
{"a":1e+}
{"a":.5}
{"a":"	"}
[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
{"a":"\u12
{"a":"\
{"a":tru}
{"a":[1,]}
{"a" 1}
{"a":1
{a:1}
{} {}
[1]
"
END
printf '{"a":"\\\0"}\n{"t":"x",\r\n' | cat - "$sessions/bare.jsonl" >one
expect 0 "$weir" top --once --replay one
grep -q '^2 lines were not understood' out || fail "a NUL, and a line that ends in CR: $(tail -1 out)"
head -n 3 "$sessions/import.jsonl" >early
expect 0 "$weir" top --once --replay early
grep -q '^no rows were told yet' out || fail "no rows"

# What is no session.
expect 1 "$weir" top --once --replay missing
complains "weir: missing: cannot read: no such file or directory"
echo 'a,b' >a.csv
expect 1 "$weir" top --once --replay a.csv
complains "weir: a.csv: of 1 line none says hello
  'weir top --json PID' prints a session"
echo '{"t":"hello","v":7}' >later
expect 1 "$weir" top --once --replay later
complains "weir: later: it speaks version 7, and version 1 is known here
  take the 'weir' that belongs to its library"
echo '{"t":"busy","text":"8 clients watch already, which is the most"}' >busy
expect 1 "$weir" top --once --replay busy
complains "weir: busy: 8 clients watch already, which is the most"

# The command line.
expect 2 "$weir" top --onec
complains "weir: 'top' has no option '--onec'
  did you mean '--once'?"
expect 2 "$weir" top --replay
mentions "'--replay' takes a file"
expect 2 "$weir" top --replay=
mentions "'--replay' takes a file"
expect 2 "$weir" top -x
complains "weir: 'top' has no option '-x'
  usage: weir top [--once] [--json] [PID], or weir top --replay FILE"
expect 2 "$weir" top 1 2
mentions "'top' looks at one process"
expect 2 "$weir" top --replay later 1
mentions "'--replay' reads a file, and no process"

# A program that may be stuck is looked at until it is known, and no longer. It speaks for itself.
cat >says.sh <<'SAYS'
rows() { printf '{"t":"rows","at_ns":%s00000000%s,"rows":[]}\n' "$1" "$2"; }
printf '{"t":"hello","v":1,"pid":1,"program":"p","workers":1,"at_ns":0,"began_ns":0}\n'
printf '{"t":"stage","id":0,"place":null,"stage":"map","index":0,"rt":1}\n'
for at in 1 4 7 10 13; do
    rows $at "$doubt"
    sleep 0.1
done
sleep 1 # who doubts nothing has gone by then
rows 16 ""
printf '{"t":"running","worker":0,"id":0,"stage":"map","for_ns":2000000000}\n'
sleep 0.1
rows 19 ""
sleep 1
SAYS
XDG_RUNTIME_DIR=$PWD/xdg
export XDG_RUNTIME_DIR
mkdir -p -m 700 xdg xdg/weir
chmod 700 xdg/weir
for doubt in ',"same_ns":600000000' ''; do
    export doubt
    "$weir" relay "unix-listen:xdg/weir/$$.sock" exec:'sh says.sh' 2>relay.err &
    relay=$!
    appears "xdg/weir/$$.sock"
    expect 0 timeout 20 "$weir" top --once $$
    if [ "$doubt" ]; then
        grep -q '^! worker 0 is in map' out || fail "what is stuck is not named: $(cat out err relay.err)"
    else
        grep -q '^! worker 0 is in map' out && fail "it waits for what nobody doubts"
    fi
    kill $relay
    wait $relay
    rm -f "xdg/weir/$$.sock"
done
