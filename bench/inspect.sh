# shellcheck shell=bash
# What an inspector costs: a part of bench/run, which reads this file.

inspect_rows() {
    "$build/bench/inspected" $((rounds * 30)) | awk -F '\t' '{
        printf "| %s | %.2f | %.2f (%+.1f %%) | %.2f (%+.1f %%) |\n", $1, $2,
            $3, ($3 / $2 - 1) * 100, $4, ($4 / $2 - 1) * 100
    }'
}

inspect_part() {
    progress "inspect"
    cat <<END_OF_TABLE
## Inspect

The same work without an inspector, with one that nobody looks at (wanted: 1 % more at most), and
while somebody is attached (3 %): nanoseconds of CPU, the least of $((rounds * 30)) short runs of each, in turn.

$(machine)

| a piece | without | with | attached |
| --- | --- | --- | --- |
$(inspect_rows)
END_OF_TABLE
}
