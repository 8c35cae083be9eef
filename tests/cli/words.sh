#!/bin/sh
# Words that are also separators, commands or options; what is said where one is meant and another
# was written; pipelines from files as editors leave them.
. "$(dirname "$0")/common.sh"

printf 'wow!\nno\na+b\nx \\! y\ntext=1\n' >text.txt
echo hello >a.log

# ---- ! and + as texts ----

# finds WANTED ARGUMENT...: grep with these finds that line alone.
finds() {
    wanted_line=$1
    shift
    expect 0 "$weir" text.txt ! lines ! grep "$@"
    prints "$wanted_line"
}
both=$(printf 'wow!\nx \\! y')
finds "$both" text=!
finds "$both" '\!'
finds "$both" -- '\!'
finds a+b text=+
finds a+b '\+'
finds 'x \! y' 'text=\!'
finds text=1 text=text=
finds text=1 -- text=1
finds text=1 text=1 # the line that holds 1
finds "$(printf 'no\na+b\ntext=1')" -v text=!
expect 0 "$weir" text.txt ! lines ! take n=1
prints 'wow!'
expect 0 "$weir" text.txt ! lines ! skip n=4 ! head n=1
prints text=1
cp text.txt '!'
cp a.log +
expect 0 "$weir" '\!' '\+' ! lines ! count
prints 6
expect 0 "$weir" ./! ./+ ! lines ! count
prints 6
rm ./! ./+

expect 2 "$weir" text.txt ! lines ! grep !
complains "weir: 'grep' needs TEXT, and '!' stands between stages
  text.txt ! lines ! grep !
                     ^~~~ for '!' itself: grep text=!"
expect 2 "$weir" text.txt ! lines ! grep -v -- + ! count
complains "weir: 'grep' needs TEXT, and '+' stands between stages
  text.txt ! lines ! grep -v -- + ! count
                     ^~~~ for '+' itself: grep text=+"
expect 2 "$weir" text.txt ! lines ! grep
complains "weir: 'grep' needs TEXT
  text.txt ! lines ! grep
                     ^~~~ usage: grep [-v] [--] TEXT"
expect 2 "$weir" text.txt ! lines ! take !
mentions "'take' needs N"
expect 2 "$weir" text.txt ! lines ! grep text=a b
mentions "grep does not take 'b'"
expect 2 "$weir" text.txt ! lines ! grep a text=b
mentions "'TEXT' is given twice"
expect 2 "$weir" text.txt ! lines ! take n=x
mentions "'x' is not a whole number"
expect 2 "$weir" text.txt ! lines ! grep '\!' more
mentions "
  text.txt ! lines ! grep '\\!' more
                               ^~~~ usage"

# A separator that sticks to a word.
expect 2 "$weir" a.log !lines
complains "weir: no file called '!lines'
  a.log !lines
        ^~~~~~ put blanks around the '!'"
expect 2 "$weir" a.log ! lines !grep hello
mentions "lines does not take '!grep'"
mentions "put blanks around the '!'"
expect 2 "$weir" a.log ! gzip! null
mentions "put blanks around the '!'"
expect 2 "$weir" a.log!gzip!a.gz
mentions "put blanks around the '!'"
expect 2 "$weir" a.log ! null +a.log
mentions "put a blank behind the '+'"
[ ! -e a.gz ] || fail "a word was split"

# ---- options, flags, commands ----

expect 2 "$weir" a.log ! lines ! grep -- -v -v
complains "weir: grep does not take '-v'
  a.log ! lines ! grep -- -v -v
                             ^~ usage: grep [-v] [--] TEXT"
expect 2 "$weir" a.log ! lines ! grep -i hello
complains "weir: grep has no option '-i'
  a.log ! lines ! grep -i hello
                       ^~ exec 'grep ...' knows it, over bytes: 'to lines' makes them of lines"
expect 2 "$weir" a.log ! from csv ! where a gt 3 and b eq x
complains "weir: where does not take 'and'
  a.log ! from csv ! where a gt 3 and b eq x
                                  ^~~ another one behind it: ! where FIELD OP VALUE"
expect 2 "$weir" a.log ! from csv ! sort a desc
complains "weir: sort does not take 'desc'
  a.log ! from csv ! sort a desc
                            ^~~~ sort -FIELD, or 'descending' for all of them"
expect 2 "$weir" a.log ! from csv ! group town
complains "weir: no stage called 'group'
  a.log ! from csv ! group town
                     ^~~~~ pick FIELD ! sort FIELD ! uniq count: how often each value is there"
expect 2 "$weir" a.log ! lines ! grep -v -v hello
mentions "'-v' is given twice"
expect 2 "$weir" a.log ! lines ! grep hello TEX
mentions "usage: grep"
expect 2 "$weir" a.log ! out.txt append partial=keep
complains "weir: what is added with append is kept in any case
  a.log ! out.txt append partial=keep
                         ^~~~~~~~~~~~ leave it out"
[ ! -e out.txt ] || fail "a file was made"

# Behind -- stands a pipeline, whatever its first word is.
for name in run stages explain doctor help -v; do
    echo "$name" >"./$name"
    expect 0 "$weir" -- "$name"
    prints "$name"
    rm "./$name"
done
expect 2 "$weir" -- run a.log
mentions "no file called 'run'"
expect 2 "$weir" --

# ---- a driver that does not exist ----

