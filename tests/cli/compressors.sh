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
        case $stage in brotli) continue ;; esac
        cat packed packed >twice
        expect 0 "$weir" twice ! "un$stage"
        cat $file $file >wanted
        same out wanted "un$stage of two"
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

# made STAGE UNSTAGE: there and back by weir alone, at every level that is quick, and what is wrong.
made() {
    for options in '' level=1 "level=$3"; do
        # shellcheck disable=SC2086 # words
        expect 0 "$weir" plain ! "$1" $options ! ./made sync=no
        expect 0 "$weir" made ! "$2"
        same out plain "$2 of $1 $options"
        [ -z "$options" ] || rm -f made
    done
    expect 0 "$weir" plain ! "$1" level=1 ! ./made sync=no
    wrong made "$2"
    rm -f made
}

head -c 300000 plain >short && mv short plain
if has zstd; then
    made zstd unzstd 9
    "$weir" plain ! zstd long=24 ! ./long.zst
    expect 1 "$weir" long.zst ! unzstd window=8M ! files/out
    mentions "a frame looks back 16777216 bytes, where 8388608 are allowed"
    holds_only
    ! there zstd || both zstd "zstd -c" "zstd -dc" level=1 level=19 fast=3 threads=3 long=20
fi
if has lz4; then
    made lz4 unlz4 9
    expect 2 "$weir" plain ! lz4 block=3K ! files/out
    mentions "lz4 has no blocks of 3K bytes"
    ! there lz4 || both lz4 "lz4 -c" "lz4 -dc" level=12 fast=3 block=64K block=4M
fi
if has brotli; then
    made brotli unbrotli 5
    ! there brotli || both brotli "brotli -5c" "brotli -dc" level=0 level=5 long=10
    # What `brotli --large_window=30` makes of 1000 zeros.
    printf '\021\136\234\017\340\237\000\210\306\002\001\241\001' >large.br
    expect 1 "$weir" large.br ! unbrotli ! null
    mentions "no brotli data, or of a window above the 16 MiB of RFC 7932"
    mentions "brotli -dc, which knows large windows"
fi
if has xz; then
    made xz unxz 3
    "$weir" plain ! xz level=9 ! ./p.xz
    expect 1 "$weir" p.xz ! unxz memory=8M ! files/out
    mentions "a stream asks for "
    mentions ", where 8388608 are allowed"
    holds_only
    if there xz; then
        both xz "xz -c" "xz -dc" level=0 "level=2 extreme" threads=2
        xz --format=lzma <plain >p.lzma
        expect 1 "$weir" p.lzma ! unxz ! files/out
        mentions "this is lzma-alone (.lzma) data, and no xz data"
        { xz -c plain; printf '\0\0\0\0'; xz -0 -c plain; } >twice.xz
        expect 0 "$weir" twice.xz ! unxz
        xz -dc twice.xz >wanted
        same out wanted "two streams and padding"
    fi
fi
if has bzip2; then
    made bzip2 unbzip2 9
    ! there bzip2 || both bzip2 "bzip2 -c" "bzip2 -dc" level=1
fi
made deflate inflate 9
made zlib unzlib 9
if there pigz; then
    for file in plain empty; do
        expect 0 "$weir" $file ! zlib
        pigz -dzc <out >restored 2>/dev/null || fail "pigz -dz of zlib"
        same restored $file "pigz -dz"
        pigz -zc <$file >packed
        expect 0 "$weir" packed ! unzlib
        same out $file "unzlib of pigz -z"
    done
fi

# Odd frames that are right: ../corpora/LICENSES.md says whose they are.
field() { printf '%s\n' "$frame" | sed -n "s/.*\"$1\": \"\{0,1\}\([^\",}]*\).*/\1/p"; }
while read -r frame; do
    id=$(field id)
    case $id in
    zstd/*) stage=unzstd ;;
    brotli/*) stage=unbrotli ;;
    *) fail "which stage is $id for?" ;;
    esac
    "$weir" stages $stage | grep -q '^  not in this build' && continue
    field in_base64 | base64 -d >golden
    expect 0 "$weir" golden ! $stage
    [ "$(wc -c <out)" -eq "$(field out_bytes)" ] || fail "$id has $(wc -c <out) bytes"
    [ "$(sha256sum <out | cut -d' ' -f1)" = "$(field out_sha256)" ] || fail "$id has other bytes"
    golden=$((golden + 1))
done <"$here/../corpora/golden-frames.jsonl"
[ "${golden:-0}" -eq 4 ] || echo "note: $golden of 4 odd frames were read"

# Little that becomes much: of a connection it has a limit, of a file none, or the one that is said.
expect 0 "$weir" zero 8M ! zlib level=9 ! ./bomb
expect 0 "$weir" bomb ! unzlib ! null
expect 1 "$weir" bomb ! unzlib ratio=500 ! files/out
mentions ", more than 500 out of each"
holds_only
