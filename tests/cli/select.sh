#!/bin/sh
# uniq, last, sample (also over records), split, merge and dead, beside uniq, tail, tr and sort where they do the same.
. "$(dirname "$0")/common.sh"

awk 'BEGIN { for (i = 0; i < 20000; i++) print int(i * i / 7) % 50 < 30 ? "same" : "line " i % 5 }' >log
printf 'one\ntwo' >cut

expect 0 "$weir" log ! lines ! uniq
uniq log >wanted && same out wanted "uniq"
expect 0 "$weir" log ! lines ! uniq count
uniq -c log >wanted && same out wanted "uniq count"
expect 0 "$weir" cut cut ! lines ! uniq count
printf '      1 one\n      1 twoone\n      1 two\n' >wanted && same out wanted "three"
: >none
for stage in uniq 'uniq count' last sample; do
    # shellcheck disable=SC2086 # words
    expect 0 "$weir" none ! lines ! $stage
    [ -s out ] && fail "$stage of nothing"
done

for n in 1 10 19999 20000 20001; do
    expect 0 "$weir" log ! lines ! last $n
    tail -n $n log >wanted && same out wanted "last $n"
done
expect 0 "$weir" log ! lines ! last
tail log >wanted && same out wanted "last"
expect 1 "$weir" seq 100000 ! last 9000 mem=64K ! count
complains "weir: last: record 1025: the lines that are kept take more than mem = 65536 bytes
  seq 100000 ! last 9000 mem=64K ! count
               ^~~~~~~~~~~~~~~~~   ~~~~~ mem=BYTES, or fewer lines"

expect 0 "$weir" seq 100000 ! sample 1000 seed=7
mv out first
expect 0 "$weir" seq 100000 ! sample 1000 seed=7
same out first "the same seed"
sort -n first | cmp -s - first || fail "sample is not in the order of the input"
[ "$(uniq first | wc -l)" -eq 1000 ] || fail "sample gives $(uniq first | wc -l), not 1000"
awk '{ n[int(($1 - 1) / 10000)]++ } END { for (i = 0; i < 10; i++) if (n[i] < 60 || n[i] > 140) exit 1 }' \
    first || fail "sample does not draw from everywhere"
expect 0 "$weir" seq 100000 ! sample 1000 seed=8
cmp -s out first && fail "another seed draws the same"
expect 0 "$weir" cut ! lines ! sample 5
printf 'one\ntwo\n' >wanted && same out wanted "fewer than are drawn"

# Over records.
awk 'BEGIN { print "n,kind"; for (i = 0; i < 20000; i++) print i "," (int(i / 7) % 5 ? "a" : "b") }' >table.csv
for n in 1 10 19999 20000 20001; do
    expect 0 "$weir" table.csv ! from csv ! last $n ! to csv header=no
    tail -n +2 table.csv | tail -n $n >wanted && same out wanted "last $n records"
done
expect 0 "$weir" table.csv ! from csv ! last 2 ! to csv
prints "n,kind
19998,a
19999,a"
expect 0 "$weir" table.csv ! from csv ! pick kind ! uniq ! to csv header=no
tail -n +2 table.csv | cut -d, -f2 | uniq >wanted && same out wanted "uniq of records"
expect 0 "$weir" table.csv ! from csv ! pick kind ! uniq count ! to csv separator=tab header=no
tail -n +2 table.csv | cut -d, -f2 | uniq -c | awk '{ print $1 "\t" $2 }' >wanted
same out wanted "uniq count of records"
expect 0 "$weir" table.csv ! from csv ! where n lt 0 ! uniq count ! count
prints 0
expect 0 "$weir" table.csv ! from csv ! sort kind ! pick kind ! uniq count ! sort count ! last 1 ! to csv
prints "count,kind
15996,a"
expect 0 "$weir" table.csv ! from csv ! sample 1000 seed=7 ! pick n ! to csv header=no
mv out drawn
expect 0 "$weir" seq 0 19999 ! sample 1000 seed=7 ! ./numbers
same drawn numbers "the same draw of records"
expect 1 "$weir" table.csv ! from csv ! last 9000 mem=64K ! count
mentions "last: record 257: the records that are kept take more than mem = 65536 bytes"
printf 'count,a\n1,2\n' >count.csv
expect 0 timeout 20 "$weir" table.csv ! from csv ! uniq count ! where nothing eq 1 ! count
echo 0 >wanted && same out wanted "uniq count, and a field that is not there"
expect 0 timeout 20 "$weir" table.csv ! from csv ! pick kind ! uniq count ! set z=1 ! pick z,kind,count ! take 1 ! to csv
head -1 out | grep -qx 'z,kind,count' || fail "uniq count and set: $(cat out)"
expect 1 "$weir" count.csv ! from csv ! uniq count ! to csv
mentions "uniq: a record has a field 'count' already"
mentions "'rename count=OTHER' before it"
expect 2 "$weir" table.csv ! from csv ! grep a ! to csv
complains "weir: 'grep' looks at lines, and records have fields
  table.csv ! from csv ! grep a ! to csv
              ~~~~       ^~~~ where FIELD has TEXT"
