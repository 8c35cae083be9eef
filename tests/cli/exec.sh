#!/bin/bash
# exec and par: a command for each item, what they wrote, what they came to, the log; bytes through a
# command. bash, since a job of a plain sh runs with SIGINT ignored.
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has no commands"

# ---- what stands for the item ----

printf '%s\n' img/a.raw plain .hidden /x/y.tar.gz 'two words' 'it'\''s $HOME' '' >items
expect 0 "$weir" items ! lines ! exec 'printf "[%s]" {} {.} {/} {//} {/.} {#} x{}y{#}'
printf '%s' '[img/a.raw][img/a][a.raw][img][a][1][ximg/a.rawy1]' \
    '[plain][plain][plain][.][plain][2][xplainy2]' \
    '[.hidden][][.hidden][.][][3][x.hiddeny3]' \
    '[/x/y.tar.gz][/x/y.tar][y.tar.gz][/x][y.tar][4][x/x/y.tar.gzy4]' \
    '[two words][two words][two words][.][two words][5][xtwo wordsy5]' \
    '[it'\''s $HOME][it'\''s $HOME][it'\''s $HOME][.][it'\''s $HOME][6][xit'\''s $HOMEy6]' \
    '[][][][.][][7][xy7]' >wanted
same out wanted "places for the item"
expect 0 "$weir" seq 2 ! exec "printf '%s|' 'a b' \"c 'd' \\\"e\" f\\ g '' \"\"h\\\\"
printf '%s' "a b|c 'd' \"e|f g||h\\|1|a b|c 'd' \"e|f g||h\\|2|" >wanted
same out wanted quotes
expect 0 "$weir" seq 2 ! exec echo
prints '1
2'
printf 'a\000b\n' >nul
expect 1 "$weir" nul ! lines ! exec echo
mentions 'a line with a NUL byte can be no argument'
head -c 200000 /dev/zero | tr '\0' x >long
expect 1 "$weir" long ! lines ! exec echo
mentions 'its command would be longer than 128 KiB'
expect 1 "$weir" seq 50000 ! batch 50000 ! exec 'wc -l'
complains "weir: exec: record 1: its command would be longer than 128 KiB
  seq 50000 ! batch 50000 ! exec 'wc -l'
                            ^~~~~~~~~~~~ 'to lines' in front of it: then it reads them"
expect 0 "$weir" seq 50000 ! batch 50000 ! to lines ! exec 'wc -l'
prints 50000

# Of a batch: an argument for each line.
expect 0 "$weir" seq 5 ! batch 2 ! exec 'echo + {} {} -{#}'
prints '+ 1 2 1 2 -1
+ 3 4 3 4 -2
+ 5 5 -3'
expect 2 "$weir" seq 5 ! batch 2 ! exec 'echo x{}'
complains "weir: a batch is several arguments, and 'echo x{}' wants it within one
  seq 5 ! batch 2 ! exec 'echo x{}'
                         ^~~~~~~~~~ {} as an argument of its own"

# ---- what comes out ----

# Whole, never interleaved, however many run.
expect 0 "$weir" seq 20 ! par 8 exec 'sh -c "for i in 1 2 3 4 5 6 7 8; do echo {} \$i; done"'
[ "$(uniq -c <(cut -d ' ' -f 1 out) | awk '$1 != 8' | wc -l)" -eq 0 ] || fail "outputs are mixed"
sort -n -k 1,1 -k 2,2 out >sorted
for n in $(seq 20); do for i in 1 2 3 4 5 6 7 8; do echo "$n $i"; done; done >wanted
same sorted wanted "all outputs"
# In order, though the first ones take longest.
expect 0 "$weir" seq 6 ! par 6 keep-order exec 'sh -c "sleep 0.\$((6 - {})); echo {}"'
seq 6 >wanted
same out wanted keep-order
expect 0 "$weir" seq 3 ! par keep-order 3 exec 'sh -c "sleep 0.\$((3 - {})); echo {}"'
seq 3 >wanted
same out wanted "keep-order in front"
cat >last_first <<'END'
before=go$(($1 + 1)) # whoever is to come first, until it was waited for
until [ "$1" -eq 3 ] || { [ -s $before ] && [ ! -e /proc/$(cat $before) ]; }; do sleep 0.05; done
echo $1
echo $$ >go$1
END
expect 0 "$weir" seq 3 ! par 3 exec 'sh last_first {}'
prints '3
2
1'
# As many at once as was said, and never more.
mkdir run
cat >meet <<'END'
: >run/$$
for _ in $(seq 200); do # the first three wait for each other
    [ ! -e met ] && [ "$(ls run | wc -l)" -lt 3 ] || break
    sleep 0.05
