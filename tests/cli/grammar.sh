#!/bin/sh
# What is wrong with a command line: exit code 2, a caret under the word, one hint, no file.
. "$(dirname "$0")/common.sh"

echo hello >a.log
mkdir files

expect 2 "$weir" a.log ! gzpi level=9 ! files/out.gz
complains "weir: no stage called 'gzpi'
  a.log ! gzpi level=9 ! files/out.gz
          ^~~~ did you mean 'gzip'?"

expect 2 "$weir" a.log ! gunzip ! grep ERROR ! -
complains "weir: 'grep' takes lines, 'gunzip' gives bytes
  a.log ! gunzip ! grep ERROR ! -
          ~~~~~~   ^~~~ put 'lines' between them"

expect 2 "$weir" a.log ! lines ! gzip ! files/x.gz
complains "weir: 'gzip' takes bytes, 'lines' gives lines
  a.log ! lines ! gzip ! files/x.gz
          ~~~~~   ^~~~ put 'to lines' between them"

expect 2 "$weir" a.log ! count
complains "weir: 'count' takes lines, 'a.log' gives bytes
  a.log ! count
  ~~~~~   ^~~~~ put 'lines' between them"

expect 2 "$weir" a.log ! gzip levle=9
complains "weir: gzip has no option 'levle=9'
  a.log ! gzip levle=9
               ^~~~~~~ did you mean 'level'?"

expect 2 "$weir" a.log ! gzip level=10
complains "weir: 10 is outside 0 to 9
  a.log ! gzip level=10
               ^~~~~~~~ usage: gzip [level=N] [threads=N]"

expect 2 "$weir" a.log ! gzip level=1 level=2
mentions "'level' is given twice"

expect 2 "$weir" a.log ! lines ! take five
complains "weir: 'five' is not a whole number
  a.log ! lines ! take five
                       ^~~~ usage: take N"

expect 2 "$weir" a.log ! lines ! take 18446744073709551616
complains "weir: 18446744073709551616 is outside 0 to 18446744073709551615
  a.log ! lines ! take 18446744073709551616
                       ^~~~~~~~~~~~~~~~~~~~ usage: take N"
for stage in skip head last sample batch; do
    expect 2 "$weir" a.log ! lines ! $stage 18446744073709551616
    mentions "18446744073709551616 is outside "
done
expect 2 "$weir" tail a.log lines=18446744073709551616
mentions "18446744073709551616 is outside 0 to 18446744073709551615"
expect 2 "$weir" tail a.log bytes=99999999999G
mentions "99999999999G is outside 0 to 18446744073709551615"
expect 2 "$weir" a.log ! lines ! take
mentions "'take' needs N"
expect 2 "$weir" a.log ! lines max=0
mentions "0 is outside 1 to 67108864"
expect 2 "$weir" a.log ! lines max=99999999999G
mentions "99999999999G is outside 1 to 67108864"
expect 2 "$weir" a.log ! lines ! grep two words
mentions "grep does not take 'words'"
expect 2 "$weir" a.log ! lines ! to xml
mentions "'xml' is none of lines, csv, tsv, ndjson, json"
expect 2 "$weir" a.log ! wc
mentions "did you mean 'count'?"
expect 2 "$weir" a.log ! files/x.gz overwrite
mentions "does not take 'overwrite'"

# Who comes from a shell is told what it is here, which is another thing in front and behind a '!'.
# told HINT WORD...: so much for these words.
told() {
    hint=$1
    shift
    expect 2 "$weir" "$@"
    mentions "~ $hint"
}
told "did you mean 'gunzip'?" a.log ! zcat ! null
told "did you mean 'open'?" zcat a.log ! null
told "did you mean 'unxz'?" a.log ! xzcat ! null
told "did you mean 'open'?" xzcat a.log ! null
told "it stands behind a file: ! ./FILE append" a.log ! append
told "it stands behind a file: ! ./FILE append" a.log ! append out.log
told "'append' adds to a file: ! ./FILE append" a.log ! '>>' out.log
told "a file at the end is written: ! ./FILE" a.log '>' out.log
told "'!' stands between stages" a.log '|' gzip
told "did you mean 'append'?" a.log ! tee -a ./x ! null
told "did you mean 'append'?" a.log ! ./x -a
told "leave it out: a file is a source itself" cat a.log ! gzip
told "exec 'sed ...' runs it, over bytes: 'to lines' makes them of lines" seq 2 ! sed s/1/x/
expect 0 "$weir" seq 2 ! to lines ! exec 'sed s/1/x/'
prints "x
2"
told "exec:'sed ...' runs it" sed s/a/b/ a.log
told "'from json' reads it, 'to json' writes it" a.log ! json
told "did you mean 'hex'?" a.log ! od
told "leave it out: they are lines" seq 3 ! lines ! count
told "to write a file of that name, say './seqq'" a.log ! seqq # a source is none there
told "did you mean 'seq'?" seqq 3
told "did you mean 'count'? it has a source in front: FILE ! lines ! count" wc x ! lines
told "did you mean 'stats'? it has a source in front: FILE ! from csv ! stats" summary a.log
told "did you mean 'gzip'? it has a source in front: FILE ! gzip" pigz a.log

