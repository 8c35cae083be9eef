# shellcheck shell=bash
# Benthos 4.27 as it comes: nothing is tuned, nothing synced. It is slow, so it gets fewer messages.

benthos=bench/peers/brokers-go/target/benthos
benthos_n=20000

benthos_build() {
    [ ! -x $benthos ] && command -v go >/dev/null || return 0
    mkdir -p ${benthos%/*}
    cp bench/peers/brokers-go/{go.mod,main.go} ${benthos%/*}
    (cd ${benthos%/*} && go build -mod=mod -o benthos .) 2>"$work/benthos.go" ||
        echo "no Benthos: it is left out" >&2
}

# benthos_copies INPUT N: the first words, a line each; its times as if there were N messages.
benthos_copies() {
    [ -x $benthos ] || return 0
    cat >"$work/benthos.yaml" <<END
http: {enabled: false}
logger: {level: ERROR}
input: {read_until: {check: 'count("kept") >= $benthos_n', input: $1}}
pipeline: {processors: [{mapping: 'root = content().string().split(" ").index(0)'}]}
output: {file: {path: $work/kept, codec: lines}}
END
    broker_copies $(($(broker_word_bytes $benthos_n) + benthos_n)) Benthos $benthos -c \
        "$work/benthos.yaml" |
        awk -F'\t' -v k=$(($2 / benthos_n)) 'BEGIN { OFS = "\t" } { print $1, $2 * k, $3 * k, $4 }'
}
