#!/bin/sh
# The core, the combinators, readers, writers and the codecs that are no library's need no libc: all
# files of src/core, src/stream and src/bytes, and those of src/codec but gzip's, the hashes' and decompress,
# compiled with -ffreestanding and linked with -nostdlib, ask for memcpy, memmove, memset and memcmp
# and for nothing else.
#
#   freestanding.sh SOURCE_ROOT COMPILER...
set -eu

root=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

flags="-std=gnu11 -O2 -ffreestanding -fno-stack-protector -I$root/include -I$root/src"
failed=0

ls "$root"/src/core/*.c "$root"/src/stream/*.c "$root"/src/bytes/*.c "$root"/src/codec/*.c |
    grep -vE '/(deflate_isal|deflate_zlib|gunzip|gzip|gzip_block|gzip_writer|compress|(un)?(zstd|lz4|brotli|xz|bzip2)|hash_sha256|hash_xxh3|hash_crc32|digest|inflate|decompress)\.c$' |
    xargs -P 2 -I FILE sh -c '
        name=$(basename "$(dirname FILE)")_$(basename FILE .c)
        exec "$@" -c FILE -o "$0/$name.o"' "$tmp" "$@" $flags
"$@" -nostdlib -r -o "$tmp/all.rel" "$tmp"/*.o
wants=$(nm --undefined-only "$tmp/all.rel" | awk '{ print $NF }' | sort -u)
for symbol in $wants; do
    case $symbol in
    memcpy | memmove | memset | memcmp) ;;
    *)
        echo "wanted from outside: $symbol, by"
        nm -A --undefined-only "$tmp"/*.o | sed -n "s|^.*/\([a-z_0-9]*\)\.o:.* $symbol\$|  \1|p"
        failed=1
        ;;
    esac
done
echo "$(ls "$tmp"/*.o | wc -l) files want:" $wants
exit $failed
