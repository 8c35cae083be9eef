#!/bin/sh
# The four lines of the manual against zcat, grep, wc and gzip -dc; then awkward texts.
. "$(dirname "$0")/common.sh"

awk 'BEGIN {
    for (i = 1; i <= 60000; i++)
        printf "2024-03-01 %s request %d took %d ms\n", i % 37 ? "INFO" : "ERROR", i, i * 7 % 1000
}' >access.log
cp access.log app.log

expect 0 "$weir" access.log ! gzip ! access.log.gz
gzip -dc access.log.gz >back && same back access.log "gzip -dc of what gzip made"

expect 0 "$weir" access.log.gz ! gunzip ! lines ! grep ERROR ! count
prints "$(zcat access.log.gz | grep -c ERROR)"

"$weir" - ! gunzip ! - <access.log.gz >out 2>err || fail "from - to -"
same out access.log "- ! gunzip ! -"

# More files than descriptors; deep nesting would end the stack.
printf 'one\ntwo' >part
(
    unset MALLOC_PERTURB_ # it would fill each file's block
    ulimit -n 40
    # shellcheck disable=SC2046 # many words
    expect 0 "$weir" $(yes part | head -300) ! lines ! count
    prints 301
    expect 0 "$weir" $(yes part | head -300) ! null
    # shellcheck disable=SC2046
    ulimit -s 1024
    expect 0 "$weir" $(yes part | head -5000) ! lines ! count
    prints 5001
    exit $failures
) || failures=$((failures + 1))

expect 0 "$weir" app.log ! lines ! grep ERROR ! to lines ! errors.log
grep ERROR app.log >wanted
same errors.log wanted "errors.log"

# Every way to the same lines.
expect 0 "$weir" app.log ! lines ! grep ERROR
same out wanted "no sink"
expect 0 "$weir" app.log ! lines ! grep ERROR ! -
same out wanted "lines into -"
expect 0 "$weir" app.log ! lines ! skip 0 ! grep ERROR ! to lines
same out wanted "grep that is not behind lines"
expect 0 "$weir" app.log ! lines ! grep ERROR ! grep ERROR ! ./again.log
same again.log wanted "lines into a file"
expect 0 "$weir" app.log ! lines ! grep ERROR ! to lines ! gzip ! again.gz
gzip -dc again.gz | cmp -s - wanted || fail "lines, compressed"
expect 0 "$weir" app.log ! lines ! grep -v ERROR
grep -v ERROR app.log >wanted
same out wanted "grep -v"
expect 0 "$weir" app.log ! lines ! grep -- -v ! count
prints 0

for level in 0 1 6 9; do
    expect 0 "$weir" app.log ! gzip level=$level ! level.gz
    gzip -dc level.gz | cmp -s - app.log || fail "level $level"
    expect 0 "$weir" level.gz ! gunzip
    same out app.log "level $level, gunzip"
done
# On several threads: the same bytes for any number of them; other tools read it as one member.
for level in 1 6; do
    expect 0 "$weir" app.log ! gzip level=$level threads=1 ! one.gz
    gzip -dc one.gz | cmp -s - app.log || fail "level $level, a thread"
    for threads in 2 7; do
        expect 0 "$weir" app.log ! gzip threads=$threads level=$level ! many.gz
        same one.gz many.gz "level $level, $threads threads"
    done
done
expect 0 "$weir" app.log ! gzip threads=4 ! many.gz
gzip -dc many.gz | cmp -s - app.log || fail "threads"
cat app.log app.log >twice
cat many.gz many.gz | gzip -dc | cmp -s - twice || fail "two members"
expect 0 "$weir" many.gz ! gunzip
same out app.log "threads, gunzip"
expect 0 "$weir" --explain app.log ! gzip threads=4 ! gunzip ! null
grep -q '^gzip threads=4 .* 4 threads, ' err || fail "--explain names no threads: $(cat err)"
grep -q '^memory bound .*, 5 threads, ' err || fail "--explain: $(cat err)"
: >empty
expect 0 "$weir" empty ! gzip threads=2 ! empty.gz
[ "$(gzip -dc empty.gz | wc -c)" -eq 0 ] || fail "nothing, on threads"
if command -v pigz >/dev/null; then
    ours=$("$weir" app.log ! gzip level=6 threads=2 | wc -c) theirs=$(pigz -6 <app.log | wc -c)
    [ "$ours" -le $((theirs + theirs / 100)) ] || fail "level 6: $ours bytes, pigz makes $theirs"