done
: >met
ls run | wc -l >>seen
sleep 0.1
rm run/$$
END
expect 0 "$weir" seq 12 ! par 3 exec 'sh meet {}'
[ "$(sort -n seen | tail -1)" -eq 3 ] || fail "there were $(sort -n seen | tail -1) at once, not 3"
# Large ones, and what does not end in a newline.
expect 0 "$weir" seq 3 ! exec 'sh -c "seq 1 150000 | head -c 900000"' ! ./large
for _ in 1 2 3; do seq 1 150000 | head -c 900000; done >wanted
same large wanted "large outputs"
expect 0 "$weir" seq 3 ! exec 'sh -c "seq 1 150000 | head -c 900000"' ! to lines ! lines ! count
prints "$(($(wc -l <wanted) + 1))"
expect 0 "$weir" seq 2 ! exec 'printf "a\r\nb\n\nc"' ! unbatch
printf 'a\nb\n\nc1\na\nb\n\nc2\n' >wanted
expect 0 "$weir" seq 2 ! exec 'printf "a\r\nb\n\nc%s" {}' ! unbatch
same out wanted "the lines of what was written"
expect 1 "$weir" seq 2 ! exec 'seq {}000' max=1K ! ./none
mentions "seq 1000 wrote more than 1024 bytes"
expect 1 "$weir" seq 2 ! exec 'sh -c "seq 300000"' ! ./none
mentions "wrote more than 1048576 bytes"
[ ! -e none ] || fail "a file of a chain that failed"
expect 0 "$weir" seq 2 ! exec 'sh -c "seq 300000"' max=2M ! unbatch ! count
prints 600000
# They have no input, and print's lines cannot steer a terminal.
expect 0 "$weir" seq 1 ! exec 'sh -c cat' <items
[ ! -s out ] || fail "a command has an input"
expect 0 "$weir" seq 1 ! exec 'printf "\033[31m\001\n\tx"' ! print
sed 's/[0-9]*\.[0-9]* s/T s/; s/  */ /g' out >plain
printf 'ok T s 1\n \\x1b[31m\\x01\n \tx\n' >wanted
same plain wanted print
expect 0 "$weir" seq 5 ! exec echo ! take 2
prints '1
2'
expect 0 "$weir" seq 5 ! exec true ! count
prints 5
expect 0 "$weir" glob '/nothing/*' ! par 4 exec 'echo {}' ! print
[ ! -s out ] || fail "there was nothing to do"

# Line 14 of the design, as it stands there.
mkdir img bin
printf '#!/bin/sh\ncp "$1" "$2"\n' >bin/convert
chmod +x bin/convert
for i in 1 2 3 4 5 6 7 8 9; do echo $i >img/$i.raw; done
PATH=$PWD/bin:$PATH expect 0 "$weir" glob 'img/*.raw' ! par 4 exec 'convert {} {.}.png' ! print
[ "$(sed 's/[0-9]*\.[0-9]* s/T s/; s/  */ /g' out | sort | tail -1)" = 'ok T s img/9.raw' ] ||
    fail "line 14: $(tail -1 out)"
for i in 1 2 3 4 5 6 7 8 9; do same img/$i.raw img/$i.png; done