# driver NAME HINT COMMAND...: refused as any other wrong word.
driver() {
    name=$1 hint=$2
    shift 2
    expect 2 env WEIR_DRIVER="$name" "$weir" "$@"
    complains "weir: no driver is called '$name'; there are uring, epoll and sim
  $hint"
}
driver epol "did you mean 'epoll'?" a.log ! ./out.txt
driver io_uring "did you mean 'uring'?" explain a.log ! ./out.txt
driver nothing "leave it out (WEIR_DRIVER, or the option): the best one is taken" a.log ! ./out.txt
[ ! -e out.txt ] || fail "a file was made without a driver"
expect 2 env WEIR_DRIVER=nothing "$weir" doctor
expect 0 env WEIR_DRIVER= "$weir" a.log ! null

# ---- a name that is neither a stage nor a file, with a dot or without ----

expect 2 "$weir" nothing ! files.out
mentions "no file called 'nothing'"
expect 2 "$weir" nothing.log ! files.out
complains "weir: nothing.log: cannot open: no such file or directory
  nothing.log ! files.out
  ^~~~~~~~~~~ look whether the path is right"
expect 2 "$weir" a.log a.lgo ! files.out
mentions "did you mean 'a.log'?"
expect 2 "$weir" file:nothing
expect 2 "$weir" a.log/x
mentions "not a directory"
expect 0 "$weir" explain nothing.log ! lines ! count
expect 1 "$weir" a.log ! first.out + nothing.log # something was written already
[ -s first.out ] && [ ! -e files.out ] || fail "the first chain"

expect 1 "$weir" a.log ! ./nodir/
complains "weir: ./nodir/: a directory, where a file is meant
  a.log ! ./nodir/
          ^~~~~~~~ the name of a file
  ./nodir/ was not created"

# Bad data behind good: what was good can be kept.
gzip -c text.txt >text.gz
echo garbage >>text.gz
expect 1 "$weir" text.gz ! gunzip ! ./back
mentions "garbage behind the last member
  text.gz ! gunzip ! ./back
            ^~~~~~ partial=keep behind the file keeps what came before"
expect 1 "$weir" text.gz ! gunzip ! ./back partial=keep
grep -q 'keeps what' err && fail "said where it was done"
same back.partial text.txt
expect 1 "$weir" text.gz ! gunzip ! ./back append
grep -q partial err && fail "append keeps it"
expect 1 "$weir" text.gz ! gunzip ! null
grep -q partial err && fail "there is no file"
expect 1 "$weir" a.log ! gunzip ! ./back.txt
grep -q partial err && fail "there is nothing to keep"

# ---- pipelines from files ----

bom=$(printf '\357\273\277')
# runs TEXT: as printf makes it, it prints 1.
runs() {
    printf "$1" >job.weir
    expect 0 "$weir" run job.weir
    prints 1
}
runs 'a.log ! lines ! count\n'
runs "${bom}a.log ! lines ! count\n"
runs "${bom}a.log ! lines ! count\r\n"
runs "${bom}# a comment\r\na.log ! lines\r\n! count\r\n"
runs "# a comment\ra.log ! lines\r! count\r"
runs 'text.txt ! lines ! grep \\+ ! count'
runs "text.txt ! lines ! grep '\\\\!' ! count"
runs 'text.txt ! lines ! grep text=+ ! count'
printf '%s' "$bom" >job.weir
expect 2 "$weir" run job.weir
complains "weir: job.weir: there is no pipeline
  weir FILE ! STAGE ... ! FILE"
printf '\377\376a\000' >job.weir
expect 2 "$weir" run job.weir
mentions "job.weir: it is UTF-16, and must be UTF-8"
printf 'a.log ! %slines' "$bom" >job.weir
expect 2 "$weir" run job.weir
mentions "no stage called '\\xef\\xbb\\xbflines'"

# The line of a mistake, however lines end; of what is found while it runs too.
# at_line N TEXT: as printf makes it, it is refused, and that names the line.
at_line() {
    printf "$2" >job.weir
    run "$weir" run job.weir
    [ "$status" -ne 0 ] || fail "no mistake: $2"
    grep -q "^weir: job.weir, line $1: " err || { fail "not line $1: $2"; cat err; }
}
at_line 3 '# one\na.log\n! lnes\n! null\n'
at_line 3 '# one\r\na.log\r\n! lnes'
at_line 3 '# one\ra.log\r! lnes'
at_line 4 "${bom}a.log ! lines\n\n! grep 'two\nlines' more\n"
at_line 2 'a.log\n! count\n! null'
at_line 2 'a.log\n! null + gzip\n! null'
at_line 2 'a.log +\n+ null'
at_line 2 "a.log !\ngrep 'x\n\n"
at_line 3 'a.log\n\n! li\000nes'
at_line 2 '\nnothing.log ! null'
at_line 2 'a.log\n! gunzip\n! null'
at_line 3 'a.log\n! lines\n! nowhere/out'
expect 2 "$weir" explain run job.weir x

# ---- a file system that can only be read ----

[ "$(id -u)" -eq 0 ] || skip "only root can mount one"
mkdir fixed
mount -t tmpfs -o ro tmpfs fixed 2>/dev/null || skip "nothing can be mounted here"
expect 1 "$weir" a.log ! fixed/out
umount fixed
mentions "read-only file system"
mentions "another place: nothing can be written to this file system"
