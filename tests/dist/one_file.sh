#!/bin/sh
# The library as one file: a program with nothing else beside it, with no library but zlib and with all
# that this machine has. DIST=long: the reference's vectors pass on it, also when it is optimised.
#
#   one_file.sh SOURCE_ROOT BUILD VECTORS COMPILER...
set -eu

root=$(realpath "$1") build=$(realpath "$2") vectors=$(realpath "$3")
shift 3
. "$root/tests/dist/common.sh"
need python3

"$root/scripts/amalgamate" "$build" "$tmp/one"
cp "$root/tests/dist/errors.c" "$tmp/one/errors.c"
cd "$tmp/one"
# As on a machine that has no header but zlib's.
mkdir -p "$tmp/none/openssl" "$tmp/none/nghttp2" "$tmp/none/brotli"
for header in bzlib lzma liburing zstd lz4frame xxhash isa-l yyjson openssl/ssl openssl/err \
    nghttp2/nghttp2 brotli/encode brotli/decode; do
    echo "#error $header.h was asked for" >"$tmp/none/$header.h"
done
said "$tmp/cc.log" "$@" -O0 -std=gnu11 -Wall -Werror -I. -I"$tmp/none" errors.c weir.c -lz -pthread -o "$tmp/errors"
right "$tmp/errors"
echo "$(wc -l <weir.c) lines of weir.c, $(wc -l <weir.h) of weir.h"

# NAME=the package of it that pkg-config knows.
flags='' libraries=''
for pair in ISAL=libisal URING=liburing OPENSSL=openssl NGHTTP2=libnghttp2 XXHASH=libxxhash \
    ZSTD=libzstd LZ4=liblz4 BROTLI=libbrotlienc BROTLI=libbrotlidec LZMA=liblzma; do
    pkg-config --exists "${pair#*=}" 2>/dev/null || continue
    flags="$flags -DWEIR_HAVE_${pair%=*}=1"
    libraries="$libraries $(pkg-config --libs "${pair#*=}")"
done
# shellcheck disable=SC2086 # one word a flag
said "$tmp/all.log" "$@" -fsyntax-only -std=gnu11 -Wall -Werror $flags weir.c

[ "${DIST:-}" = long ] || exit 0
# shellcheck disable=SC2086
said "$tmp/optimised.log" "$@" -O2 -std=gnu11 -Wall -Werror $flags -c weir.c -o weir.o
# shellcheck disable=SC2086
said "$tmp/conform.log" "$@" -O0 -std=gnu11 -D_GNU_SOURCE -I. -I"$root/include" -I"$root/src" \
    "$root"/tests/conform/*.c weir.o $libraries -lz -pthread -ljansson -o "$tmp/conform"
said "$tmp/vectors.log" "$tmp/conform" "$vectors"
tail -n 1 "$tmp/vectors.log"
