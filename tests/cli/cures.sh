#!/bin/sh
# What goes wrong while it runs is cured by words of the command, and not by options of the library.
. "$(dirname "$0")/common.sh"

# cured HINT COMMAND...: it fails, and this is all that is advised. Of JSON only where this build has it.
cured() {
    hint=$1
    shift
    case "$*" in *json*) has_json || return 0 ;; esac
    expect 1 timeout 20 "$@"
    grep -q "[~^] $hint\$" err || {
        fail "not '$hint': $*"
        sed 's/^/    /' err
    }
}

printf '{"name":"%s"}\n' "$(head -c 90000 /dev/zero | tr '\0' x)" >long
printf '{"a":\n1}\n' >parts
printf '{"a":1}\n{"b":1}\n' >unlike
printf 'a,b\n%s,1\n' "$(head -c 5000 /dev/zero | tr '\0' x)" >wide.csv
mkfifo pipe
cured 'sort mem=BYTES, seventeen times the largest' "$weir" long ! lines ! sort mem=1M ! null
cured 'if such lines are meant to be there: lines max=BYTES' "$weir" long ! lines max=1K ! null
cured 'split max=BYTES' "$weir" long ! split , max=9 ! null
cured 'if such records are meant: from max=BYTES' "$weir" wide.csv ! from csv max=1K ! count
cured 'if such lines are meant to be there: from max=BYTES' "$weir" long ! from ndjson max=1K ! count
cured 'from json max=BYTES; or a value on each line: from ndjson' "$weir" long ! from json max=1K ! count
cured 'a whole value on each line; one over several: from json' "$weir" parts ! from ndjson ! count
cured 'one value on each line: from ndjson' "$weir" unlike ! from json ! count
cured "leave 'tail' out: the file waits itself for what is to come" "$weir" tail pipe ! null
cured 'on-error=skip leaves out those that fail' "$weir" seq 3 ! exec 'sh -c "test {} -lt 3"' on-error=stop ! null
mentions "2 results passed"
cured 'on-error=skip leaves out those that fail' "$weir" seq 3 ! exec 'sh -c "test {} -lt 2"' on-error=stop ! null
mentions "1 result passed"
seq -s, 10001 >columns.csv
printf '{"a":%s}\n' "$(head -c 1001 /dev/zero | tr '\0' 1)" >digits
printf '%s1%s\n' "$(head -c 200 /dev/zero | tr '\0' '[')" "$(head -c 200 /dev/zero | tr '\0' ']')" >nested
cured 'fewer fields: only weir_csv() in C takes more (columns_max)' "$weir" columns.csv ! from csv ! count
cured 'such a number in quotes' "$weir" digits ! from ndjson ! count
cured 'a flatter value' "$weir" nested ! from ndjson ! count
cured 'unframe width=N, with a larger one' "$weir" long ! lines ! unframe width=2 ! null
cured 'if such frames are meant to be there: unframe max=BYTES' "$weir" long ! lines ! unframe max=9 ! null
printf 'a\n"b"c\n' >quoted.csv
cured 'from csv lazy-quotes, if quotes within fields are not doubled' "$weir" quoted.csv ! from csv ! count
cured 'to csv columns=NAMES, if they are known' "$weir" unlike ! from ndjson ! to csv
deep=$(yes '! skip 1' | head -1100)
# shellcheck disable=SC2086 # words
cured 'fewer stages' "$weir" seq 3 $deep ! null
[ "$(wc -L <err)" -lt 250 ] || fail "the pipeline is quoted at length: $(wc -L <err) columns"
if ! "$weir" stages zstd | grep -q 'not in this build'; then
    "$weir" seq 100000 ! to lines ! zstd long=24 ! long.zst
    cured 'unzstd window=BYTES, if the sender is trusted' "$weir" long.zst ! unzstd window=1K ! null
fi
if ! "$weir" stages xz | grep -q 'not in this build'; then
    "$weir" long ! xz ! long.xz
    cured 'unxz memory=BYTES, if the sender is trusted' "$weir" long.xz ! unxz memory=64K ! null
fi