if "$weir" doctor | grep -q '^JSON  *built in'; then
    printf '%s\n' '{"a":1,"b":[1,{"c":2}]}' '{"a": 1,"b":[1,{"c":2}]}' '{"a":1,"b":[1,{"c":3}]}' \
        '{"a":"1","b":[1,{"c":3}]}' '{"a":"1"}' '{"a":"1"}' >same.ndjson
    expect 0 "$weir" same.ndjson ! from ndjson ! uniq ! to ndjson
    printf '%s\n' '{"a":1,"b":[1,{"c":2}]}' '{"a":1,"b":[1,{"c":3}]}' '{"a":"1","b":[1,{"c":3}]}' \
        '{"a":"1"}' >wanted && same out wanted "uniq of objects"
    expect 0 "$weir" same.ndjson ! from ndjson ! uniq count ! to ndjson
    printf '%s\n' '{"count":2,"a":1,"b":[1,{"c":2}]}' '{"count":1,"a":1,"b":[1,{"c":3}]}' \
        '{"count":1,"a":"1","b":[1,{"c":3}]}' '{"count":2,"a":"1"}' >wanted
    same out wanted "uniq count of objects"
    expect 0 "$weir" same.ndjson ! from ndjson ! last 2 ! to ndjson
    tail -n 2 same.ndjson >wanted && same out wanted "last of objects"
fi

printf 'a,b,,c,' >commas
expect 0 "$weir" commas ! split ,
printf 'a\nb\n\nc\n' >wanted && same out wanted "split ,"
tr '\n' '\0' <log >zeros
expect 0 "$weir" zeros ! split '\0'
same out log "split at zeros"
expect 0 "$weir" zeros ! split '\x00' ! count
prints 20000
expect 2 "$weir" commas ! split ab
complains "weir: 'ab' is not one byte
  commas ! split ab
                 ^~ split ',', or '\\0', '\\t', '\\x1f'"
expect 1 "$weir" log ! split , max=100
grep -q 'bytes_max = 100 bytes' err || fail "split max="

# merge: no line is torn or lost, and those of one file keep their order.
for i in 1 2 3; do
    awk -v i=$i 'BEGIN { srand(i); for (n = 0; n < 5000; n++) printf "%d %d %s\n", i, n,
        substr("................................................................", 1, rand() * 64) }' >m$i
done
printf 'last of m3' >>m3
expect 0 "$weir" merge m1 m2 m3 cut ! ./merged
cat m1 m2 m3 >wanted && printf '\none\ntwo\n' >>wanted
sort wanted >sorted && sort merged | cmp -s - sorted || fail "merge tears or loses lines"
for i in 1 2; do
    grep "^$i " merged | cmp -s - m$i || fail "merge changes the order of m$i"
done
expect 0 "$weir" merge m1 - ! lines ! count <m2
prints 10000
printf 'a\r\nb' >crlf
expect 0 "$weir" merge crlf
printf 'a\r\nb\n' >wanted && same out wanted "merge keeps ends"
# One that waits holds nobody up.
mkfifo slow
(sleep 1 >slow &)
expect 0 timeout 20 "$weir" merge slow m1 ! lines ! take 5000 ! null
expect 2 "$weir" merge
complains "weir: 'merge' needs the files behind it
  merge
  ^~~~~ merge a.log b.log"