# A bare name in last place makes no file, however far it is from a stage.
expect 2 "$weir" a.log ! - foo
mentions "'-' does not take 'foo'"
expect 2 "$weir" a.log -v ! lines
complains "weir: no file called '-v'
  a.log -v ! lines
        ^~ options stand right behind 'weir'; a file is written ./-v"
expect 2 "$weir" doctor who
mentions "'doctor' takes the address of a broker, or nothing"
expect 2 "$weir" a.log ! gzip ! gzpi
mentions "did you mean 'gzip'?"
expect 2 "$weir" a.log ! gzip ! result
complains "weir: no stage called 'result'
  a.log ! gzip ! result
                 ^~~~~~ to write a file of that name, say './result'"
[ ! -e gzpi ] && [ ! -e result ] || fail "a typo made a file"

expect 2 "$weir" a.log ! files/x.gz ! gzip
complains "weir: 'files/x.gz' is a sink and gives nothing to the next stage
  a.log ! files/x.gz ! gzip
          ^~~~~~~~~~ 'tee FILE' writes a copy and goes on"

expect 2 "$weir" a.log ! ! gzip
mentions "nothing stands before this '!'"
expect 2 "$weir" a.log !
mentions "nothing stands behind this '!'"
expect 2 "$weir" a.log + ! gzip
mentions "nothing stands before this '!'"
expect 2 "$weir" ! gzip
mentions "start with a file, or with - for standard input"
expect 2 "$weir" +
expect 2 "$weir"
mentions "weir [OPTIONS] SOURCE"
expect 2 "$weir" explain
mentions "there is no pipeline"

expect 2 "$weir" gzip ! files/x.gz
complains "weir: 'gzip' has nothing to read
  gzip ! files/x.gz
  ^~~~ start with a file, or with - for standard input"
expect 2 "$weir" gzip --help
complains "weir: 'gzip' has nothing to read
  gzip --help
  ^~~~ weir stages gzip"
expect 2 "$weir" a.log gzip ! files/x.gz
complains "weir: the stage 'gzip' stands among the sources
  a.log gzip ! files/x.gz
        ^~~~ put '!' before it"
echo x >journal
expect 2 "$weir" jurnal ! gzip
complains "weir: no file called 'jurnal'
  jurnal ! gzip
  ^~~~~~ did you mean 'journal'?"
expect 0 "$weir" journal
prints x
expect 2 "$weir" amqp:host/x ! gzip
mentions "knows no 'amqp:' addresses"
mentions "a file of that name is written ./amqp:host/x"
expect 2 "$weir" file: ! gzip
mentions "names no file"
expect 2 "$weir" a.log ! files/x.gz + a.log ! files/x.gz
complains "weir: two chains write 'files/x.gz'
  a.log ! files/x.gz + a.log ! files/x.gz
          ~~~~~~~~~~           ^~~~~~~~~~ name another file"

