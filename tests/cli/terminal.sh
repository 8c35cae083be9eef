#!/bin/bash
# What a person sees: widths of all scripts, one terminal for progress and results, no control
# characters. $2 is `pty`.
case $2 in
/*) pty=$2 ;;
*) pty=$PWD/$2 ;;
esac
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has a clock of its own: no second passes"
"$pty" e 80 "$weir" --version >/dev/null 2>&1
[ $? -ne 77 ] || skip "no terminals here"

kanji=$(printf '\346\274\242\345\255\227')                # two characters, each two columns wide
accent=$(printf 'e\314\201')                             # one letter: e, and a mark on it
wave=$(printf '\360\237\214\212')                        # an emoji, two columns wide
escape=$(printf 'a\033[31mb\007\302\233c\177\t\r\377.log') # what could steer it

# ---- carets, tables and the progress line in columns, not in characters ----

# caret NAME COLUMNS: it stands behind a name that is so wide.
caret() {
    echo x >"./$1"
    expect 2 "$weir" "$1" ! lnes
    complains "weir: no stage called 'lnes'
  $1 ! lnes
  $(printf "%$(($2 + 3))s")^~~~ did you mean 'lines'?"
}
caret "$kanji.log" 8
caret "$accent.log" 5
caret "$wave.log" 6
caret "$(printf '\341\204\222\341\205\241\341\206\253').log" 6       # Hangul, part by part
caret "$(printf '\357\275\261\357\274\241').log" 7                   # halfwidth, fullwidth
caret "$(printf '\342\235\244\357\270\217\340\271\200\340\270\201\340\271\211').log" 8 # a red heart
caret "$(printf '\360\237\221\251\342\200\215\360\237\221\247').log" 6         # a family
caret "$(printf '\360\237\207\251\360\237\207\252\360\237\221\213\360\237\217\277').log" 8 # a flag, a hand
expect 2 "$weir" a.log ! lines ! grep "$(printf '\314\201')" more # nothing is seen of a mark alone
mentions "grep '$(printf '\314\201')' more
                          ^~~~"

expect 0 "$weir" explain "$kanji.log" ! lines ! "$accent.out"
for row in "stage     in   " "$kanji.log  -    " "lines     bytes" "$accent.out     lines"; do
    grep -q "^$row  [a-z]*[ -]" out || { fail "a table: $row"; cat out; }
done

expect 0 "$weir" -v "$kanji.log" ! gzip ! "./$kanji$kanji$kanji$kanji$kanji.$accent"
sed "s/$kanji/abcd/g; s/$accent/e/" err >table
awk '/^abcd|^gzip|^\.\// { print index($0, "bytes") }' table | uniq | wc -l | grep -qx 1 ||
    { fail "a table of stages"; cat err; }

# ---- a line that is wider than the terminal: what stands around the caret ----

# around COLUMNS TEXT ARGUMENT...: the message in a terminal is this.
around() {
    width=$1
    printf '%s\r\n' "weir: no stage called 'gzpi'" "$2" "$3" >wanted
    shift 3
    "$pty" e "$width" "$weir" "$@" >seen 2>widest
    tr -d '\r' <wanted >wanted.text
    tr -d '\r' <seen | cmp -s - wanted.text || { fail "around the caret"; cat seen; }
    [ "$(cut -d ' ' -f 2 widest)" -lt "$width" ] || fail "wider than the terminal: $(cat widest)"
}
echo x >a.log
# shellcheck disable=SC2046 # many words
around 60 "  ...g a.log a.log ! gzpi ! x.gz" "                     ^~~~ did you mean 'gzip'?" \
    $(yes a.log | head -50) ! gzpi ! x.gz
# shellcheck disable=SC2046
around 60 "  a.log ! gzpi ! a.log a.log a.log a.log a.log a.log a.l..." \
    "          ^~~~ did you mean 'gzip'?" a.log ! gzpi ! $(yes a.log | head -50)
# shellcheck disable=SC2046
around 60 "  ..$(printf '\345\255\227').log ! lines ! gzpi" "                     ^~~~ did you mean 'gzip'?" \
    $(yes "$kanji.log" | head -50) ! lines ! gzpi
around 40 "  a.log ! gzpi" "          ^~~~ did you mean 'gzip'?" a.log ! gzpi
# shellcheck disable=SC2046 # more than any limit but the system's
run "$weir" explain $(yes a.log | head -70000) ! gzpi
[ "$status" -eq 126 ] || mentions "no stage called 'gzpi'"
[ "$(head -2 err | tail -1 | wc -c)" -lt 1100 ] || fail "the whole line of 70000 words"

# ---- nothing steers the terminal ----

echo x >"./$escape"
shown='a\x1b[31mb\x07\xc2\x9bc\x7f\x09\x0d\xff.log'

# tame COMMAND...: no control character comes out but newlines and what the line of progress needs.
tame() {
    "$pty" oe 80 "$weir" "$@" >seen 2>/dev/null </dev/null
    sed 's/\x1b\[K//g' seen | tr -d '\r\n' | grep -q '[[:cntrl:]]' && { fail "$*"; cat -v seen; }
    grep -qF "$shown" seen || { fail "not shown: $*"; cat -v seen; }
}
tame "$escape" ! gzpi
tame explain "$escape" ! gzip ! "./$escape"
tame -v "$escape" ! null
tame "$escape" ! gunzip ! null
tame "$escape" ! "./$escape/out"
tame "./no$escape"
tame "$kanji.log" ! lines "$escape"
tame "$kanji.log" ! "$escape.gz" "$escape"
tame run "./no$escape"
tame stages "$escape"
tame "--$escape"
tame --progress="$escape" "$kanji.log"
WEIR_DRIVER=$escape
export WEIR_DRIVER
tame "$kanji.log" ! null
unset WEIR_DRIVER
echo x >"./$kanji.lo$escape" # as what may have been meant
tame "./$kanji.loX${escape#a}"
hidden=$(printf 'a\342\200\213\357\273\277\302\255\342\200\256b')
run "$weir" "./$hidden"
mentions '  ./a\xe2\x80\x8b\xef\xbb\xbf\xc2\xad\xe2\x80\xaeb
  ^~~~'
expect 2 "$weir" "$(printf '%01022d\346\274\242' 0 | tr 0 a)" # a message is cut between characters
grep -q 'aaa\.\.\.$' err || fail "a message that is cut: $(head -1 err | tail -c 30)"

# ---- progress: where it disturbs nobody. All wait for it at once. ----

# feed FIFO SEEN: two lines, the second when progress is in SEEN.
feed() {
    (
        echo "item 1"
        for _ in $(seq 100); do
            grep -q '/s 0:0' "$2" && break
            sleep 0.1
        done
        echo "item 2"
    ) >"$1" &
}
# feed_slowly FIFO: the second when progress would have been there.
feed_slowly() { (echo "item 1"; sleep 1.5; echo "item 2") >"$1" & }

name=$kanji$kanji$kanji$kanji$kanji$kanji$kanji$kanji$kanji.fifo # 41 columns
mkfifo "$name" "$escape.fifo" file asked both device torn
touch wide.seen escape.seen file.seen asked.seen torn.seen
feed "./$name" wide.seen
"$pty" e 44 "$weir" "./$name" ! null >wide.seen 2>wide.widest &
feed "./$escape.fifo" escape.seen
"$pty" e 200 "$weir" "./$escape.fifo" ! null >escape.seen 2>/dev/null &
feed file file.seen
"$pty" oe 80 "$weir" - ! file.out >file.seen 2>/dev/null <file &
feed asked asked.seen
"$pty" oe 80 "$weir" --progress=line - ! lines ! grep item >asked.seen 2>/dev/null <asked &
(
    echo "item 1"
    for _ in $(seq 100); do
        grep -q '/s 0:0' torn.seen && break
        sleep 0.1
    done
    printf part
    sleep 0.7
    echo " rest"
) >torn &
"$pty" oe 80 "$weir" --progress=line - >torn.seen 2>/dev/null <torn &
feed_slowly both
"$pty" oe 80 "$weir" - ! lines ! grep item >both.seen 2>/dev/null <both &
feed_slowly device
"$pty" e 80 "$weir" - ! /dev/tty >device.seen 2>/dev/null <device &
(printf 'item 1\n'; sleep 1.5; printf 'item 2\n\004') |
    "$pty" ie 80 "$weir" - ! typed.out >typed.seen 2>/dev/null &
wait
[ "$(cut -d ' ' -f 2 wide.widest)" -lt 44 ] || fail "too wide: $(cat wide.widest)"
grep -q "^.\./$kanji$kanji.* 7 B .*/s 0:0" wide.seen || { fail "no progress"; cat -v wide.seen; }
grep -qF './a\x1b[31mb\x07\xc2\x9bc\x7f' escape.seen ||
    { fail "no progress of a name that steers"; cat -v escape.seen; }