expect 2 "$weir" m1 merge m2
complains "weir: 'merge' and its arguments are all that is read there
  m1 merge m2
     ^~~~~ the first word of its chain"
expect 2 "$weir" m1 ! merge
complains "weir: 'merge' stands in front of its files
  m1 ! merge
       ^~~~~ weir merge a.log b.log ! ..."
expect 2 "$weir" merge m1 nothing ! count

# dead: what is rejected stands there as it came, the rest goes on.
printf 'good\nb\303d\nlonger than ten\nfine\n' >mixed
expect 3 "$weir" mixed ! lines utf8 max=10 ! dead ./bad ! ./rest
complains 'weir: 2 were rejected: they are in ./bad'
printf 'good\nfine\n' >wanted && same rest wanted "the rest"
printf 'b\303d\nlonger tha\n' >wanted && same bad wanted "what was rejected"
# why: an object a line says what was wrong with it.
printf 'good\nb\303d"\\\t\342\202\254\nlonger than ten\n' >mixed_why
expect 3 "$weir" mixed_why ! lines utf8 max=10 ! dead ./bad why ! ./rest
sed -n 's/.*,"value"://p' bad >values
printf '"b\357\277\275d\\"\\\\\\u0009\342\202\254"}\n"longer tha"}\n' >wanted
same values wanted "what was rejected, as objects"
grep -q '^{"error":"[^"]*mixed_why[^"]*UTF-8[^"]*","value":' bad ||
    { fail "why it was rejected"; cat bad; }
yes 'b"' | head -n 9000 | tr -d '\n' >long_line
expect 3 "$weir" long_line ! lines max=17000 ! dead ./bad why ! null
[ "$(wc -c <bad)" -gt 25000 ] && [ "$(wc -l <bad)" -eq 1 ] || fail "a long one is one object"
expect 2 "$weir" seq 3 ! dead nats:x why ! null
expect 2 "$weir" seq 3 ! dead - why ! null
complains "weir: '-' is standard output, and 'dead' keeps what it is given
  seq 3 ! dead - why ! null
               ^ to write a file of that name, say './-'"
expect 2 "$weir" seq 3 ! dead natz:X ! null
complains "weir: no address begins as 'natz:X' does
  seq 3 ! dead natz:X ! null
               ^~~~~~ to write a file of that name, say './natz:X'"
[ ! -e - ] && [ ! -e natz:X ] || fail "a file of a name that was refused"
expect 2 "$weir" seq 3 ! dead ! null
complains "weir: 'dead' needs FILE|ADDRESS, and '!' stands between stages
  seq 3 ! dead ! null
          ^~~~ dead FILE"
expect 0 "$weir" log ! lines utf8 ! dead ./bad ! count
prints 20000
[ -f bad ] && [ ! -s bad ] || fail "nothing was rejected, and the file says otherwise"
expect 3 "$weir" seq 5 ! par 2 exec 'test {} -gt 3' ! dead ./bad ! unbatch ! null
complains 'weir: 3 were rejected: they are in ./bad'
sort bad >sorted
printf '1\n2\n3\n' >wanted && same sorted wanted "inputs of commands that failed"
expect 3 "$weir" mixed ! lines max=10 ! grep g ! dead ./bad ! count
prints 1
expect 1 "$weir" mixed ! lines utf8 ! null
complains "weir: lines: record 2 (byte 6 of mixed): a line is no UTF-8: byte 0xc3
  mixed ! lines utf8 ! null
          ^~~~~~~~~~ leave the check out, if it is text of another kind
  1 line passed"
rm -f bad
expect 1 "$weir" mixed ! lines utf8 ! dead ./bad ! exec 'false' ! null
[ -f bad ] || fail "the file stands when its input is over"
expect 2 "$weir" seq 5 ! exec false on-error=skip ! dead ./bad ! null
complains "weir: the dead behind it takes those that fail
  seq 5 ! exec false on-error=skip ! dead ./bad ! null
                     ^~~~~~~~~~~~~   ~~~~~~~~~~ leave it out"
expect 2 "$weir" mixed ! lines ! dead ./bad ! ./bad
complains "weir: two chains write './bad'
  mixed ! lines ! dead ./bad ! ./bad
                  ~~~~~~~~~~   ^~~~~ name another file"