# ---- those that fail ----

expect 1 "$weir" seq 0 3 ! exec 'sh -c "echo {}; exit {}"' ! ./none
complains "weir: exec: 3 of 4 commands failed; sh -c 'echo 1; exit 1': exit status 1
  seq 0 3 ! exec 'sh -c \"echo {}; exit {}\"' ! ./none
            ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ on-error=skip leaves out those that fail
  4 results passed; ./none was not created"
expect 1 "$weir" seq 0 3 ! exec 'sh -c "echo {}; exit {}"'
prints '0
1
2
3'
expect 3 "$weir" seq 0 3 ! par 2 keep-order exec 'sh -c "echo {}; exit {}"' on-error=skip ! ./some
complains 'weir: 3 of 4 commands failed, and were left out'
[ "$(cat some)" = 0 ] || fail "what did not fail is not all"
expect 0 "$weir" seq 3 ! exec true on-error=skip
expect 1 "$weir" seq 0 9 ! exec 'sh -c "echo {} >>ran; exit {}"' on-error=stop
[ "$(cat ran)" = "$(printf '0\n1')" ] || fail "on-error=stop ran on: $(cat ran)"
expect 1 "$weir" seq 1 ! exec 'sh -c "kill -9 \$\$"' ! print
mentions 'SIGKILL'
grep -q '^SIGKILL  *[0-9.]* s  1$' out || fail "print of a signal: $(cat out)"
expect 1 "$weir" seq 3 ! exec ./nothing-here
complains "weir: exec: ./nothing-here: cannot start: no such file or directory
  seq 3 ! exec ./nothing-here
          ^~~~~~~~~~~~~~~~~~~ look whether the path is right"
expect 3 "$weir" seq 3 ! exec ./nothing-here on-error=skip
mentions '3 of 3 commands failed'
expect 2 "$weir" seq 3 ! exec x on-error=ship
complains "weir: this can only be 'skip' or 'stop', not 'ship'
  seq 3 ! exec x on-error=ship
                 ^~~~~~~~~~~~~ one of the two"

# ---- the log ----

expect 1 "$weir" seq 0 3 ! exec 'sh -c "echo {}; exit {}" "it'\''s"' log=log ! null
head -1 log >out
prints "$(printf 'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand')"
awk -F '\t' 'NR > 1 { print $1, $2, $5, $6, $7, $8, $9; if ($3 < 1e9 || $4 + 0 < 0) print "time" }' log >out
prints "1 : 0 2 0 0 sh -c 'echo 0; exit 0' 'it'\\''s'
2 : 0 2 1 0 sh -c 'echo 1; exit 1' 'it'\\''s'
3 : 0 2 2 0 sh -c 'echo 2; exit 2' 'it'\\''s'
4 : 0 2 3 0 sh -c 'echo 3; exit 3' 'it'\\''s'"
# What is done is left out; what failed, and what is new, runs. A row that was cut counts for nothing.
printf '%s\n' 'echo a' >first
printf '%s\n' a b c >some.txt
expect 0 "$weir" some.txt ! lines ! take 2 ! exec 'sh -c "echo {} >>did; echo {}"' log=log
printf '3\t:\t1\t0.1\t0\t0\t0\t0\tsh -c '\''echo c >>did; ec' >>log
expect 0 "$weir" some.txt ! lines ! par 2 exec 'sh -c "echo {} >>did; echo {}"' log=log resume
prints c
[ "$(cat did)" = "$(printf 'a\nb\nc')" ] || fail "resume did $(cat did)"
expect 0 "$weir" some.txt ! lines ! exec 'sh -c "echo {} >>did; echo {}"' log=log resume ! print
[ ! -s out ] || fail "resume did again: $(cat out)"
[ "$(grep -c Seq log)" -eq 1 ] || fail "two headers"
expect 0 "$weir" some.txt ! lines ! exec 'true {}' log=new resume
[ "$(wc -l <new)" -eq 4 ] || fail "resume without a log: $(cat new)"
expect 0 "$weir" some.txt ! lines ! exec 'true {}' log=new
[ "$(wc -l <new)" -eq 4 ] || fail "a log is not begun anew: $(cat new)"
expect 1 "$weir" some.txt ! lines ! exec 'true {}' log=no/log
mentions "cannot open 'no/log': no such file or directory"
expect 2 "$weir" some.txt ! lines ! exec 'true {}' resume
complains "weir: 'resume' goes on behind the rows of a log
  some.txt ! lines ! exec 'true {}' resume
                                    ^~~~~~ log=FILE"
