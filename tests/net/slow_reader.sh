#!/bin/bash
# A fast source and a slow reader, over a connection: neither side grows, and the source is held
# back. Once as it is, once through gzip.
#
#   slow_reader.sh WEIR PEAK [MIB]      of 16 MiB/s; 32
peak=$(realpath "$2") mib=${3:-32}
. "$(dirname "$0")/../cli/common.sh"
grown_max_kib=8192

# pass RATE STAGES...: `in` goes through the stages to a listener that reads at that rate.
pass() {
    local rate=$1
    shift
    rm -f near
    "$peak" "$weir" tcp-listen:127.0.0.1:0 ! rate "$rate" ! null 2>near &
    local reader=$! begun
    listening near
    begun=$(date +%s%N)
    "$peak" "$weir" in "$@" ! tcp:$address 2>far || fail "status $?: $*: $(cat far)"
    wait $reader || fail "the reader's status: $(cat near)"
    took_ms=$((($(date +%s%N) - begun) / 1000000))
    for side in near far; do
        [ "$(tail -n 1 $side)" -le $((base + grown_max_kib)) ] || fail "$side: $(tail -n 1 $side) KiB: $*"
    done
}

echo x >in
"$peak" "$weir" in ! null 2>base || fail "$(cat base)"
base=$(cat base)
truncate -s "${mib}M" in
pass 16M
[ $took_ms -ge $((mib * 1000 / 16 * 7 / 10)) ] || fail "not held back: $took_ms ms"
head -c "$((mib / 4))M" /dev/urandom >in # gzip makes it no shorter
pass 4M ! gzip
[ $took_ms -ge $((mib * 1000 / 16 * 7 / 10)) ] || fail "gzip was not held back: $took_ms ms"
echo "$mib MiB; at most $(tail -n 1 far) KiB, of which $base are the program's own"
