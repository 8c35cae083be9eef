#!/bin/sh
# tee: one read, a copy into a file or into another chain that runs at the same time.
. "$(dirname "$0")/common.sh"

seq 200000 >in.log
mkdir files

expect 0 "$weir" in.log ! tee t ! gzip ! files/in.log.gz + t. ! lines ! count ! -
prints 200000
gzip -dc files/in.log.gz | cmp -s - in.log || fail "the archive is not the input"
holds_only in.log.gz
rm files/*

# Both into files; empty; of several sources; two tees; a tee behind a tee.
expect 0 "$weir" in.log ! tee t ! files/a + t. ! files/b
same in.log files/a
same in.log files/b
: >empty
expect 0 "$weir" empty ! tee t ! files/a + t. ! files/b
[ -e files/b ] && [ ! -s files/b ] || fail "an empty copy"
expect 0 "$weir" in.log empty in.log ! tee t ! lines ! count + t. ! files/b
prints 400000
cat in.log in.log | cmp -s - files/b || fail "of several sources"
expect 0 "$weir" in.log ! tee t ! tee u ! files/a + t. ! files/b + u. ! lines ! count
prints 200000
same in.log files/b
expect 0 "$weir" in.log ! tee t ! files/a + t. ! tee u ! files/b + u. ! files/c
same in.log files/a
same in.log files/b
same in.log files/c
rm files/*

# Longer lines than the copy holds at once.
head -c 3000000 /dev/zero | tr '\0' x >long
expect 0 "$weir" long ! tee t ! lines max=8M ! count + t. ! lines max=8M ! files/l
prints 1
[ "$(wc -c <files/l)" -eq 3000001 ] || fail "a long line"
rm files/l

# Chains without a tee still run one after the other, also behind such a pair.
expect 0 "$weir" in.log ! tee t ! ./copy + t. ! lines ! count + ./copy ! lines ! take 1
prints "200000
1"

# A file, with the options of one.
expect 0 "$weir" in.log ! tee files/copy ! lines ! count
prints 200000
same in.log files/copy
expect 0 "$weir" empty ! tee files/copy append ! null
same in.log files/copy
expect 0 "$weir" in.log ! tee files/copy append sync=no ! null
[ "$(wc -c <files/copy)" -eq $((2 * $(wc -c <in.log))) ] || fail "append"
holds_only copy
rm files/copy

# The other chain may end early, and it fails alone without harm to nobody: all give up.
expect 0 "$weir" in.log ! tee t ! files/a + t. ! lines ! take 1
prints 1
same in.log files/a
rm files/a
expect 1 "$weir" in.log ! tee t ! files/a + t. ! gunzip ! files/b
complains "weir: gunzip: this is no gzip data: it does not begin with 1f 8b
  in.log ! tee t ! files/a + t. ! gunzip ! files/b
                                  ^~~~~~ leave it out, if this is not compressed
  files/a was not created; files/b was not created"
holds_only
expect 1 "$weir" in.log ! tee t ! gunzip ! files/a + t. ! files/b
mentions "files/a was not created; files/b was not created"
holds_only
# ... however late it fails, and however little there was: the files of both take their names when
# both have come so far.
echo hello >little
expect 1 "$weir" little ! tee t ! files/a + t. ! exec:'cat >/dev/null; sleep 0.2; exit 3'
mentions "files/a was not created"
holds_only
expect 1 "$weir" little ! tee t ! exec:'cat >/dev/null; sleep 0.2; exit 3' + t. ! files/a
holds_only
expect 1 "$weir" little ! tee t ! files/a + t. ! gunzip ! files/b
holds_only
expect 1 "$weir" little ! tee t ! files/a + t. ! tee u ! files/b + u. ! gunzip ! null
holds_only
# Who has enough waits for nobody with its file, or the other would wait for him.
expect 0 timeout 20 "$weir" in.log ! tee t ! files/a + t. ! lines ! take 1 ! files/b
same in.log files/a
[ "$(cat files/b)" = 1 ] || fail "who had enough: $(cat files/b)"
expect 1 timeout 20 "$weir" in.log ! tee t ! lines ! take 1 ! files/c + t. ! files/d
[ "$(ls files | tr '\n' ' ')" = "a b c " ] || fail "who had enough: $(ls files)"
rm files/*
# A command that waits for the other chain's one gets what it waits for.
mkfifo there
expect 0 timeout 20 "$weir" little ! tee t ! exec:'cat >there' + t. ! exec:'cat there - >files/both'
printf 'hello\nhello\n' | cmp -s - files/both || fail "both: $(cat files/both)"
rm files/both
gzip <in.log | head -c 100000 >cut.gz
expect 1 "$weir" cut.gz ! gunzip ! tee files/copy ! null
mentions "gunzip: byte 100000 of cut.gz"
holds_only

# The chain with the tee may not.
expect 1 "$weir" in.log ! tee t ! lines ! take 1 ! ./one + t. ! files/b
complains "weir: the chain with the tee ended before its input did
  in.log ! tee t ! lines ! take 1 ! ./one + t. ! files/b
                                            ^~ who reads less goes behind the '+'
  262144 bytes passed; files/b was not created"
holds_only
expect 0 "$weir" in.log ! tee files/copy ! lines ! take 1 # what is not whole gets no name
holds_only

mkdir files/dir
# What is wrong with the file is told before anything is read.
for target in files/nowhere/x files/dir /dev/full; do
    expect 1 "$weir" in.log ! tee $target ! null
    mentions "tee: $target: "
done
expect 1 "$weir" in.log ! tee files/nowhere/x ! null
complains "weir: tee: files/nowhere/x: cannot open the directory: no such file or directory
  in.log ! tee files/nowhere/x ! null
           ^~~~~~~~~~~~~~~~~~~ look whether the path is right"
rmdir files/dir
holds_only

# The plan says that both run at once; nothing is opened.
expect 0 "$weir" explain in.log ! tee t ! files/a + t. ! files/b
grep -q '^at the same time$' out || fail "explain"
[ "$(grep -c '^memory bound' out)" -eq 1 ] || fail "one bound of both"
holds_only

# ---- what is wrong with the words ----

expect 2 "$weir" in.log ! tee t ! null
complains "weir: no chain reads 't.'
  in.log ! tee t ! null
           ^~~~~ + t. ! ..."
expect 2 "$weir" in.log ! tee t ! null + t. in.log ! null
complains "weir: 't.' is all that is read there
  in.log ! tee t ! null + t. in.log ! null
                             ^~~~~~ put '!' before it"
expect 2 "$weir" in.log ! tee t ! null + t. ! null + t. ! null
complains "weir: two chains read 't.'
  in.log ! tee t ! null + t. ! null + t. ! null
                          ~~          ^~ another tee gives another copy"
expect 2 "$weir" in.log ! tee t ! null + in.log ! null + t. ! null
complains "weir: 't.' must run at the same time as its tee
  in.log ! tee t ! null + in.log ! null + t. ! null
           ~~~~~                          ^~ right behind the chain that has the tee"
expect 2 "$weir" in.log ! tee t append ! null + t. ! null
complains "weir: 't' is no file, and has no such option
  in.log ! tee t append ! null + t. ! null
               ~ ^~~~~~ a file is written ./NAME"
expect 2 "$weir" in.log ! tee - ! null
complains "weir: '-' is no name
  in.log ! tee - ! null
               ^ tee t ... + t. ! ..."
expect 2 "$weir" in.log ! tee files/x append partial=keep ! null
complains "weir: what is added with append is kept in any case
  in.log ! tee files/x append partial=keep ! null
                              ^~~~~~~~~~~~ leave it out"
expect 2 "$weir" in.log ! tee files/x ! files/../files/x
complains "weir: 'files/../files/x' is written twice
  in.log ! tee files/x ! files/../files/x
           ~~~~~~~~~~~   ^~~~~~~~~~~~~~~~ name another file"
expect 2 "$weir" t. ! null
complains "weir: t.: cannot open: no such file or directory
  t. ! null
  ^~ no 'tee t' stands before it"
expect 2 "$weir" in.log ! tee ! null
mentions "'tee' needs NAME"
expect 2 "$weir" in.log ! lines ! tee t ! null + t. ! null
mentions "'tee' takes bytes, 'lines' gives lines"
echo hello >t. # a file of that name, where no tee has it
expect 0 "$weir" t.
prints hello
holds_only
