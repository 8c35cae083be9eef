#!/bin/sh
# weir lint: options, levels, exit codes, what it says of itself; which files, and how they are
# parsed.
. "$(dirname "$0")/common.sh"
. "$here/lint_common.sh"

loop server.c
good util.c

# ---- exit codes ----

expect 1 "$weir" lint server.c -- -I"$include"
mentions '1 finding in 1 file'
expect 0 "$weir" lint util.c -- -I"$include"
mentions '0 findings in 1 file'
expect 0 "$weir" lint --fail-on=none server.c -- -I"$include"
expect 0 "$weir" lint --fail-on=error server.c -- -I"$include"
expect 0 "$weir" lint --disable=sequential_loops server.c -- -I"$include"
expect 0 "$weir" lint --disable=all server.c -- -I"$include"
expect 1 "$weir" lint --disable=all --enable=sequential_loops server.c -- -I"$include"
expect 1 "$weir" lint --disable=all --enable=perf server.c -- -I"$include"
expect 0 "$weir" lint --disable=all --enable=pedantic server.c -- -I"$include"
expect 0 "$weir" lint --disable=core,perf server.c -- -I"$include"
expect 1 "$weir" lint -j1 util.c server.c util.c -- -I"$include"
mentions '1 finding in 2 files' # a file that is named twice is one

# ---- what is refused ----

expect 2 "$weir" lint
mentions 'which files?'
expect 2 "$weir" lint -- -I"$include"
mentions 'which file?'
expect 2 "$weir" lint serverr.c
mentions "did you mean 'server.c'?"
expect 2 "$weir" lint .
mentions 'is a directory'
expect 2 "$weir" lint --formatt=json server.c
mentions "no option '--formatt=json'"
mentions 'did you mean'
expect 2 "$weir" lint --format gcc server.c
mentions '--format takes a value: --format=VALUE'
expect 2 "$weir" lint --format=xml server.c
mentions '--format=text|gcc|json|sarif'
expect 2 "$weir" lint --disable=sequential_loop server.c
mentions "did you mean 'sequential_loops'?"
for n in 0 257 4x x -1; do
    expect 2 "$weir" lint -j "$n" server.c
    mentions "-j takes a number from 1 to 256, not '$n'"
done
for option in -j -p --explain; do
    expect 2 "$weir" lint server.c $option
    mentions "lint: $option takes a value"
done
expect 2 "$weir" lint --fail-on=never server.c
mentions '--fail-on=warning|error|none'
expect 2 "$weir" lint --enable=core,zzzzzzzz server.c
mentions "'weir lint --rules' lists them"
expect 0 "$weir" lint --disable=,sequential_loops,,perf, server.c -- -I"$include"
expect 2 "$weir" lint --zzzzzzzzzzzzzz server.c
mentions "'weir lint --help' lists them"
expect 2 "$weir" lint -p . server.c -- -I"$include"
mentions 'flags come from -p or from --, not from both'
expect 2 "$weir" lint zzzzzzz.c
mentions 'zzzzzzz.c: no such file'
expect 0 "$weir" lint -j2 util.c -- -I"$include"
expect 2 "$weir" lint --fix --diff server.c
expect 2 "$weir" lint -p . server.c
mentions 'there is no compile_commands.json'
: >server.h
: >server.cc
expect 2 "$weir" lint server.h server.cc
mentions 'server.h is a header'
mentions 'server.cc is C++'
mentions 'no C file is left'
expect 0 "$weir" lint server.h util.c -- -I"$include"
expect 2 env WEIR_LIBCLANG=./none.so "$weir" lint server.c
mentions WEIR_LIBCLANG

# ---- what it says of itself ----

expect 0 "$weir" lint -h
shows '--fail-on=LEVEL'
expect 0 "$weir" lint --help
shows '--fail-on=LEVEL'
expect 0 "$weir" lint --rules
shows sequential_loops
shows unused_allow
cut -d ' ' -f 1 out | sed '/^$/,$d' >names
while read -r name; do
    expect 0 "$weir" lint --explain "$name"
    [ "$(wc -l <out)" -ge 4 ] || fail "--explain $name says little"
done <names
expect 0 "$weir" lint --explain=unused_allow
expect 2 "$weir" lint --explain zzzzzzzz
mentions "'weir lint --rules' lists them"
expect 2 "$weir" lint --explain unused_alow
mentions "did you mean 'unused_allow'?"
expect 1 "$weir" lint --stats server.c util.c -- -I"$include"
grep -q '^functions looked at *3$' err || fail "not three functions: $(cat err)"

# ---- databases ----

# entry FILE ARGUMENT...: one of the database, whose compiler runs in the folder made.
entry() {
    name=$1
    shift
    printf '{"directory": "%s/made", "file": "%s", "arguments": ["cc"' "$work" "$name"
    for argument in "$@"; do printf ', "%s"' "$argument"; done
    printf ', "-c", "%s"]}' "$name"
}

