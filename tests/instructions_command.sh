#!/bin/sh
# Instructions a line in pipelines of the command, beside tests/instructions_command.txt: each runs
# under cachegrind over N lines and over 2 N; the difference, divided by N, has no start-up in it. A
# row that is more than 1 % dearer fails; one that is as much cheaper is told.
#
#   instructions_command.sh [BUILD]            compares; build/release
#   instructions_command.sh --record [BUILD]   writes the table
#
# Exit 77: the table says nothing about this machine, or there is no valgrind.
set -eu
LC_ALL=C
export LC_ALL

here=$(cd "$(dirname "$0")" && pwd)
table=$here/instructions_command.txt
n=20000  # lines
margin=1 # percent

skip() {
    echo "skipped: $1"
    exit 77
}

# NAME INPUT PIPELINE: its source is the input of that name, its sink null.
rows() {
    cat <<'END_OF_ROWS'
bytes           log.txt  buffer 64K
lines           log.txt  lines
count           log.txt  lines ! count
grep            log.txt  lines ! grep ERROR ! count
grep_not        log.txt  lines ! grep -v ERROR ! count
head            log.txt  lines ! skip 100 ! take 1000000 ! count
to_lines        log.txt  lines ! to lines
batch           log.txt  lines ! batch 64 ! unbatch ! count
uniq            log.txt  lines ! uniq ! count
last            log.txt  lines ! last 10
sort            log.txt  lines ! sort
split           rows.csv split , ! count
frame           log.txt  lines ! unframe ! frame ! count
base64          log.txt  base64 ! unbase64
hex             log.txt  hex ! unhex
sha256          log.txt  sha256
crc32           log.txt  crc32
gunzip          log.gz   gunzip ! lines ! count
gzip            log.txt  gzip level=1
unzstd          log.zst  unzstd ! lines ! count
from_csv        rows.csv from csv ! count
where           rows.csv from csv ! where size gt 500 ! pick id,size ! to csv
csv_to_ndjson   rows.csv from csv ! to ndjson
from_ndjson     rows.ndjson from ndjson ! where size gt 500 ! to ndjson
stats           rows.csv from csv ! stats ! to ndjson
END_OF_ROWS
}

# inputs FOLDER LINES: what the rows read, the same bytes wherever they are made.
inputs() {
    mkdir "$1"
    "$build/bench/make_log" $(($2 * 200)) 1 | head -n "$2" >"$1/log.txt"
    gzip -6 -n <"$1/log.txt" >"$1/log.gz"
    zstd -q -3 <"$1/log.txt" >"$1/log.zst"
    awk -v n="$2" 'BEGIN {
        print "id,name,size,text"
        for (i = 1; i <= n; i++) {
            x = (x * 1103515245 + 12345) % 2147483648
            printf "%d,name%d,%d,\"a text, of %d\"\n", i, x % 1000, x % 997, i % 7
        }
    }' >"$1/rows.csv"
    awk -F '[,"]' 'NR > 1 { printf "{\"id\":%s,\"name\":\"%s\",\"size\":%s}\n", $1, $2, $3 }' \
        <"$1/rows.csv" >"$1/rows.ndjson"
}

# What else they depend on is held: which memcpy this processor would get, the driver, the
# environment, where the stack begins.
tunables=glibc.cpu.hwcaps=-AVX_Fast_Unaligned_Load,-AVX512VL,-ERMS
count() {
    # shellcheck disable=SC2086 # one word each
    (cd "$1" && env -i PATH="$PATH" WEIR_DRIVER=epoll GLIBC_TUNABLES="$tunables" \
        valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null \
        "$weir" -q "$2" ! $3 ! null 2>&1) >"$work/said" ||
        { cat "$work/said" >&2 && return 1; }
    sed -n 's/.*I *refs: *//p' "$work/said" | tr -d ,
}

record=false
if [ "${1-}" = --record ]; then
    record=true
    shift
fi
build=$(cd "${1:-$here/../build/release}" && pwd)
weir=$build/tools/weir/weir
for tool in valgrind gzip zstd; do
    command -v $tool >/dev/null || skip "no $tool; install it"
done
# valgrind has AVX2 where the processor has, and no more than that.
level=$(grep -qw avx2 /proc/cpuinfo && echo avx2 || echo base)
built="$("$build/bench/items_base" built), $level"
recorded=$(sed -n 's/^# built by //p' "$table" 2>/dev/null || true)
$record || [ "$built" = "$recorded" ] ||
    skip "the table was recorded with '$recorded', this is '$built'"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
inputs "$work/1" $n
inputs "$work/2" $((2 * n))
rows | while read -r name input pipeline; do
    once=$(count "$work/1" "$input" "$pipeline")
    twice=$(count "$work/2" "$input" "$pipeline")
    awk -v name="$name" -v more=$((twice - once)) -v n=$n \
        'BEGIN { printf "%-16s %10.2f\n", name, more / n }'
done >"$work/now"
[ "$(wc -l <"$work/now")" -eq "$(rows | wc -l)" ] || {
    echo "a pipeline failed" >&2
    exit 1
}

if $record; then
    {
        echo "# Instructions a line: instructions_command.sh --record wrote them."
        echo "# built by $built"
        cat "$work/now"
    } >"$table"
    cat "$table"
    exit
fi

awk -v margin=$margin '
    /^#/ { next }
    FNR == NR { was[$1] = $2; next }
    !($1 in was) { printf "%-16s is not in the table: record anew\n", $1; failed++; next }
    {
        change = ($2 - was[$1]) * 100 / was[$1]
        word = change > margin ? "dearer" : change < -margin ? "cheaper: record anew" : ""
        printf "%-16s %10.2f %10.2f %+7.2f %%  %s\n", $1, was[$1], $2, change, word
        failed += change > margin
        met[$1] = 1
    }
    END {
        for (name in was)
            if (!(name in met)) { printf "%-16s is in the table alone: record anew\n", name; failed++ }
        if (failed)
            printf "%d are not as recorded (margin %d %%); meant: make counts RECORD=1\n", failed, margin
        exit failed ? 1 : 0
    }' "$table" "$work/now"
