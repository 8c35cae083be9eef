# shellcheck shell=bash
# JSON, protobuf and frames beside jq, Miller, protobuf-c and a loop by hand: three parts of
# bench/run, which reads this file. Rows of whole programs are those of csv.sh.

json=$build/bench/json

json_table() {
    local lines=$work/lines.ndjson table=$work/table.csv
    [ -s "$lines" ] || "$json" make 420000 >"$lines"
    [ -s "$table" ] || "$csv" make 700000 >"$table"
    echo "| what | peer | CPU | its CPU | ratio | wanted | wall | its wall | peak | its peak |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    if command -v jq >/dev/null; then
        csv_row 'those of status 500' '>= 25' "$json filter $lines" \
            "jq -c 'select(.status==500)' $lines"
    else
        echo "no jq: it is left out" >&2
    fi
    if command -v mlr >/dev/null; then
        csv_row 'all, a field renamed' '-' "$json again $lines" \
            "mlr --ijsonl --ojsonl rename id,number $lines"
        csv_row 'NDJSON of CSV' '>= 30' "$json csv $table" "mlr --icsv --ojsonl cat $table"
    else
        echo "no mlr: Miller is left out" >&2
    fi
}

json_part() {
    cat <<END
## JSON

420 000 lines of 234 bytes with an object in each, and the table of CSV above, from the page cache to
/dev/null: the least of $rounds rounds, of whole processes.

$(machine)

$(json_table)
END
}

# ---- protobuf ----

build_proto_c() {
    local from=bench/peers/proto-c
    proto_c=$work/proto-c/peer
    command -v protoc-c >/dev/null || return 1
    mkdir -p "$work/proto-c"
    [ "$proto_c" -nt $from/peer.c ] || {
        protoc-c --proto_path=$from --c_out="$work/proto-c" $from/pets.proto &&
            cc -O2 -I"$work/proto-c" $from/peer.c "$work/proto-c/pets.pb-c.c" -lprotobuf-c \
                -o "$proto_c"
    }
}

# Both print a sum, how many there were, and the nanoseconds of each. The sums are the same.
proto_table() {
    local pets=$work/pets.bin round
    echo "| what | weir | protobuf-c | ratio | wanted |"
    echo "| --- | --- | --- | --- | --- |"
    build_proto_c || { echo "no protoc-c: protobuf-c is left out" >&2 && return; }
    [ -s "$pets" ] || "$build/bench/proto" make 1000000 "$pets"
    for ((round = 0; round < rounds; round++)); do
        echo "$("$build/bench/proto" "$pets") $("$proto_c" "$pets")"
    done | awk '
        $1 != $4 || $2 != $5 { print "protobuf: the sums differ: " $0 >"/dev/stderr"; exit 1 }
        NR == 1 || $3 < a { a = $3 }
        NR == 1 || $6 < b { b = $6 }
        END { printf "| a message as a struct | %.1f ns | %.1f ns | %.2f | >= 1.5 |\n", a, b, b / a }'
}

proto_part() {
    cat <<END
## Messages

A million messages of protobuf in memory, a text and a number in each, as structs: CPU nanoseconds a
message, the least of five turns in each of $rounds rounds. protobuf-c by its generated code.

$(machine)

$(proto_table)
END
}

# ---- frames ----

decode_table() {
    echo "| bytes in a frame | by hand | weir_decode | weir_frames | decode costs | wanted |"
    echo "| --- | --- | --- | --- | --- | --- |"
    "$build/bench/decode" 200000 "$((3 * rounds))" | awk '{
        printf "| %s | %s ns | %s ns | %s ns | %s ns | <= 10 ns |\n", $1, $2, $3, $4, $5 }'
}

decode_part() {
    cat <<END
## Frames

Frames in memory (a kind, a length of two bytes, a body) through \`weir_decode()\` and a fold beside a
loop over the same bytes: CPU nanoseconds a frame, the least of $((3 * rounds)) rounds in turn.

$(machine)

$(decode_table)
END
}
