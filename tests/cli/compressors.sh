#!/bin/sh
# Each compressor beside its own command, both ways; what is not in this build is refused.
. "$(dirname "$0")/common.sh"

mkdir files
awk 'BEGIN { srand(7); for (i = 0; i < 40000; i++) printf "%d line %f\n", i, rand() }' >plain
: >empty

# has STAGE: this build does.
has() {
    "$weir" stages "$1" | grep -q '^  not in this build' || return 0
    expect 2 "$weir" plain ! "$1" ! files/out
    mentions "weir: '$1' is not in this build"
    mentions "built without"
    holds_only
    echo "note: this build has no $1"
    return 1
}

# there COMMAND: it is installed.
there() {
    command -v "$1" >/dev/null || {
        echo "note: there is no $1"
        return 1
    }
}

# both STAGE PACK UNPACK OPTION...: what the stage makes with each option (default: none) the command
# restores, and the other way.
both() {
    stage=$1 pack=$2 unpack=$3
    shift 3
    for file in plain empty; do
        for options in default "$@"; do
            [ "$options" != default ] || options=
            # shellcheck disable=SC2086 # words
            expect 0 "$weir" $file ! $stage $options ! ./packed sync=no
            $unpack <packed >restored || fail "$unpack of '$stage $options'"
            same restored $file "$stage $options"
            rm -f packed
        done
        $pack <$file >packed
        expect 0 "$weir" packed ! "un$stage"
        same out $file "un$stage of $pack"
        rm -f packed
    done
}

# wrong STAGE: cut, damaged and other input, none of which leaves a file.
wrong() {
    size=$(wc -c <"$1")
    for cut in 0 1 3 $((size / 2)) $((size - 1)); do
        head -c $cut "$1" >cut
        expect 1 "$weir" cut ! "$2" ! files/out
        mentions "weir: $2: "
        mentions "files/out was not created"
        holds_only
    done
    { cat "$1"; printf 'garbage!!!'; } >trailing
    expect 1 "$weir" trailing ! "$2" ! files/out
    mentions "weir: $2: byte $size of trailing: "
    holds_only
}

if has zstd; then
    expect 0 "$weir" plain ! zstd ! ./p.zst
    wrong p.zst unzstd
    "$weir" plain ! zstd long=24 ! ./long.zst
    expect 1 "$weir" long.zst ! unzstd window=8M ! files/out
    mentions "a frame looks back 16777216 bytes, where 8388608 are allowed"
    holds_only
    if there zstd; then
        both zstd "zstd -c" "zstd -dc" level=1 level=19 fast=3 threads=3 long=20
        cat p.zst p.zst >twice.zst
        expect 0 "$weir" twice.zst ! unzstd ! lines ! count
        prints 80000
    fi
fi
