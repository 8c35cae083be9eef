#!/bin/sh
# par by=WORD: commands of one key one after the other, in the order of their lines.
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
