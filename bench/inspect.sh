# shellcheck shell=bash
# What an inspector costs, and whether its advice comes true: a part of bench/run, which reads this file.

# inspect_rows COMMAND...: the lines of `bench/inspected` as rows.
inspect_rows() {
    "$@" | awk -F '\t' '{
        printf "| %s | %.2f | %.2f (%+.1f %%) | %.2f (%+.1f %%) |\n", $1, $2,
            $3, ($5 - 1) * 100, $4, ($6 - 1) * 100
    }'
}

# Those who look, beside the program.
beside_rows() {
    "$build/bench/inspected_beside" "$rounds" | awk -F '\t' '{
        printf "| %s | %.2f | %.2f (%+.1f %%) |\n", $1, $2, $3, ($3 / $2 - 1) * 100
    }'
}

# The peer twice: what can be inspected is compiled in another way.
build_console_peer() {
    local unstable="--cfg tokio_unstable"
    command -v cargo >/dev/null || { echo "no cargo: tokio-console is left out" >&2 && return 1; }
    (cd bench/peers/inspect-tokio && cargo build --release --quiet &&
        RUSTFLAGS=$unstable cargo build --release --quiet --features console \
            --target-dir target/console) && return
    echo "cargo does not build inspect-tokio: tokio-console is left out" >&2
    return 1
}

console_table() {
    local target=bench/peers/inspect-tokio/target
    progress "inspect: tokio-console"
    build_console_peer || return 0
    cat <<END_OF_TABLE

### tokio-console beside it

The same echo in tokio, and the chain as four tasks with channels between, since tasks are what the console sees: in a
program without console-subscriber, with it while nobody is attached, and with a client that reads its update of each
second. Nanoseconds of CPU of the whole process, its thread for the console too, but not the client; the least of
$rounds spans of 2 s each, in turn, and the median of what each round says. tokio 1.54, current thread, LTO;
console-subscriber 0.5 as it comes, which drops the events that come faster than it takes them.

| a piece | without | with | attached |
| --- | --- | --- | --- |
$(inspect_rows "$target/release/inspected" "$rounds" "$target/console/release/inspected")
END_OF_TABLE
}

# Three programs, as they stand and as the advice says.
advice_rows() {
    "$build/bench/advised" $((rounds < 3 ? 3 : rounds)) | awk -F '\t' '
        NF < 8 { printf "| %s | %s | %s | %s | | |\n", $1, $2, $3, $4; next }
        { printf "| %s | %s | %s | %s (%s to %s) | %s | %s %% |\n", $1, $2, $3, $4, $5, $6, $7, $8 }'
}

inspect_part() {
    progress "inspect"
    cat <<END_OF_TABLE
## Inspect

The same work without an inspector, with one that nobody looks at (wanted: 1 % more at most), and
while somebody is attached (3 %): nanoseconds of CPU, the least of $((rounds * 30)) short runs of each, in turn; how
much more it is, in parentheses, is the median of what each round says.

$(machine)

| a piece | without | with | attached |
| --- | --- | --- | --- |
$(inspect_rows "$build/bench/inspected" $((rounds * 30)))

What those who look cost besides, in nanoseconds of CPU of the whole process, the least of $rounds spans of 0.5 s each,
in turn: a page that is open, and is told of all four times a second; 1000 clients of the socket that say nothing, of
which 8 are let in and 992 told that it is busy (wanted: 5 % more at most).

| who looks: a piece | alone | with them |
| --- | --- | --- |
$(beside_rows)

Whether the advice comes true (wanted: within 15 %): three programs are looked at as they stand, and then run as they
stand and as the advice says, in turn; times as many items a second, by the medians. All that they talk to is in the
same process, on the same cores.

| a program | rule | change | foretold | measured | error |
| --- | --- | --- | --- | --- | --- |
$(advice_rows)
END_OF_TABLE
    console_table
}
