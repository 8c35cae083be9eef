# What the tests of how weir is got share. Those that build a library of their own, and so take
# minutes, run when DIST=long says so: make check.

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
    echo "$*" >&2
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77
}

# need TOOL...: each is there.
need() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null || skip "there is no $tool"
    done
}

takes_minutes() { [ "${DIST:-}" = long ] || skip "it takes minutes: DIST=long"; }

# said FILE COMMAND...: what it says goes there, and is shown when it fails.
said() {
    out=$1
    shift
    "$@" >"$out" 2>&1 || {
        tail -n 40 "$out" >&2
        fail "failed: $*"
    }
}

# right PROGRAM: tests/dist/errors.c counts the two lines of a log.
right() {
    printf 'GET / 200\nERROR /a\nGET /b 200\nERROR /c\n' | gzip >"$tmp/log.gz"
    counted=$("$1" "$tmp/log.gz") || fail "$1 does not run"
    [ "$counted" = 2 ] || fail "$1 counted '$counted' lines of 2"
}

# complete PREFIX: what is no program is there as well.
complete() {
    pages='man/man1/weir-stage-grep.1 man/man3/weir_map.3 man/man7/weir.7'
    [ "${manual-}" != none ] || pages=
    for file in man/man1/weir.1 $pages \
        bash-completion/completions/weir zsh/site-functions/_weir \
        fish/vendor_completions.d/weir.fish; do
        [ -s "$1/share/$file" ] || fail "$1/share/$file was not installed"
    done
}