# Damaged bytes.
printf 'x\n' | tee plain | tee plain.gz >text
: >empty
gzip -nc text | head -c 15 >cut
printf '\037\213\010\377' >flags
printf '{"a":1}\nnope\n' >lines.json
printf 'a\n1,"2\n' >open.csv
cured 'leave it out, if this is not compressed' "$weir" empty ! gunzip
cured 'leave it out, if this is not compressed' "$weir" plain ! gunzip
cured 'a name without its suffix, if this is not compressed' "$weir" plain.gz ! decompress
cured 'a whole copy of it, if there is one' "$weir" cut ! gunzip
cured 'another copy of it, if there is one' "$weir" flags ! gunzip
cured 'gunzip or inflate, the others that hold deflate' "$weir" plain ! unzlib
mentions 'it begins with 78 0a'
cured 'another copy of it, if there is one' "$weir" plain ! unhex
cured 'a whole copy of it, if there is one' "$weir" plain ! unbase64
cured 'on-error=skip leaves out such records' "$weir" lines.json ! from ndjson ! count
cured 'one value on each line: from ndjson' "$weir" lines.json ! from json ! count
sed 1d lines.json >first.json
cured 'a look at what stands there' "$weir" first.json ! from ndjson ! count
cured 'one value on each line: from ndjson' "$weir" lines.json ! from json ! count
cured 'from ndjson, which takes an empty input for no records' "$weir" empty ! from json ! count
cured 'a look at what stands there' "$weir" plain ! from json ! count
cured 'a look at this quote' "$weir" open.csv ! from csv ! count

# What cannot be begun.
hinted() {
    hint=$1
    shift
    expect 2 timeout 20 "$@"
    [ "$(tail -n 1 err | sed 's/^[ ^~]*//')" = "$hint" ] || fail "not '$hint': $* says $(cat err)"
}
mkdir folder
printf "text ! lines !\n grep 'b\n" >open.weir
hinted "did you mean 'open.weir'?" "$weir" run opne.weir
hinted 'look whether the path is right' "$weir" run folder/nope
hinted 'the name of a file in it' "$weir" run folder
hinted "a second one behind it; within \"...\" a ' is a letter" "$weir" run open.weir
hinted 'the files in it by their names, DIR/* in its place' sh -c '"$0" - <folder' "$weir"
hinted 'weir relay ADDRESS ADDRESS [idle=TIME] [still=TIME]' "$weir" relay
[ "$(wc -l <err)" = 2 ] || fail "an empty line: $(cat err)"
hinted 'weir serve tcp-listen:PORT ! STAGE ... ! -' "$weir" serve
hinted 'no quotes around all of it: each word is one' "$weir" 'text ! lines ! count'
hinted 'tcp-listen:[ADDRESS:]PORT is an address' "$weir" tcp-listen ! null
hinted "exec:'COMMAND' is an address" "$weir" exec 'seq 3' ! count
hinted "did you mean 'http:'?" "$weir" htp://127.0.0.1/ ! null
hinted "did you mean 'tcp:'?" "$weir" text ! tcpp:a:1
hinted 'a file of that name is written ./udp:1.2.3.4:5' "$weir" text ! udp:1.2.3.4:5
hinted "glob 'PATTERN' in quotes, or the shell puts names in its place" "$weir" glob a.csv b.csv
: >-dash
hinted 'the file is written ./-dash' "$weir" -dash ! null
cured 'look whether somebody listens there' "$weir" tcp:127.0.0.1:1 ! null
hinted 'leave it out: it follows, over a rotation too' "$weir" tail -F text ! null
hinted '! count behind it' "$weir" text ! lines ! grep -c x
hinted 'uniq count' "$weir" text ! lines ! uniq -c
hinted 'gzip level=N' "$weir" text ! gzip -9 ! null
hinted 'gunzip' "$weir" text ! gzip -d ! null
hinted 'head N' "$weir" text ! lines ! head -n 3
hinted 'no name fits it, or quotes keep the shell from looking' "$weir" './*.none' ! null
hinted "'tee FILE' writes a copy and goes on" "$weir" text ! ./copy ! null

# A pipeline that comes through a pipe.
printf 'text !\n lines !\n count\n' >piped.weir
expect 0 sh -c '"$0" run - <piped.weir' "$weir"
[ "$(cat out)" = 1 ] || fail "run - says $(cat out)"
printf 'text !\n lnes\n' >piped.weir
expect 2 sh -c '"$0" run - <piped.weir' "$weir"
mentions "weir: standard input, line 2: no stage called 'lnes'"
hinted 'start with a file, or with - for standard input' "$weir" ! gzip
hinted 'usage: seq [FROM] TO [step=N]' "$weir" seq
mentions "'seq' needs TO"
hinted 'usage: seq [FROM] TO [step=N]' "$weir" seq from=3
expect 0 "$weir" seq to=3 ! count
[ "$(cat out)" = 3 ] || fail "seq to=3 gives $(cat out)"
expect 0 "$weir" seq to=3 2 ! count
[ "$(cat out)" = 2 ] || fail "seq to=3 2 gives $(cat out)"
