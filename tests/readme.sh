#!/bin/bash
# What the README says to type after `make`, line by line, in a tree like that.
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

# lines AFTER: the shell's lines of the first block behind this one.
lines() {
    awk -v after="$1" 'index($0, after) { found = 1 }
        found && /^```$/ { exit }
        inside
        found && /^```sh$/ { inside = 1 }' "$root/README.md"
}

# types AFTER: they are typed; what they say stands in out and err.
types() {
    lines "$1" >typed
    [ -s typed ] || fail "no lines behind '$1'"
    echo wait >>typed
    bash -eux typed >out 2>err </dev/null || fail "exit code $? of the lines behind '$1'"
}

awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$root/README.md" >program.c
types 'Try it here, after `make`'
[ "$(cat out)" = 1 ] || fail "the program counted '$(cat out)' lines of 1"

types '## Which stage limits it'
[ "$(grep -c '^148500$' out)" = 3 ] || fail "the program did not run"
[ "$(grep -c "^weir: profile of './enrich': it ran for " err)" = 2 ] || fail "two profiles"
grep -q '^\* limits the others: then look_up, busy ' err || fail "what limits it is not told"
grep -q '^  1  the run itself: then look_up was busy .* 3000 items,' err || fail "not as it was"
grep -q '^\* limits the others: then look_up, busy ' out || fail "top does not tell what limits it"

command -v python3 >/dev/null || exit 0
export PYTHONDONTWRITEBYTECODE=1
types '## From other languages'
diff -u "$root/bindings/errors.expected" out || fail "the binding for Python said that"
