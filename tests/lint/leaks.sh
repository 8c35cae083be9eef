#!/bin/sh
# weir lint under sanitizers: whatever it is asked, it gives back what it took.
#
#   leaks.sh WEIR SOURCE_ROOT
set -u

weir=$(realpath "$1") root=$(realpath "$2")
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
cd "$root/tests/lint" || exit 2

# lint WORD...: how it ends is its own affair.
lint() {
    "$weir" lint "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    ! grep -q 'ERROR: .*Sanitizer\|runtime error' "$tmp/err" || {
        echo "weir lint $*"
        cat "$tmp/err"
        exit 1
    }
}

# with WORD...: with flags of which some are made anew.
with() {
    lint "$@" -- -std=gnu11 -I "$root/include" -isystem . -include stdio.h -DX=1
}

mkdir "$tmp/build" || exit 2
cp dropped_lazy/bad_*.c "$tmp" || exit 2
echo 'int f( { return 0 }' >"$tmp/broken.c"
cat >"$tmp/build/compile_commands.json" <<END
[{"directory": "$root/tests/lint/must_not_await", "file": "bad_pause.c",
  "arguments": ["cc", "-std=gnu23", "-I$root/include", "-c", "bad_pause.c"]},
 {"directory": "$tmp", "file": "broken.c", "command": "cc -isystem x -c broken.c"}]
END
for format in text json sarif gcc; do
    with --format=$format must_not_await/bad_pause.c lent_item_escapes/bad_longest.c
done
with --diff "$tmp"/bad_*.c
with --fix "$tmp"/bad_*.c
lint --stats --verbose must_not_await/bad_pause.c "$tmp/broken.c"
lint -p "$tmp/build" --verbose
lint -p "$tmp/build" must_not_await/good_try.c
lint "$tmp/broken.c"
lint -p "$tmp" x.c
for words in --rules '--explain must_not_await' --help --nonsense nothing.c . /dev/null; do
    # shellcheck disable=SC2086 # one word, or two
    lint $words
done
