#!/bin/bash
# What the README, and the pages of docs/, say to type after `make`, line by line, in a tree like that.
#
#   readme.sh SOURCE_ROOT BUILD
set -eu

# A simulation's clock is not that of who looks.
case ${WEIR_DRIVER:-} in sim) exit 77 ;; esac

root=$(realpath "$1") build=$(realpath "$2")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree"
mkdir build run
chmod 700 run
export XDG_RUNTIME_DIR=$tree/run
ln -s "$root/include" "$root/examples" "$root/bindings" .
ln -s "$build" build/release

fail() {
    echo "$*"
    tail -n 40 out err
    exit 1
}

# lines AFTER [PAGE]: the shell's lines of the first block behind this one.
lines() {
    awk -v after="$1" 'index($0, after) { found = 1 }
        found && /^```$/ { exit }
        inside
        found && /^```sh$/ { inside = 1 }' "$root/${2:-README.md}"
}

# typed: they are typed; what they say stands in out and err.
typed() {
    [ -s typed ] || fail "no lines behind '$1'"
    echo wait >>typed
    bash -eux typed >out 2>err </dev/null || fail "exit code $? of the lines behind '$1'"
}

# types AFTER [PAGE], and what its output must be.
types() {
    lines "$1" "${2:-}" >typed
    typed "$1"
}
says() {
    types "$1" "$2"
    [ "$(cat out)" = "$3" ] || fail "$2 says otherwise"
}

awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$root/README.md" >program.c
types 'Try it here, after `make`'
[ "$(cat out)" = 1 ] || fail "the program counted '$(cat out)' lines of 1"

# ---- the pieces of programs ----

# What stands at the beginning of a line as a statement is put into a function.
{
    printf '#include <stdio.h>\n#include <weir.h>\n'
    awk -v prelude='void *app = NULL; weir_error error; weir_reader *log = weir_open("a.log");' '
        /^```$/ && other { other = 0; next }
        /^```$/ && inside { if (says) print "(void)app, (void)error, (void)log; }"
                            inside = says = 0; next }
        /^```$/ { inside = 1; next }
        /^```/ { other = 1; next }
        !inside { next }
        /^weir_(for_await|run|reader)/ && !says { says = ++n; print "void part_" n "(void) {" prelude }
        { sub(/^ *\.\.\.$/, ";"); print }' "$root/README.md"
} >pieces.c
[ "$(grep -c '^void part_' pieces.c)" = 4 ] || fail "not 4 pieces of programs have statements"
cc -std=gnu11 -fsyntax-only -Iinclude -Wall -Wno-unused -Wno-unused-result -Werror pieces.c \
    >out 2>err || fail "a piece of a program does not compile"

# ---- lines of the command ----

PATH=$build/tools/weir:$PATH
cat >convert <<'.'
#!/bin/sh
cp "$1" "$2"
.
chmod +x convert
mkdir img
echo raw >img/a.raw
printf 'fine\nERROR b\nERROR a\nERROR a\n' | tee access.log >app.log
printf 'b\na\n' | tee a.log >b.log
gzip -c access.log >access.log.gz
gzip -c access.log >dump.sql.gz
printf 'name,age\nRex,31\nTom,3\n' >people.csv
printf '{"status":200}\n{"status":503}\n' >logs.ndjson

# Each is run where it needs nobody else, and planned else. relay, lint, profile and top have tests
# of their own.
while IFS= read -r line; do
    case $line in
    'weir relay '* | 'weir lint '* | 'weir profile '* | WEIR_INSPECT=1*) continue ;;
    *.zst*) weir logs.ndjson ! zstd ! logs.ndjson.zst 2>err || continue ;;
    *tcp* | *nats:* | *kafka:*) line="weir explain ${line#weir }" ;;
    esac
    PATH=$tree:$PATH bash -eu -c "$line" >>said 2>err </dev/null || grep -q 'this weir has no' err ||
        fail "exit code $? of: $line"
done < <(lines 'The same as the first program')
[ "$(head -n 1 said)" = 3 ] || fail "the first line counted '$(head -n 1 said)'"
printf 'ERROR b\nERROR a\nERROR a\n' | cmp - errors.log || fail "errors.log"
printf 'a\nb\n' | cmp - merged.log || fail "merged.log"
gzip -dc access.log.gz | cmp - access.log || fail "access.log.gz"
cmp img/a.raw img/a.png || fail "the picture"
grep -q '^{"name":"Rex","age":"*31"*}$' said || fail "people.csv: $(cat said)"
[ ! -e logs.ndjson.zst ] || grep -q '^503$' errors.csv || fail "errors.csv"

types '## Which stage limits it'
[ "$(grep -c '^148500$' out)" = 3 ] || fail "the program did not run"
[ "$(grep -c "^weir: profile of './enrich': it ran for " err)" = 2 ] || fail "two profiles"
grep -q '^\* limits the others: then look_up, busy ' err || fail "what limits it is not told"
grep -q '^  1  the run itself: then look_up was busy .* 3000 items,' err || fail "not as it was"
grep -q '^\* limits the others: then look_up, busy ' out || fail "top does not tell what limits it"

# ---- linked statically: the libraries that are named are all that the archive asks for ----

lacks=$(weir stages zstd lz4 brotli xz bzip2 from sha256 xxh3 | sed -n 's/^  not in this build, //p')
if [ -z "$lacks" ]; then
    lines 'With ISA-L, weir alone is linked statically' | sed 's|$(pkg-config --cflags weir)|-Iinclude|
        s|$(pkg-config --libs-only-L weir)|-Lbuild/release|' >typed
    echo './a.out && ldd a.out' >>typed
    typed 'With ISA-L, weir alone is linked statically'
    [ "$(head -n 1 out)" = 3 ] && ! grep -q libweir out || fail "it is not linked statically"
fi

# ---- the pages of docs/ ----

says 'A pipeline begins with a source' docs/guide/01-first-pipeline.md 2
types 'To try a program after `make`' docs/guide/README.md
cmp out "$root/examples/demand.out" || fail "demand.c printed something else"
says 'A row, an object and a struct are' docs/formats.md '{"name":"Rex","age":31}'
printf 'ERROR b\nERROR a\n' | tee access.log | gzip >access.log.gz
says '## zcat, grep, wc' docs/from/shell.md '2
2'
says 'Sorted, and then two lines of' docs/from/shell.md 'ERROR a
ERROR b
ERROR a
ERROR b'

# ---- another language; the lines of all of them are bindings/README.md's, and dist_readme runs those ----

export PYTHONDONTWRITEBYTECODE=1
command -v python3 >/dev/null || exit 0
types '## From other languages'
diff -u "$root/bindings/errors.expected" out || fail "the binding for Python said that"
