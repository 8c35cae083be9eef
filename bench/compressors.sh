# shellcheck shell=bash
# Compressors and decompressors beside their own commands: a part of bench/run, which reads this
# file.

# A piece of the log for each, as large as its speed allows, and what its command makes of it.
# COMPRESSOR MB COMMAND-TO-COMPRESS COMMAND-TO-DECOMPRESS WORDS-FOR-WEIR
compressor_rows() {
    cat <<'END'
zstd 128 zstd -q -3 --single-thread -c|zstd -q -dc|level=3
zstd 128 zstd -q -3 -T1 -c|-|level=3 threads=1
zstd 4 zstd -q -19 --single-thread -c|-|level=19
lz4 128 lz4 -q -1 -c|lz4 -q -dc|level=1
lz4 32 lz4 -q -9 -c|-|level=9
brotli 16 brotli -q 5 -w 22 -c|brotli -dc|level=5
xz 8 xz -q -6 -T1 -c|xz -q -dc -T1|level=6
bzip2 16 bzip2 -q -9 -c|bzip2 -q -dc|level=9
zlib 64 pigz -q -z -6 -p 1 -c|pigz -q -dzc -p 1|level=6
END
}

# cpu_of COMMAND...: seconds of CPU time and KB at the most of one run, whose output goes to a pipe.
cpu_of() {
    command time -f '%U %S %M' -o "$work/cpu" "$@" </dev/null 2>/dev/null | cat >/dev/null
    awk 'END { print $1 + $2, $3 }' "$work/cpu"
}

# compressor_row TITLE WORDS-FOR-WEIR... -- PEER...: the least of all rounds, in turn.
compressor_row() {
    local title=$1 ours=() round
    shift
    while [ "$1" != -- ]; do ours+=("$1") && shift; done
    shift
    progress "$title, beside $1"
    : >"$work/ours"
    : >"$work/theirs"
    for ((round = 0; round < rounds; round++)); do
        cpu_of "$weir" -q "${ours[@]}" >>"$work/ours"
        cpu_of "$@" >>"$work/theirs"
    done
    awk -v title="$title" -v peer="$*" '
        FNR == 1 { file++ }
        !(file in cpu) || $1 < cpu[file] { cpu[file] = $1 }
        $2 > peak[file] { peak[file] = $2 }
        END {
            printf "| %s | `%s` | %.2f s | %.2f s | %.2f | >= 0.95 | %.1f MB | %.1f MB |\n", title,
                peer, cpu[1], cpu[2], (cpu[1] ? cpu[2] / cpu[1] : 0), peak[1] / 1000, peak[2] / 1000
        }' "$work/ours" "$work/theirs" | sed "s#$work/##g"
}

compressors_table() {
    local name size pack unpack words piece
    echo "| what | peer | weir | peer | ratio | wanted | peak | peer's |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- |"
    compressor_rows | while IFS='|' read -r pack unpack words; do
        read -r name size pack <<<"$pack"
        piece=$work/$size.log
        command -v "${pack%% *}" >/dev/null || continue
        "$weir" stages "$name" | grep -q '^  not in this build' && continue
        [ -s "$piece" ] || head -c "${size}000000" "$log" >"$piece"
        # shellcheck disable=SC2086 # a command's words
        compressor_row "$name $words" "$piece" ! "$name" $words ! - -- $pack "$piece"
        [ "$unpack" != - ] || continue
        # shellcheck disable=SC2086
        $pack "$piece" >"$piece.$name"
        # shellcheck disable=SC2086
        compressor_row "un$name" "$piece.$name" ! "un$name" ! - -- $unpack "$piece.$name"
    done
}

compressors_part() {
    make_inputs
    cat <<END
## Compressors

CPU time of the process, the least of $rounds rounds in turn, to a pipe: a piece of the log, so many
MB, and back what the peer made of it. Both at the same level, on one thread; \`threads=1\` and
\`-T1\` are a thread of the library's beside the one that reads.

$(machine)

$(compressors_table)
END
}
