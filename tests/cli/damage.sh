#!/bin/sh
# Input that is not what it should be: exit code 1 (2: it is not there), the place, and no file.
. "$(dirname "$0")/common.sh"

mkdir files
awk 'BEGIN { srand(7); for (i = 0; i < 40000; i++) printf "%d line %f\n", i, rand() }' >plain
gzip -c plain >whole.gz
size=$(wc -c <whole.gz)

head -c $((size / 2)) whole.gz >cut.gz
expect 1 "$weir" cut.gz ! gunzip ! files/out
mentions "weir: gunzip: byte"
mentions "of cut.gz: "
mentions "  cut.gz ! gunzip ! files/out
           ^~~~~~"
mentions "files/out was not created"
holds_only

expect 1 "$weir" cut.gz ! gunzip ! lines ! grep line ! count
mentions "weir: gunzip: byte"
[ ! -s out ] || fail "a number was printed for a cut file"
for cut in 1 5 10 $((size - 8)) $((size - 1)); do
    head -c $cut whole.gz >cut.gz
    expect 1 "$weir" cut.gz ! gunzip ! files/out
    holds_only
done
: >empty.gz
run "$weir" empty.gz ! gunzip ! files/out
[ "$status" -eq 1 ] || echo "note: an empty file is taken as gzip ($status)"
rm -f files/out

# A damaged block, checksum, length, header; text that is no gzip.
damage() {
    cp whole.gz bad.gz
    printf '\377\377\377\377' | dd of=bad.gz bs=1 seek="$1" conv=notrunc 2>/dev/null
    expect 1 "$weir" bad.gz ! gunzip ! files/out
    mentions "of bad.gz: "
    mentions "files/out was not created"
    holds_only
}
damage 0
damage $((size / 2))
damage $((size - 8))
damage $((size - 4))
byte=$(sed -n 's/.*gunzip: byte \([0-9]*\) of.*/\1/p' err)
[ "${byte:-0}" -gt $((size - 40)) ] || fail "a bad length is said to be at byte '$byte' of $size"
expect 1 "$weir" plain ! gunzip ! files/out
mentions "gunzip: byte 0 of plain"
holds_only

# Behind the last member: zeros are padding, anything else is not.
{ cat whole.gz; printf '\000\000\000'; } >padded.gz
expect 0 "$weir" padded.gz ! gunzip
same out plain padding
{ cat whole.gz; printf 'garbage!!!'; } >trailing.gz
expect 1 "$weir" trailing.gz ! gunzip ! files/out
mentions "gunzip: byte $size of trailing.gz: "
holds_only
expect 1 "$weir" trailing.gz ! gunzip
same out plain "what stands before the garbage"

# The caret is under the stage that failed, also when there is another one of its name, and `~` under
# those that passed the error on.
printf 'one\ntwo\nthree\n' >three
gzip -nc three >three.gz
expect 1 "$weir" three.gz ! gunzip ! gunzip ! lines ! take 3 ! count ! files/out
complains "weir: gunzip: byte 0 of three.gz (gunzip): this is no gzip data: it does not begin with 1f 8b
  three.gz ! gunzip ! gunzip ! lines ! take 3 ! count ! files/out
                      ^~~~~~   ~~~~~   ~~~~~~   ~~~~~ leave it out, if this is not compressed
  files/out was not created"
expect 1 "$weir" -v three ! gunzip ! gunzip ! files/out
mentions "
          ^~~~~~   ~~~~~~ leave it out, if this is not compressed
  files/out was not created"
expect 1 "$weir" three three.gz ! lines max=4 ! to lines ! files/nowhere/out
mentions "
                                            ^~~~~~~~~~~~~~~~~ look whether the path is right"

# Damage in the second file names the second file, and the byte in it.
{ head -c 20 three.gz; printf '\377\377'; tail -c +23 three.gz; } >damaged.gz
expect 1 "$weir" damaged.gz ! gunzip ! null
byte=$(sed -n 's/.*gunzip: \(byte [0-9]* of damaged.gz\).*/\1/p' err)
for before in three.gz "three.gz three.gz"; do
    # shellcheck disable=SC2086 # several words
    expect 1 "$weir" $before damaged.gz three.gz ! gunzip ! null
    mentions "gunzip: $byte: "
done
printf 'no newline' >unended
expect 1 "$weir" three unended three ! lines max=9 ! count
mentions "lines: record 4 (byte 0 of unended): a line"
expect 2 "$weir" plain plain missing.gz ! files/out
complains "weir: missing.gz: cannot open: no such file or directory
  plain plain missing.gz ! files/out
              ^~~~~~~~~~ look whether the path is right"
: >whole.txt
expect 2 "$weir" whole.txz
complains "weir: whole.txz: cannot open: no such file or directory
  whole.txz
  ^~~~~~~~~ did you mean 'whole.txt'?"
holds_only

expect 2 "$weir" files ! files/out
complains "weir: files: cannot read: is a directory
  files ! files/out
  ^~~~~ 'files/*' are the files in it"
expect 2 "$weir" - ! files/out <files
mentions "directory"
expect 1 "$weir" plain ! files/
mentions "files/"
expect 1 "$weir" plain ! nowhere/out
mentions "nowhere/out"
[ ! -e nowhere ] || fail "a directory was made"
if [ "$(id -u)" -ne 0 ]; then
    : >secret.txt && chmod 0 secret.txt
    expect 1 "$weir" secret.txt
    mentions "secret.txt: cannot open: permission denied"
fi
expect 1 "$weir" - <&-
mentions "weir: "

# A line over the limit.
head -c 3000000 /dev/zero | tr '\000' a >long
echo >>long
expect 1 "$weir" long ! lines ! files/out
mentions "weir: lines: "
mentions "of long"
mentions "^~~~~"
expect 1 "$weir" long ! lines ! grep a ! files/out
mentions "  long ! lines ! grep a ! files/out
         ^~~~~"
expect 0 "$weir" long ! lines max=3M ! grep aaa ! count
prints 1
holds_only
