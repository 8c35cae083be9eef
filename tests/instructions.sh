#!/bin/sh
# Instructions an item: they repeat almost to the instruction on any machine, where times do not.
# Each row of the item benchmark runs under callgrind over 2 N items (to warm up), N and 2 N, with
# the kernels of the baseline processor; the difference of the last two, divided by N, is compared
# with the recorded table. A row that became dearer fails, and so does one that became cheaper, so
# that the table stays true.
#
#   instructions.sh [PROGRAM]            compares; PROGRAM: build/release/bench/items_base
#   instructions.sh --record [PROGRAM]   writes the table
#
# Exit 77: the table says nothing about this build, or there is no valgrind.
set -eu
LC_ALL=C
export LC_ALL

here=$(cd "$(dirname "$0")" && pwd)
table=$here/instructions.txt
n=16000 # a multiple of 1000 and of twice 64: no row has a rest at its end
margin=1  # percent
least=0.1 # instructions: less is what start-up leaves in the difference

skip() {
    echo "skipped: $1"
    exit 77
}

# Leaves FOLDER/out.1, out.2 ... behind: for each row in the order of the list, three runs at demand 1
# and three at demand 64. What else they depend on is held: which memcpy this processor would get,
# the driver, how far malloc's cache reaches (beyond it a block's cost depends on all that were
# released before), the environment.
tunables=glibc.malloc.tcache_count=4096:glibc.cpu.hwcaps=\
-AVX_Fast_Unaligned_Load,-AVX2,-AVX512VL,-ERMS,-SSSE3
count() {
    env -i PATH="$PATH" WEIR_DRIVER=epoll GLIBC_TUNABLES="$tunables" \
        valgrind --tool=callgrind --callgrind-out-file="$2/out" --zero-before=run_row \
        --dump-after=run_row "$1" all 1,64 $((2 * n)) $n $((2 * n)) >"$2/said" 2>&1 ||
        { cat "$2/said" && return 1; }
}

# From the files: a line a row, its name and its instructions an item at demand 1 and at demand 64.
table_of() {
    "$program" list | awk -v n=$n -v files="$1/out." '
        function cost(run,    line) {
            while ((getline line <(files run)) > 0)
                if (sub(/^summary: /, "", line)) {
                    close(files run)
                    return line + 0
                }
            print "run " run " of row " $1 " was not counted" >"/dev/stderr"
            exit 1
        }
        function each(first) { return (cost(first + 2) - cost(first + 1)) / n }
        { printf "%-28s %10.2f %10.2f\n", $1, each(runs + 1), each(runs + 4); runs += 6 }'
}

record=false
if [ "${1-}" = --record ]; then
    record=true
    shift
fi
program=${1:-$here/../build/release/bench/items_base}
command -v valgrind >/dev/null || skip 'no valgrind; install it'
built=$("$program" built)
recorded=$(sed -n 's/^# built by //p' "$table" 2>/dev/null || true)
$record || [ "$built" = "$recorded" ] ||
    skip "the table was recorded with '$recorded', this is '$built'"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count "$program" "$work"
table_of "$work" >"$work/now"

if $record; then
    {
        echo "# Instructions an item at demand 1 and at demand 64: instructions.sh --record wrote them."
        echo "# built by $built"
        cat "$work/now"
    } >"$table"
    cat "$table"
    exit
fi

awk -v margin=$margin -v least=$least '
    function judge(now, was,    change, off) {
        change = now - was
        off = change < 0 ? -change : change
        if (off <= least || off * 100 <= was * margin)
            return ""
        return change > 0 ? "dearer" : "cheaper: record anew"
    }
    function row(name, demand, now, was,    word) {
        word = judge(now, was)
        printf "%-28s %6d %10.2f %10.2f %+8.1f %%  %s\n", name, demand, was, now,
            was ? (now - was) * 100 / was : 0, word
        if (word)
            failed++
    }
    BEGIN { printf "%-28s %6s %10s %10s %10s\n", "row", "demand", "recorded", "now", "change" }
    /^#/ { next }
    FNR == NR { one[$1] = $2; many[$1] = $3; next }
    !($1 in one) { printf "%-28s is not in the table: record anew\n", $1; failed++; next }
    { row($1, 1, $2, one[$1]); row($1, 64, $3, many[$1]); met[$1] = 1 }
    END {
        for (name in one)
            if (!(name in met)) {
                printf "%-28s is in the table alone: record anew\n", name
                failed++
            }
        if (failed)
            printf "%d are not as recorded (margin %d %%); meant: tests/instructions.sh --record\n",
                failed, margin
        exit failed ? 1 : 0
    }' "$table" "$work/now"
