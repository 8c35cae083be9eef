# shellcheck shell=bash
# Several workers beside tokio's, Go's processors and rayon: a part of bench/run, which reads this
# file.

# The peers that can be built here, each a name and a command.
build_par_peers() {
    local tokio=bench/peers/par-tokio rayon=bench/peers/par-rayon go=bench/peers/par-go
    par_peers=()
    progress "the peers"
    if command -v cargo >/dev/null; then
        (cd $tokio && cargo build --release --quiet)
        (cd $rayon && cargo build --release --quiet)
        par_peers+=("tokio $tokio/target/release/par-tokio" "rayon $rayon/target/release/par-rayon")
    else
        echo "no cargo: tokio and rayon are left out" >&2
    fi
    if command -v go >/dev/null; then
        (cd $go && go build -o target/par .)
        par_peers+=("Go $go/target/par")
    else
        echo "no go: Go is left out" >&2
    fi
}

# Rows of weir under the names that they have elsewhere.
weir_par_rows() {
    "$build/bench/tasks" spread
    "$build/bench/channels" | sed 's/^one by one/channel_1_thread_by_hand/
        s/^in batches/channel_1_thread_many/
        s/^between two tasks/channel_1_thread/
        s/^between two threads/channel_2_threads/'
    "$build/bench/par"
}

run_par() {
    local round peer
    : >"$work/par"
    : >"$work/par_vs_seq"
    for ((round = 1; round <= rounds; round++)); do
        progress "round $round of $rounds: several workers"
        lines_of weir weir_par_rows >>"$work/par"
        for peer in "${par_peers[@]}"; do
            # shellcheck disable=SC2086 # its name and program
            lines_of $peer >>"$work/par"
        done
        "$build/bench/par_vs_seq" >>"$work/par_vs_seq"
    done
}

# The least of each by the clock: a row of weir beside the same one of others.
par_table() {
    echo "| row | weir | its CPU | tokio | ratio | Go | ratio |"
    echo "| --- | --- | --- | --- | --- | --- | --- |"
    awk -F'\t' -v listed=weir "$least_of_tasks"'
        !(($1, $2) in cpu) || $4 < cpu[$1, $2] { cpu[$1, $2] = $4 }
        END {
            for (i = 1; i <= n; i++)
                if (names[i] !~ /^(map|fold)/)
                    printf "| %s | %s | %.1f | %s | %s | %s | %s |\n", names[i],
                        ns("weir", names[i]), cpu["weir", names[i]], ns("tokio", names[i]),
                        over("tokio", names[i], "weir", names[i]), ns("Go", names[i]),
                        over("Go", names[i], "weir", names[i])
        }' "$work/par"
}

# What a loop comes to of the split in halves that ran beside it: medians of the rounds.
loops_table() {
    echo "| who | row | ns an item | halves | halves over it | wanted of weir |"
    echo "| --- | --- | --- | --- | --- | --- |"
    awk -F'\t' '
        function median(key,   n, v, i, j, t) {
            n = split(ratios[key], v, " ")
            for (i = 2; i <= n; i++)
                for (j = i; j > 1 && v[j] < v[j - 1]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
            return v[int((n + 1) / 2)]
        }
        NF < 6 { next }
        {
            key = $1 " | " $2
            if (!(key in wall)) order[++count] = key
            if (!(key in wall) || $3 < wall[key]) wall[key] = $3
            if (!(key in halves) || $5 < halves[key]) halves[key] = $5
            ratios[key] = ratios[key] " " $6
        }
        END {
            for (i = 1; i <= count; i++)
                printf "| %s | %.1f | %.1f | %.2f | %s |\n", order[i], wall[order[i]],
                    halves[order[i]], median(order[i]),
                    order[i] ~ /^weir [|] map_[0-9]/ ? ">= 0.95" : "-"
        }' "$work/par"
}

table_of_ways() {
    echo "| way | ns a line | CPU |"
    echo "| --- | --- | --- |"
    awk -F'\t' '
        !($1 in wall) { names[++n] = $1 }
        !($1 in wall) || $2 < wall[$1] { wall[$1] = $2 }
        !($1 in cpu) || $3 < cpu[$1] { cpu[$1] = $3 }
        END { for (i = 1; i <= n; i++) printf "| %s | %.1f | %.1f |\n", names[i], wall[names[i]],
            cpu[names[i]] }' "$work/par_vs_seq"
}

par_part() {
    build_par_peers
    run_par
    cat <<END
## Several workers

Nanoseconds by the clock, the least of short runs in each of $rounds rounds: a spawn and the wait for
its end with two workers, an item through a channel of 64 places. tokio 1.54 (two workers, current
thread for one), Go with two processors or one.

$(machine)

$(par_table)

Loops over items of 20 ns, 1 µs and 1 ms, on two threads, beside the same work split in two halves by
hand in the same run: 1 is as good as that. rayon 1.12 adds up what it maps, or collects it first; tokio
and Go have 64 tasks or jobs a loop.

$(loops_table)

## A task an item

The third field of a line of a table, added up: one state machine over the bytes, a chain over its
lines, batches of lines on two workers, a task a line.

$(table_of_ways)
END
}
