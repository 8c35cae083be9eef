# shellcheck shell=bash
# The combinators beside those of the languages people come from: a part of bench/run, which reads
# this file.

combinator_rows="map chain4 random_filter take_while scan chain zip chunks64 flatten10 select merge2 channel"

# The peers that can be built here, each a command.
build_combinator_peers() {
    local tokio=bench/peers/combinators-tokio go=bench/peers/combinators-go
    combinator_peers=()
    progress "the peers"
    if command -v cargo >/dev/null; then
        (cd $tokio && cargo build --release --quiet)
        combinator_peers+=("$tokio/target/release/combinators")
    else
        echo "no cargo: tokio-stream is left out" >&2
    fi
    if command -v go >/dev/null; then
        (cd $go && go build -o target/combinators .)
        combinator_peers+=("env GOMAXPROCS=1 $go/target/combinators")
    else
        echo "no go: Go is left out" >&2
    fi
    if command -v node >/dev/null; then
        combinator_peers+=("node bench/peers/combinators-node/main.mjs")
    else
        echo "no node: Node is left out" >&2
    fi
}

run_combinators() {
    local round row peer
    : >"$work/combinators"
    for ((round = 1; round <= rounds; round++)); do
        progress "round $round of $rounds: combinators"
        for row in $combinator_rows; do
            ! "$items" list | grep -qx "$row" || "$items" "$row" 1,64
        done
        for peer in "${combinator_peers[@]}"; do
            $peer
        done
    done >>"$work/combinators"
}

combinators_table() {
    echo "| row | weir, demand 64 | demand 1 | tokio-stream, fused | ratio | boxed | ratio |" \
        "Go, closures | ratio | channels | Node, generators | Readable |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    tr ' ' '\n' <<<"$combinator_rows" | awk -F'\t' -v measured="$work/combinators" '
        function ns(style) {
            return ($1, style) in least ? sprintf("%.1f", least[$1, style]) : "-"
        }
        function ratio(theirs, ours) {
            if (!(($1, theirs) in least) || !(($1, ours) in least))
                return "-"
            return sprintf("%.2f", least[$1, theirs] / least[$1, ours])
        }
        BEGIN {
            while ((getline <measured) > 0) {
                style = $2 == "mpsc" ? "fused" : $2
                if (!(($1, style) in least) || $3 < least[$1, style])
                    least[$1, style] = $3
            }
        }
        {
            printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", $1, ns(64),
                ns(1), ns("fused"), ratio("fused", 64), ns("boxed"), ratio("boxed", 1),
                ns("closures"), ratio("closures", 64), ns("channels"), ns("generators"),
                ns("Readable")
        }'
}

combinators_part() {
    build_combinator_peers
    run_combinators
    cat <<END
## Combinators

CPU nanoseconds an item, the least of $rounds rounds: rows of \`bench/items.c\` beside what the same is
elsewhere. tokio-stream 0.1.17, LTO, fused into one type beside demand 64, boxed beside demand 1; Go with
one processor, as closures and as goroutines with channels of 64; Node with asynchronous generators and
the operators of \`Readable\`. \`select\` is tokio-stream's merge of two, \`merge2\` a set of two beside Go's
goroutines; \`channel\` is a bounded channel of 64 in one thread.

$(machine)

$(combinators_table)
END
}