expect 1 "$weir" some.txt ! lines ! exec true log=/dev/full
mentions "cannot open '/dev/full'" # its header is written then
if command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q '^GNU'; then
    parallel --joblog theirs 'exit {}' ::: 0 1 2>/dev/null
    expect 1 "$weir" seq 0 1 ! exec 'sh -c "exit {}"' log=ours
    head -1 theirs >wanted
    head -1 ours >out
    same out wanted "GNU parallel's header"
fi

# ---- bytes ----

seq 200000 >in
expect 0 "$weir" in ! exec 'sort -rn' ! ./out.txt
sort -rn in >wanted
same out.txt wanted "through sort"
expect 0 "$weir" in ! exec cat ! gzip ! exec 'gzip -dc' ! exec cat ! lines ! exec 'echo {}' ! take 1
prints 1
expect 0 "$weir" in ! exec 'head -n 2'
prints '1
2'
expect 1 "$weir" in ! exec 'cat {} -' ! null
expect 1 "$weir" in ! exec 'sh -c "cat; exit 3"' ! ./none
mentions "exec: exit status 3 of 'sh'"
mentions './none was not created'
expect 1 "$weir" in ! exec false ! ./none
expect 1 "$weir" in ! exec ./nothing-here ! ./none
mentions 'cannot start: no such file or directory'
printf 'not gzip' >bad.gz
expect 1 "$weir" bad.gz ! gunzip ! exec cat ! ./none
mentions 'gunzip'
[ ! -e none ] || fail "a file of a chain that failed"
expect 2 "$weir" in ! exec cat log=x
complains "weir: 'log=x' is for commands of items, and bytes come in
  in ! exec cat log=x
                ^~~~~ put 'lines' before exec"

# ---- what is wrong with the words ----

expect 2 "$weir" in ! exec "echo 'x"
complains "weir: a quote is not closed in 'echo 'x'
  in ! exec \"echo 'x\"
            ^~~~~~~~~ exec 'COMMAND ARGUMENTS'"
for word in '|' '||' '&' '&&' ';' '<' '>' '>>'; do
    expect 2 "$weir" seq 5 ! par 4 exec "echo {} $word wc"
    mentions "no shell sees 'echo {} $word wc'"
done
expect 2 "$weir" in ! exec 'sort | uniq'
complains "weir: no shell sees 'sort | uniq'
  in ! exec 'sort | uniq'
            ^~~~~~~~~~~~~ exec 'sh -c \"...\"'; | as an argument is written \"|\""
expect 0 "$weir" seq 1 ! exec "echo '|' \">\" \\; a|b {}" ! unbatch
prints '| > ; a|b 1'
expect 2 "$weir" in ! exec '  '
mentions "there is no command in '  '"
expect 2 "$weir" seq 5 ! par exec a
mentions "'par' needs N"
expect 2 "$weir" seq 5 ! par 4
complains "weir: 'par' needs a stage behind its number
  seq 5 ! par 4
          ^~~ par 4 exec 'COMMAND'"
expect 2 "$weir" seq 5 ! par 0 exec a
mentions '0 is outside 1 to 10000'
expect 2 "$weir" seq 5 ! par 4 exce a
complains "weir: no stage called 'exce'
  seq 5 ! par 4 exce a
                ^~~~ did you mean 'exec'?"