sed 's/\x1b\[K//g' escape.seen | tr -d '\r\n' | grep -q '[[:cntrl:]]' && fail "progress steers"
printf 'item 1\r\nitem 2\r\n' >wanted
same both.seen wanted "results and progress"
same device.seen wanted "results in /dev/tty"
grep -q '/s 0:0' file.seen || { fail "no progress beside a file"; cat -v file.seen; }
grep -q '/s 0:0' asked.seen || { fail "no progress where it was asked for"; cat -v asked.seen; }
# Without the line, which begins and ends as it does, there are whole lines; and what comes behind it
# comes where it was.
alone() { sed 's/\r[^\r]*\x1b\[K//g' "$1"; }
alone asked.seen | cmp -s - wanted || { fail "progress among results"; cat -v asked.seen; }
printf 'item 1\r\npart rest\r\n' >wanted
alone torn.seen | cmp -s - wanted || { fail "progress in a line of results"; cat -v torn.seen; }
grep -q '/s 0:0' torn.seen || { fail "no progress before half a line"; cat -v torn.seen; }
grep -qE '/s 0:0[0-9].\[Kitem' asked.seen && { fail "results behind the line"; cat -v asked.seen; }
grep -q 'part rest' torn.seen || { fail "a line over half a line"; cat -v torn.seen; }
grep -q '/s 0:0' typed.seen && { fail "progress where somebody types"; cat -v typed.seen; }
printf 'item 1\nitem 2\n' | cmp -s - typed.out || fail "what was typed"

# ---- how much is to come ----

head -c 800000 /dev/zero >big
{
    head -c 700000 >/dev/null
    "$weir" --progress=json - ! null 2>err
} <big
grep -q '"bytes":100000,"total":100000,' err || { fail "the rest of a file"; cat err; }
: >empty
expect 0 "$weir" --progress=json big empty ! null
grep -q '"total":800000,' err || { fail "an empty file has a size"; cat err; }
if [ -r /proc/self/status ]; then
    expect 0 "$weir" --progress=json /proc/self/status big ! null
    grep -q '"total"' err && { fail "the size of what /proc shows"; cat err; }
    "$weir" --progress=json - ! null 2>err </proc/self/status
    grep -q '"total"' err && { fail "the size of what /proc shows, standard input"; cat err; }
fi
exit 0
