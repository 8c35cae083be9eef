#!/bin/sh
# The corpus of the lint: each file says at its lines what must be found there, and nothing else may
# be.
#
#     run.sh WEIR SOURCE_ROOT [LIBRARY...]   what `WEIR lint` finds, with each libclang; the texts
#                                            of several must be the same
#     run.sh -c CC [SOURCE_ROOT]             every file compiles; good and fixed ones without a
#                                            warning
#
# What a file says (columns from 1, in bytes; END is one behind the last):
#
#     statement; // lint: RULE COLUMN-END, RULE COLUMN-END
#     // lint-next: RULE COLUMN-END
#     statement that is too long for a comment behind it;
set -u

usage() {
    echo "usage: run.sh WEIR SOURCE_ROOT [LIBRARY...]
       run.sh -c CC [SOURCE_ROOT]" >&2
    exit 2
}

# files: the corpus, one a line.
files() {
    find "$corpus" \( -name 'bad_*.c' -o -name 'good_*.c' -o -name 'fixed_*.c' \) | sort
}

# said FILE: what it says, as LINE RULE COLUMN-END.
said() {
    awk '
    match($0, /\/\/ lint(-next)?: /) {
        line = FNR + (substr($0, RSTART, RLENGTH) ~ /next/)
        n = split(substr($0, RSTART + RLENGTH), all, / *, */)
        for (i = 1; i <= n; i++) print line, all[i]
    }' "$1" | sort
}

# found FILE JSON: what was found in it, in the same form, with the message behind it.
found() {
    awk -v name="${1#"$root"/}" '
    function value(key,   text) {
        if (!match($0, "\"" key "\": *(\"([^\"\\\\]|\\\\.)*\"|[0-9]+)")) return "?"
        text = substr($0, RSTART, RLENGTH)
        sub(/^"[a-z_]*": */, "", text)
        gsub(/^"|"$/, "", text)
        return text
    }
    /^$/ { next }
    {
        file = value("file")
        rule = value("rule")
        if (substr(file, length(file) - length(name) + 1) != name) next
        print value("line"), rule, value("column") "-" value("end_column"), value("message")
    }' "$2" | sort
}

# compare SAID FOUND: a line for each that stands in one of them alone.
compare() {
    awk -v file="$1" -v found="$3" '
    FILENAME != found { want[$0]++; next }
    {
        key = $1 " " $2 " " $3
        if (want[key] > 0) { want[key]--; next }
        message = substr($0, length(key) + 2)
        print file ":" $1 ": found and not said: " $2 " " $3 ": " message
    }
    END {
        for (key in want) {
            split(key, part, " ")
            for (i = 0; i < want[key]; i++)
                print file ":" part[1] ": said and not found: " part[2] " " part[3]
        }
    }' "$2" "$3"
}

# flags RULE: what turns it on, where it is not on by default.
flags() {
    awk -v rule="$1" '$1 == rule && /pedantic/ { print "--enable=" rule }' "$tmp/rules"
}

# lint FORMAT FOLDER: runs the command over all its files; its answer stands in $tmp/out, $tmp/err.
lint() {
    # shellcheck disable=SC2046 # one word, or none
    "$weir" lint --format="$1" $(flags "$(basename "$2")") "$2"/*.c \
        -- -std=gnu11 -I "$root/include" >"$tmp/out" 2>"$tmp/err"
}

# check FOLDER: JSON against what its files say.
check() {
    lint json "$1"
    code=$?
    if [ $code -gt 1 ]; then
        echo "$1:1: weir lint ended with $code: $(head -n 1 "$tmp/err")"
        return
    fi
    for file in "$1"/*.c; do
        said "$file" >"$tmp/said"
        found "$file" "$tmp/out" >"$tmp/found"
        cat "$tmp/found" >>"$tmp/all"
        compare "$file" "$tmp/said" "$tmp/found"
    done
    grep -v "\"file\": *\"[^\"]*$(basename "$1")/" "$tmp/out" | sed "s|^|$1:1: another file: |"
}

# same FOLDER LIBRARY NTH: the text of one library against that of the first. Where they agree,
# what is true of the first one's JSON is true of all.
same() {
    lint text "$1"
    text=$tmp/text.$(basename "$1")
    if [ "$3" -eq 1 ]; then
        cp "$tmp/out" "$text"
    elif ! cmp -s "$tmp/out" "$text"; then
        line=$(diff "$text" "$tmp/out" | grep '^[<>]' | head -n 1)
        echo "$1:1: $2 says something else than the first library: $line"
    fi
}

# twins: each bad file has a fixed one, and none is without its bad one.
twins() {
    files | sed -n 's,/bad_\([^/]*\)$,/fixed_\1,p; s,/fixed_\([^/]*\)$,/bad_\1,p' |
        while read -r twin; do
            [ -f "$twin" ] || echo "$twin:1: is missing: its twin is there"
        done
}

# with LIBRARY NTH N: the whole corpus under one library of N; empty: the command's own choice.
with() {
    [ -n "$1" ] && WEIR_LIBCLANG=$1 && export WEIR_LIBCLANG
    for folder in "$corpus"/*/; do
        folder=${folder%/}
        [ -n "$(find "$folder" -name 'good_*.c')" ] || continue
        [ "$2" -eq 1 ] && check "$folder"
        [ "$3" -gt 1 ] && same "$folder" "$1" "$2"
    done
}

summary() {
    n=$(files | wc -l)
    differences=$(wc -l <"$tmp/differences")
    cat "$tmp/differences"
    if [ "$differences" -ne 0 ]; then
        echo "corpus: $((n)) files, $1, $((differences)) not as said"
        return 1
    fi
    echo "corpus: $((n)) files, $1, all as said"
}

# compiles CC FILE
compiles() {
    case $2 in
    */bad_*) warnings=-w ;;
    *) warnings='-Wall -Wextra -Werror' ;;
    esac
    # shellcheck disable=SC2086
    "$1" -std=gnu11 -fsyntax-only $warnings -I "$root/include" "$2" 2>"$tmp/err" && return
    case $2 in
    # gcc alone accepts a jump into a loop; who refuses it needs no lint.
    */goto_into_loop/bad_*) grep -q 'jump' "$tmp/err" && return ;;
    esac
    echo "$2:1: $1: $(grep -m 1 -E 'error|warning' "$tmp/err")"
}

[ $# -ge 2 ] || usage
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

if [ "$1" = -c ]; then
    root=${3:-$(cd "$(dirname "$0")/../.." && pwd)}
    corpus=$root/tests/lint
    files | while read -r file; do
        compiles "$2" "$file"
    done >"$tmp/differences"
    summary "compiled with $2"
    exit
fi

weir=$1 root=${2%/}
shift 2
corpus=$root/tests/lint
[ -d "$corpus" ] || usage
"$weir" lint --rules >"$tmp/rules" 2>/dev/null
libraries=$#
[ $# -eq 0 ] && set -- ''
: >"$tmp/all"
twins >"$tmp/differences"
nth=0
for library; do
    nth=$((nth + 1))
    with "$library" $nth $libraries >>"$tmp/differences"
done
summary "$(($(wc -l <"$tmp/all"))) findings"