mkdir -p tree/src tree/src/deep tree/build made
cp server.c tree/src/server.c
printf '#include <weir.h>\n#ifndef SEEN\n#error flags of another file\n#endif\n' >tree/src/deep/new.c
good tree/src/deep/old.c
printf '#include <weir.h>\n#error never parsed\n' >tree/src/cplusplus.cc
{
    echo '['
    entry ../tree/src/server.c -I"$include" -Wall -Wno-a-warning-of-gcc -fno-a-flag-of-gcc -O2 -MD -MF x.d -o server.o
    echo ,
    entry ../tree/src/deep/old.c -I"$include" -DSEEN=1 -o old.o
    echo ,
    entry ../tree/src/cplusplus.cc -I"$include"
    echo ,
    entry ../tree/src/not_made_yet.c -I"$include"
    echo ']'
} >tree/build/compile_commands.json

expect 1 "$weir" lint tree/src/server.c # found upwards, in build/
mentions '1 finding in 1 file'
[ ! -s made/x.d ] || fail 'a file of dependencies was written'
expect 1 "$weir" lint --format=gcc -p tree/build
mentions '1 finding in 2 files'
shows 'tree/src/server.c:11:5: warning: loop is sequential [sequential_loops]'
expect 1 "$weir" lint -p tree/build/compile_commands.json -v
mentions '2 files of the database are left out'
expect 0 "$weir" lint -v tree/src/deep/new.c # as old.c is compiled
mentions 'parsed as tree/src/deep/old.c is'
grep -q 'not understood' err && fail "new.c was parsed with other flags: $(cat err)"
(cd tree/src && run "$weir" lint server.c && exit 0
    [ "$status" -eq 1 ] || exit 1) || fail 'not found from within'
cp tree/build/compile_commands.json broken.json
mkdir broken
head -c 100 broken.json >broken/compile_commands.json
expect 2 "$weir" lint -p broken
mentions 'broken/compile_commands.json cannot be read, or is empty'
printf '[]' >broken/compile_commands.json
expect 2 "$weir" lint -p broken
mentions 'cannot be read, or is empty'

# Directories that are no whole names, files twice, links, and commands in one text.
mkdir -p odd/build
cp server.c odd/one.c
ln -s one.c odd/link.c
good odd/two.c
cat >odd/build/compile_commands.json <<END
[{"directory": "..", "file": "one.c", "command": "cc -I$include -DA=\\"b c\\" -c one.c"},
 {"directory": ".", "file": "../two.c", "arguments": ["cc", "-I$include", "../two.c"]},
 {"directory": ".", "file": "../two.c", "arguments": ["cc", "-DX", "-I$include", "../two.c"]},
 {"directory": ".", "file": "none.s", "arguments": ["cc"]}]
END
expect 1 "$weir" lint --format=gcc -p odd/build
mentions '1 finding in 2 files'
shows 'odd/one.c:11:5: warning: loop is sequential [sequential_loops]'
expect 1 "$weir" lint -p odd/build odd/link.c odd/two.c
mentions '1 finding in 2 files'
printf '[{"directory": "/", "file": "%s/x.h", "arguments": ["cc"]}]' "$work" >odd/build/compile_commands.json
: >x.h
expect 2 "$weir" lint -p odd/build
mentions 'no C file is left'

# ---- without one: pkg-config ----

mkdir -p pc lone
printf 'Name: weir\nDescription: x\nVersion: 0\nCflags: -I%s\n' "$include" >pc/weir.pc
loop lone/server.c
if command -v pkg-config >/dev/null; then
    expect 1 env PKG_CONFIG_PATH="$work/pc" "$weir" lint lone/server.c
    printf 'int x = NOT_SAID;\n' >lone/flags.c
    expect 3 env PKG_CONFIG_PATH="$work/pc" "$weir" lint lone/flags.c # nothing was seen
    mentions 'it is in no compile_commands.json'
    expect 1 env PKG_CONFIG_PATH="$work/pc" "$weir" lint -v lone/server.c
    mentions "'lone/server.c' is in no database: its flags are those of pkg-config"
fi

# What pkg-config says is words; where it says nothing, headers stand beside the command.
mkdir bin prefix prefix/bin 'a folder'
ln -s "$include" 'a folder/include'
printf '#!/bin/sh\n%s\n' "printf '%s' '-DX=\\ 1  -I$work/a\ folder/include -Y\\'" >bin/pkg-config
chmod +x bin/pkg-config
expect 1 env PATH="$work/bin:$PATH" "$weir" lint lone/server.c lone/server.c
printf '#!/bin/sh\necho -I%s\nexit 1\n' "$include" >bin/pkg-config
expect 3 env PATH="$work/bin:$PATH" "$weir" lint lone/server.c
mentions 'not understood in full'
cp "$weir" prefix/bin/weir
ln -s "$include" prefix/include
libraries=$(dirname "$weir")/../..
expect 1 env LD_LIBRARY_PATH="$libraries" PATH="$work/bin:$PATH" prefix/bin/weir lint lone/server.c
mentions '1 finding in 1 file'
