#!/bin/sh
# save: a file for each result, by the last part of what it was made of.
. "$(dirname "$0")/common.sh"

mkdir files

# ---- names ----

printf 'a/b/one.txt\nhttps://h.example/x/two.tar.gz?q=1#f\nthree\nhttp://h/d/one.txt\none.txt\n' >list
expect 0 "$weir" list ! lines ! exec "echo {}" ! save files
holds_only one-2.txt one-3.txt one.txt three two.tar.gz
[ "$(cat files/one.txt)" = a/b/one.txt ] || fail "one.txt: $(cat files/one.txt)"
[ "$(cat files/one-2.txt)" = http://h/d/one.txt ] || fail "one-2.txt: $(cat files/one-2.txt)"
[ "$(cat files/two.tar.gz)" = 'https://h.example/x/two.tar.gz?q=1#f' ] || fail "two.tar.gz"
[ "$(stat -c %a files/three)" = "$(printf %o $((0666 & ~0$(umask))))" ] || fail "a mode"
# Nothing that was there is replaced, a link neither, and what it leads to is not made.
rm files/*
ln -s ../outside files/four
echo four >list
expect 0 "$weir" list ! lines ! exec "echo new" ! save files sync=no
[ ! -e outside ] && [ "$(cat files/four-2)" = "new four" ] || fail "a link: $(ls -A files)"
expect 0 "$weir" list ! lines ! par 4 exec "echo newer" ! save files/
[ "$(cat files/four-3)" = "newer four" ] || fail "another run"
rm -r files
mkdir files
# An output of nothing is a file too; many of one name.
expect 0 "$weir" list ! lines ! exec true ! save files
[ -e files/four ] && [ ! -s files/four ] || fail "nothing"
yes x/many | head -n 60 >list
expect 0 "$weir" list ! lines ! par 8 exec "echo {#}" ! save files sync=no
rm files/four
[ "$(ls files | wc -l)" -eq 60 ] && [ -e files/many-60 ] || fail "many: $(ls files)"
[ "$(sort -n files/* | tr '\n' ' ')" = "$(seq 60 | tr '\n' ' ')" ] || fail "all of them"
rm -r files
mkdir files

# ---- what is no name ----

# no_name INPUT WHY
no_name() {
    printf '%s\n' "$1" >list
    expect 1 "$weir" list ! lines ! exec "echo {}" ! save files
    mentions "save: record 1: no name for a file ($2): '$(echo "$1" | cut -c 1-60)"
    mentions "save DIR on-error=skip leaves out what has no name"
    holds_only
}
no_name http://h.example/ "it is empty"
no_name http://h.example "it is empty"
no_name "http://h.example?a/b" "it is empty"
no_name a/ "it is empty"
no_name a/.. "it begins with '.'"
no_name https://h/.bashrc "it begins with '.'"
no_name http://h/-rf "it begins with '-'"
no_name "http://h/$(head -c 241 /dev/zero | tr '\0' x)" "it is longer than 240 bytes"
printf 'a\033[2Jb\n' >list
expect 1 "$weir" list ! lines ! exec true ! save files
mentions 'it holds a control character'
mentions '\x1b'
printf 'x/good\nx/\nbetter\n' >list
expect 1 "$weir" list ! lines ! exec "echo {}" ! save files
mentions "save: record 2: no name for a file (it is empty): 'x/'"
mentions "1 file is in files"
holds_only good
rm files/good
expect 3 "$weir" list ! lines ! exec "echo {}" ! save files on-error=skip
mentions "1 of 3 results were left out: they have no name"
holds_only better good
rm -r files
mkdir files

# ---- what fails ----

# A command that failed has made no file.
printf 'x/true\nfalse\ntrue\n' >list
expect 1 "$weir" list ! lines ! exec "sh -c 'echo out; \$0' {/}" ! save files
mentions "1 of 3 commands failed"
mentions "2 files are in files"
holds_only true true-2
rm files/*
expect 1 "$weir" list ! lines ! exec true ! save missing/dir
complains "weir: 'save' writes into a directory, and there is none called 'missing/dir'
  list ! lines ! exec true ! save missing/dir
                                  ^~~~~~~~~~~ mkdir missing/dir"
expect 2 "$weir" list ! lines ! save . roll=200K
complains "weir: '200K' is not a size and a time
  list ! lines ! save . roll=200K
                        ^~~~~~~~~ roll=64M,60s: so large, or so old"
expect 1 "$weir" list ! lines ! exec true ! save list
if [ "$(id -u)" -ne 0 ]; then
    chmod 555 files
    expect 1 "$weir" list ! lines ! exec true ! save files
    mentions "permission denied"
    chmod 755 files
fi
(
    trap '' XFSZ
    ulimit -f 8
    "$weir" list ! lines ! exec 'dd status=none if=/dev/zero bs=100000 count={#}' ! save files 2>err
)
mentions "files/true: cannot write: "
holds_only

# ---- words ----

expect 2 "$weir" list ! lines ! save files
complains "weir: 'save' takes results, 'lines' gives lines
  list ! lines ! save files
         ~~~~~   ^~~~ put 'exec' between them, or say roll=64M,60s"
expect 2 "$weir" list ! save files
mentions "'save' takes results, 'list' gives bytes"
expect 2 "$weir" list ! lines ! exec true ! save
mentions "'save' needs DIR"
expect 2 "$weir" list ! lines ! exec true ! save files ! null
mentions "'save' is a sink and gives nothing"
expect 0 "$weir" explain list ! lines ! exec true ! save files
grep -q '^save files  *results  *-  *8 KiB  *copy  *\(io_uring\|epoll\)  *a file a result, complete and synced' out ||
    fail "explain: $(cat out)"

# ---- files that roll ----

rm -rf files
mkdir files
seq 1000 >numbers
expect 0 "$weir" numbers ! lines ! save files roll=1K,60s
[ "$(ls files | wc -l)" -eq 4 ] || fail "files of 1 KiB: $(ls -l files)"
cat $(ls files/* | sort -t- -k5 -n) >all
same numbers all "file after file"
for file in files/*; do
    [ -z "$(tail -c 1 "$file" | tr -d '\n')" ] || fail "$file ends inside of a line"
done
rm files/*
expect 0 "$weir" numbers ! lines ! to lines ! gzip ! save files roll=64,60s name=n.txt.gz
ls files | grep -vq '^n-[0-9]*-[0-9]*-[0-9]*-[0-9]*.txt.gz$' && fail "names: $(ls files)"
zcat $(ls files/* | sort -t- -k5 -n) >all
same numbers all "compressed"
rm files/*
# All sources are read, one after the other, and explain knows each.
expect 0 "$weir" numbers numbers ! lines ! save files roll=1M,60s
cat numbers numbers | cmp -s - "$(echo files/*)" || fail "of two files: $(ls -l files)"
rm files/*
expect 0 "$weir" explain numbers numbers ! lines ! save files roll=1M,60s
# Old files are complete, whatever comes.
one_is_complete() { [ "$(ls files | wc -l)" -eq 1 ]; }
{ echo 1; soon one_is_complete; echo 2; } | "$weir" - ! lines ! save files roll=1M,200ms
[ "$(cat $(ls files/* | sort -t- -k5 -n) | tr '\n' ' ')" = '1 2 ' ] && [ "$(ls files | wc -l)" -eq 2 ] ||
    fail "of 200 ms: $(ls files)"
rm files/*
# The file in hand of one that is killed is not there.
{ seq 10; sleep 3; } | "$weir" - ! lines ! save files roll=1M,60s &
sleep 0.5
kill -9 $!
wait $! 2>/dev/null
[ "$(find files -type f -name 'part*' | wc -l)" -eq 0 ] || fail "half a file: $(ls -A files)"
rm -rf files
mkdir files
expect 0 "$weir" - ! lines ! save files roll=1M,60s </dev/null
holds_only
rolls() {
    wanted=$1
    shift
    expect 2 "$weir" "$@"
    mentions "$wanted"
}
rolls "'5' is not a size and a time" seq 5 ! save files roll=5
rolls "'1M,' is not a size and a time" seq 5 ! save files roll=1M,
rolls "no name for files (it holds a '/'): 'a/b'" seq 5 ! save files roll=1M,1s name=a/b
rolls "'name' is of files that roll" numbers ! lines ! exec true ! save files name=a
rolls "'on-error' is of results" seq 5 ! save files roll=1M,1s on-error=skip
rolls "files roll between lines, and 'numbers' gives bytes" numbers ! gzip ! save files roll=1M,1s
rolls "'gzip' on threads ends nothing" seq 5 ! to lines ! gzip threads=2 ! save files roll=1M,1s
rolls "the names of 'to' would stand in the first file alone" \
    numbers ! from csv ! to csv ! save files roll=1M,1s
