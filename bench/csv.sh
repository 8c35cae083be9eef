# shellcheck shell=bash
# Tables of CSV beside Miller and Rust's csv: a part of bench/run, which reads this file.

csv=$build/bench/csv
csv_rust=bench/peers/csv-rust/target/release/csv-rust

# csv_row TITLE WANTED OURS PEER: CPU and wall time in turn, the least of all rounds, and both peaks.
csv_row() {
    local title=$1 wanted=$2 ours=$3 theirs=$4
    progress "$title, beside $theirs"
    : >"$work/a"
    : >"$work/b"
    for ((i = 0; i < rounds; i++)); do
        wall_and_cpu "$ours" >>"$work/a"
        wall_and_cpu "$theirs" >>"$work/b"
    done
    # shellcheck disable=SC2086 # words
    awk -v t="$title" -v p="$theirs" -v g="$wanted" \
        -v a="$(cut -d' ' -f2 "$work/a" | least)" -v b="$(cut -d' ' -f2 "$work/b" | least)" \
        -v c="$(cut -d' ' -f1 "$work/a" | least)" -v d="$(cut -d' ' -f1 "$work/b" | least)" \
        -v m="$(command time -f %M bash -c "exec $ours" 2>&1 >/dev/null | tail -1)" \
        -v n="$(command time -f %M bash -c "exec $theirs" 2>&1 >/dev/null | tail -1)" 'BEGIN {
        printf "| %s | `%s` | %.3f s | %.3f s | %.1f | %s | %.3f s | %.3f s | %.1f MB | %.1f MB |\n",
            t, p, a, b, b / a, g, c, d, m / 1000, n / 1000 }' | sed "s#$work/##g; s#bench/peers/.*/##"
}

csv_table() {
    local table=$work/table.csv
    [ -s "$table" ] || "$csv" make 700000 >"$table"
    echo "| what | peer | CPU | its CPU | ratio | wanted | wall | its wall | peak | its peak |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    if command -v mlr >/dev/null; then
        csv_row 'those of status 500' '>= 50' "$csv filter $table" \
            "mlr --icsv --ocsv filter '\$status==500' $table"
        csv_row 'all, a column renamed' '-' "$csv again $table" \
            "mlr --icsv --ocsv rename id,number $table"
    else
        echo "no mlr: Miller is left out" >&2
    fi
    if command -v cargo >/dev/null; then
        (cd bench/peers/csv-rust && cargo build --release --quiet)
        csv_row 'each record read' '>= 3' "$csv read $table" "$csv_rust $table"
    else
        echo "no cargo: Rust's csv is left out" >&2
    fi
}

csv_part() {
    cat <<END
## Tables

A table of 700 000 records and ten columns, one in quotes, from the page cache to /dev/null: the least
of $rounds rounds, of whole processes. Rust's csv 1.3, LTO, by read_byte_record.

$(machine)

$(csv_table)
END
}