expect 2 "$weir" seq 5 ! par 4 keep-ordr exec a
complains "weir: no stage called 'keep-ordr'
  seq 5 ! par 4 keep-ordr exec a
                ^~~~~~~~~ did you mean 'keep-order'?"
expect 2 "$weir" seq 5 ! par 4 take 3
complains "weir: 'take' cannot stand behind par
  seq 5 ! par 4 take 3
                ^~~~ exec, grep and http-get can"
expect 2 "$weir" in ! par 4 gzip
mentions 'par takes items apart, and bytes are none'
expect 2 "$weir" seq 5 ! par 4 par 2 exec a
mentions 'one is enough: the numbers would multiply'
expect 2 "$weir" in ! par 4 exec a
complains "weir: 'exec' takes lines, 'in' gives bytes
  in ! par 4 exec a
  ~~         ^~~~ put 'lines' between them"
expect 2 "$weir" seq 5 ! parallel 4 exec a
mentions "did you mean 'par'?"
expect 2 "$weir" seq 5 ! xargs echo
mentions "did you mean 'exec'?"

# ---- stopping ----

set -m
# children PID: how many it has, that run.
children() {
    pgrep -P "$1" | wc -l
}
# runs N PID: waits until it has so many.
runs() {
    soon has_children "$1" "$2" || fail "there are $(children "$2") commands, not $1"
}
has_children() {
    [ "$(children "$2")" -eq "$1" ]
}

# Once: what has begun is finished, logged and given; nothing more begins.
for driver in uring epoll; do
    WEIR_DRIVER=$driver "$weir" seq 1 ! null 2>/dev/null || continue # this kernel has none
    rm -f log go
    WEIR_DRIVER=$driver "$weir" seq 100 ! par 2 exec 'sh -c "until [ -e go ]; do sleep 0.1; done; echo {}"' \
        log=log ! print >out 2>err &
    pid=$!
    runs 2 $pid
    kill -INT $pid
    soon heeds $pid
    : >go
    wait $pid 2>/dev/null
    [ $? -eq 130 ] || fail "$driver: it did not end by the signal"
    [ "$(grep -c '^ok' out)" -eq 2 ] || fail "$driver: it did not finish what had begun: $(cat out)"
    [ "$(wc -l <log)" -eq 3 ] || fail "$driver: the log has not both: $(cat log)"
    [ ! -s err ] || fail "$driver: $(cat err)"
done
# Twice: they are ended, and nothing is left of them.
"$weir" seq 100 ! par 3 exec 'sleep 50' ! ./none 2>err &
pid=$!
runs 3 $pid
processes=$(pgrep -P $pid)
kill -INT $pid
sleep 0.2
[ "$(children $pid)" -eq 3 ] || fail "once ended them"
kill -INT $pid
wait $pid 2>/dev/null
[ $? -eq 130 ] || fail "twice did not end it"
for process in $processes; do
    [ ! -e /proc/$process ] || fail "command $process is left"
done
[ ! -e none ] || fail "a file of what was cut"
# One that fails takes those along that run; so does a sink that is full, or read no more.
"$weir" seq 2 ! par 2 exec 'sh -c "[ {} = 2 ] && exec sleep 50; until [ -e stop ]; do sleep 0.1; done; exit 1"' \
    on-error=stop 2>err &
pid=$!
runs 2 $pid
processes=$(pgrep -P $pid)
: >stop
wait $pid
[ $? -eq 1 ] || fail "on-error=stop"
for process in $processes; do
    [ ! -e /proc/$process ] || fail "command $process is left behind one that failed"
done
"$weir" seq 1000 ! par 2 keep-order exec 'sh -c "echo {}; sleep 0.05"' | head -2 >out
prints '1
2'
"$weir" seq 1000 ! par 2 exec 'echo {}' ! take 2 >out
[ "$(wc -l <out)" -eq 2 ] || fail "take 2 took $(wc -l <out)"