# Names cannot steer the terminal, carets stand under what is shown.
bad=$(printf 'a\033[31mb\302\233.log')
expect 2 "$weir" "$bad" 'b c.log' ! gzpi
complains "weir: no stage called 'gzpi'
  a\\x1b[31mb\\xc2\\x9b.log 'b c.log' ! gzpi
                                     ^~~~ did you mean 'gzip'?"
expect 2 "$weir" "$(printf '\303\244.log')" ! gzpi
complains "weir: no stage called 'gzpi'
  $(printf '\303\244').log ! gzpi
          ^~~~ did you mean 'gzip'?"

expect 2 "$weir" --explian a.log
complains "weir: no option '--explian'
  did you mean '--explain'?"
expect 2 "$weir" --progress=much a.log
expect 2 "$weir" help sed
mentions "exec 'sed ...' runs it, over bytes: 'to lines' makes them of lines"
expect 2 "$weir" help cat
mentions "leave it out: a file is a source itself"
expect 2 "$weir" stages gzpi
mentions "did you mean 'gzip'?"

# A word that stands behind a stage says behind which.
expect 0 "$weir" stages append
prints "append
  it stands behind a file at the end, 'tee' and 'dead': FILE [append] [partial=keep] [sync=no]"
expect 0 "$weir" help level=9
prints "level=9
  it stands behind 'gzip', 'zstd', 'lz4' and 5 more: 'weir help gzip'"
expect 0 "$weir" help keep-order
prints "keep-order
  it stands behind 'par': par N [keep-order] STAGE"
expect 0 "$weir" help why
prints "why
  it stands behind 'dead': dead FILE|ADDRESS [why]"
expect 0 "$weir" help csv
prints "csv
  it stands behind 'from' and 'to': 'weir help from'"
expect 0 "$weir" help group
prints "group
  it stands behind 'kafka:' and 'redis:': 'weir help kafka:'"
expect 0 "$weir" help file
prints "file
  a file is read where it comes first, and written at the end: FILE [append] [partial=keep] [sync=no]"
expect 0 "$weir" help -v
prints "  -v                        a line a stage while it runs, and a table of them at the end
  it stands behind 'grep': grep [-v] [--] TEXT"
expect 0 "$weir" help --explain -q
prints "  --explain                 print the plan on stderr, then run
  -q                        no progress"
expect 0 "$weir" help --inspect=
prints "  --inspect[=ADDRESS]       a live page of what runs, for a browser of this machine:
                            127.0.0.1:PORT, [::1]:PORT or :PORT; without it a free port"
expect 0 "$weir" help --progress=json --version
prints "  --progress=none|line|json how far it is, on stderr; a line when that is a terminal
                            and results go elsewhere
  --help, --version"
for word in --nosuch -- - ''; do
    expect 2 "$weir" help "$word"
done
expect 2 "$weir" help lev
mentions "'weir stages' lists them"

# From a file: comments, newlines, quotes; mistakes show one line.
printf '#!/usr/bin/weir run\na.log   # the source\n! lines\n! grep "he" # and so on\n! count\n' >job.weir
expect 0 "$weir" run job.weir
prints 1
printf 'a.log ! gzpi\n! files/x.gz\n' >bad.weir
expect 2 "$weir" run bad.weir
complains "weir: bad.weir, line 1: no stage called 'gzpi'
  a.log ! gzpi ! files/x.gz
          ^~~~ did you mean 'gzip'?"
printf 'wow!\nno\n! !\n' >marks.txt
printf "marks.txt ! lines ! grep '!' ! count" >quoted.weir
expect 0 "$weir" run quoted.weir
prints 2
printf "marks.txt ! lines ! grep '!' ! cuont" >quoted.weir
expect 2 "$weir" run quoted.weir
mentions "
  marks.txt ! lines ! grep '!' ! cuont
                                 ^~~~~ did you mean 'count'?"
printf "a.log ! grep 'x" >open.weir
expect 2 "$weir" run open.weir
mentions "open.weir, line 1: a quote is not closed"
expect 2 "$weir" run missing.weir
mentions "no such file"
expect 2 "$weir" run

# What the command was made for, as it is written: a plan can be made of each.
echo hello >in.log
cp in.log app.log
for line in "access.log ! gzip ! access.log.gz" "dump.sql.gz ! gunzip ! rate 20M ! tcp:db2:9000" \
    "- ! buffer 1G ! /dev/st0" "tcp-listen:9000 ! buffer 256M ! recv.bin" "serve tcp-listen:7 ! -" \
    "app.log ! lines ! grep ERROR ! count" \
    "tail app.log ! lines ! grep ERROR ! unix:/run/alert.sock" \
    "in.log ! tee t ! gzip ! in.log.gz + t. ! lines ! count ! -"; do
    # shellcheck disable=SC2086
    expect 0 "$weir" explain $line
    [ ! -s err ] || fail "$line: $(cat err)"
done

holds_only

# A message is cut where it is too long, and says so.
expect 2 "$weir" "--$(head -c 1500 /dev/zero | tr '\0' x)"
mentions "xxx..."

# What cannot be built is seen by explain too, and where.
deep=$(yes '! skip 1' | head -1100)
# shellcheck disable=SC2086 # words
for how in explain --explain; do
    expect 2 "$weir" $how seq 3 $deep ! null
    mentions 'skip would be more than WEIR_DEPTH_MAX = 1024 stages deep'
    mentions '^~~~~~ fewer stages'
    [ ! -s out ] || fail "$how writes what it could not plan"
done
