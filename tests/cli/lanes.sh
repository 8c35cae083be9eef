#!/bin/sh
# par by=KEY: commands of one key one after the other, in the order of their lines or records.
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has no commands"

cat >job <<'END'
#!/bin/sh
mkdir "lock.$1" || exit 1
echo "$2" >>"done.$1"
rmdir "lock.$1"
echo "$1 $2"
END
chmod +x job
awk 'BEGIN { srand(3); for (i = 0; i < 120; i++) print "k" int(rand() * 5) "\t " i }' >jobs

# in_order: each key's numbers rise in done.KEY and in out, and none is missing.
in_order() {
    for key in k0 k1 k2 k3 k4; do
        awk -v key=$key '$1 == key { print $2 }' jobs >wanted
        same "done.$key" wanted "$1: done.$key"
        awk -v key=$key '$1 == key { print $2 }' out >given
        same given wanted "$1: out of $key"
    done
    rm -rf done.* lock.*
}
for n in 1 2 4 200; do
    expect 0 "$weir" jobs ! lines ! par $n by=1 exec 'sh -c "./job $1" x' ! -
    in_order "by=1, $n at once"
done
# The same line again and again: one lane, whatever the number.
yes k0 7 | head -n 30 >jobs
awk '{ print $1, NR }' jobs >numbered && mv numbered jobs
expect 0 "$weir" jobs ! lines ! par 8 by=1 exec 'sh -c "./job $1" x' ! -
awk '{ print $2 }' jobs >wanted
same done.k0 wanted "one key"
rm -rf done.* lock.*
# Keys that all differ, and lines without the word, which are one key.
expect 0 "$weir" seq 200 ! par 4 by=0 exec echo ! -
sort -n out >given && seq 200 >wanted && same given wanted by=0
expect 0 "$weir" seq 50 ! par 4 by=2 exec echo ! -
seq 50 >wanted && same out wanted "no second word"
# More lines than may wait, of a key that is slow.
{
    yes slow | head -n 100
    echo fast
} >jobs
expect 0 "$weir" jobs ! lines ! par 2 by=1 exec echo ! -
[ "$(grep -c slow out)" -eq 100 ] && [ "$(grep -n fast out | cut -d: -f1)" -lt 101 ] ||
    fail "no line passes those that wait: $(uniq -c out)"
# What failed, what was done already, and an end in the middle.
printf 'a 1\nb 2\na 3\n' >jobs
expect 3 "$weir" jobs ! lines ! par 2 by=1 exec 'sh -c "test $2 != 1 && echo $2" {}' on-error=skip ! null
expect 0 "$weir" jobs ! lines ! par 2 by=1 exec echo log=log ! null
expect 0 "$weir" jobs ! lines ! par 2 by=1 exec echo log=log resume ! -
[ -s out ] && fail "resume did it again: $(cat out)"
printf 'a 1\na 2\na 3\n' >one # of several keys any may be first
expect 0 "$weir" one ! lines ! par 2 by=1 exec echo ! take 1 ! -
prints "a 1"
printf 'a\nb\na\n\377\n' >bad
expect 1 "$weir" bad ! lines utf8 ! par 2 by=1 exec echo ! -
mentions "lines: record 4 (byte 6 of bad)"
expect 1 "$weir" jobs ! lines ! par 2 by=1 exec ./none ! null
mentions "none"

# Records: by what stands in a field, whatever kind it is of; what lacks it is one key.
awk 'BEGIN { srand(3); print "n,user"; for (i = 0; i < 120; i++) print i ",k" int(rand() * 5) }' >jobs.csv
awk -F, 'NR > 1 { print $2 "\t " $1 }' jobs.csv >jobs
for n in 1 3 200; do
    expect 0 "$weir" jobs.csv ! from csv ! par $n by=user \
        exec 'sh -c "set -- $(echo $1 | tr -c a-z0-9 \" \"); ./job $4 $2" x' ! -
    in_order "by=user, $n at once"
done
expect 0 "$weir" jobs.csv ! from csv ! par 4 exec echo ! ./commands
expect 0 "$weir" jobs.csv ! from csv ! to ndjson ! ./records
sort commands >given && sort records >wanted && same given wanted "records to commands"
printf '{"a":{"b":1},"i":1}\n{"a":{"b":"1"},"i":2}\n{"a":{"b":1},"i":3}\n{"i":4}\n{"a":[5],"i":5}\n' >nested
cat >one-at-a-time <<'END'
#!/bin/sh
mkdir lock || exit 1
rmdir lock
echo "$1"
END
chmod +x one-at-a-time
printf 'a\nb\n\377\nc\n' >bad
expect 1 "$weir" bad ! from csv ! par 2 by=a exec echo ! -
mentions "record 2: the field 'a' is not UTF-8"

printf 'a 1\nb 2\na 3\n' >jobs
expect 2 "$weir" jobs ! lines ! par 4 by=user exec echo
complains "weir: 'user' is no number of a word
  jobs ! lines ! par 4 by=user exec echo
                       ^~~~~~~ by=1 is the first word of a line, by=0 all of it"
expect 2 "$weir" jobs ! lines ! par 4 by=1 grep x
mentions "this looks at each line by itself"
expect 2 "$weir" jobs ! lines ! batch 3 ! par 4 by=1 exec echo
mentions "a batch is many"
expect 2 "$weir" jobs ! lines ! par 4 by=1 keep-order exec echo
mentions "leave one of the two out"
"$weir" explain jobs ! lines ! par 4 by=1 exec echo ! null | grep -q "4 at once; of each key one after the other" ||
    fail "explain says nothing of by="

# Keys of JSON, where this build has it.
has_json || skip "this build has no JSON"
head -n 3 nested >same
expect 0 "$weir" same ! from ndjson ! par 3 by=a.b exec ./one-at-a-time ! -
same out same "a number and the text of it are one key"
tail -n 2 nested >without
expect 0 "$weir" without ! from ndjson ! par 3 by=a.b exec ./one-at-a-time ! -
same out without "without the field: one key"
expect 3 "$weir" nested ! from ndjson ! par 3 by=i exec false on-error=skip ! null
expect 0 "$weir" nested ! from ndjson ! par 2 by=i exec echo log=rows ! null
expect 0 "$weir" nested ! from ndjson ! par 2 by=i exec echo log=rows resume ! -
[ -s out ] && fail "resume did records again: $(cat out)"
expect 0 "$weir" nested ! from ndjson ! par 2 by=none exec echo ! null
complains "weir: none of 5 records has a field 'none'
  nested ! from ndjson ! par 2 by=none exec echo ! null
                               ^~~~~~~ their fields: a, i"
{
    printf '{"a":1}\n{"a":"'
    head -c 140000 /dev/zero | tr '\0' x
    printf '"}\n'
} >long
expect 1 "$weir" long ! from ndjson ! par 2 by=a exec true ! null
mentions "record 2: its JSON is longer than a command may be, 128 KiB"
mentions "pick the fields that the command needs"
expect 2 "$weir" nested ! from ndjson ! par 2 by=i grep x
mentions "'grep' looks at lines, and records have fields"