fi
for threads in 0 257 x; do
    expect 2 "$weir" app.log ! gzip threads=$threads ! null
    mentions "threads"
done
gzip -c app.log >one.gz && cat one.gz one.gz >two.gz
expect 0 "$weir" two.gz ! gunzip ! lines ! count
prints 120000

# Several sources; a file read twice; chains one after the other; a file written over itself.
expect 0 "$weir" app.log app.log access.log ! lines ! count
prints 180000
printf 'no newline' >a.txt
printf ' joins\nend' >b.txt
expect 0 "$weir" a.txt - b.txt ! - </dev/null
printf 'no newline joins\nend' >wanted
same out wanted "three sources"
expect 0 "$weir" a.txt ! ./c.txt + c.txt b.txt ! lines ! count ! n.txt
[ "$(cat n.txt)" = 2 ] || fail "two chains"
expect 0 "$weir" app.log ! lines ! take 3 ! app.log
head -3 access.log >wanted
same app.log wanted "a file written over itself"

expect 0 "$weir" access.log ! lines ! head
head -10 access.log >wanted
same out wanted head
expect 0 "$weir" access.log ! lines ! skip 59998
tail -2 access.log >wanted
same out wanted skip
expect 0 "$weir" access.log ! lines ! take 0
[ ! -s out ] || fail "take 0"
expect 0 "$weir" access.log ! lines ! take 5 ! count
prints 5
expect 0 "$weir" access.log ! null
[ ! -s out ] || fail "null printed"
expect 0 "$weir" access.log ! lines ! null

# Awkward texts: what, bytes, lines, lines that hold x.
try_text() {
    printf "$2" >text
    expect 0 "$weir" text
    same out text "$1: bytes"
    expect 0 "$weir" text ! lines ! count
    prints "$3"
    expect 0 "$weir" text ! lines ! grep x ! count
    prints "$4"
    expect 0 "$weir" text ! gzip ! gunzip
    same out text "$1: there and back"
}
try_text "empty file" '' 0 0
try_text "a newline" '\n' 1 0
try_text "no newline at the end" 'ax\nb' 2 1
try_text "only a last line" 'x' 1 1
try_text "empty lines" '\n\nx\n\n' 4 1
try_text "NUL bytes" 'a\000x\n\000\n' 2 1
try_text "CRLF" 'x\r\nb\r\n' 2 1
try_text "lone CR" 'x\ry\rz' 1 1
try_text "no UTF-8" '\377\376x\n\300\n' 2 1
printf 'a\r\nb\n\r\nc\r' >text
expect 0 "$weir" text ! lines
printf 'a\nb\n\nc\r\n' >wanted
same out wanted "CR before a newline goes"
printf 'a\000x\n' >text
expect 0 "$weir" text ! lines ! grep x
same out text "NUL bytes in a line that is found"

# What is searched for may hold what lines do not.
printf 'a\nb\r\nc\n' >text
expect 0 "$weir" text ! lines ! grep "$(printf 'a\nb')" ! count
prints 0
expect 0 "$weir" text ! lines ! grep "$(printf 'b\r')" ! count
prints 0
expect 0 "$weir" text ! lines ! grep '' ! count
prints 3
expect 0 "$weir" text ! lines ! grep -v '' ! count
prints 0
expect 0 "$weir" text ! lines ! grep "$(printf '%05000d' 0)" ! count
prints 0

# Lines around the limit, hits at both ends of blocks.
printf '%01000d\nshort\n' 0 >text
expect 0 "$weir" text ! lines max=1000 ! count
expect 0 "$weir" text ! lines max=1000 ! skip 1
prints short
expect 1 "$weir" text ! lines max=999
mentions "999"
mentions "  text ! lines max=999"
awk 'BEGIN { for (i = 0; i < 9000; i++) { for (j = 0; j < 29; j++) printf "."; print i % 3 ? "" : "hit" } }' >text
expect 0 "$weir" text ! lines ! grep hit ! count
prints 3000
expect 0 "$weir" text ! lines ! grep hit
grep hit text >wanted
same out wanted "hits across blocks"
