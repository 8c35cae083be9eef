#!/bin/sh
# The library as one file: a program with nothing else beside it, with no library but zlib and with all
# that this machine has; and only what a program, or a header, needs of it. DIST=long: the reference's
# vectors pass on it, also when it is optimised; each header by itself; and the seconds that both take.
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
# -DWEIR_HAVE_NAME=0 is as not said.
said "$tmp/cc.log" "$@" -O0 -std=gnu11 -Wall -Werror -DWEIR_HAVE_OPENSSL=0 -DWEIR_HAVE_URING=0 -I. \
    -I"$tmp/none" errors.c weir.c -lz -pthread -o "$tmp/errors"
right "$tmp/errors"
# clang warns of functions that are only needed with a library.
! command -v clang >/dev/null || said "$tmp/clang.log" clang -fsyntax-only -std=gnu11 -Wall -Wextra -Werror \
    -I"$tmp/none" weir.c
echo "$(wc -l <weir.c) lines of weir.c, $(wc -l <weir.h) of weir.h"

# part NAME PART...: what these need, and nothing else.
part() {
    name=$1
    shift
    said "$tmp/$name.log" "$root/scripts/amalgamate" "$from" "$tmp/$name" "$@"
}

# whole NAME: nothing is missing in it. Kept short of the optimiser: so each call is linked.
whole() {
    # shellcheck disable=SC2086 # one word a flag
    said "$tmp/cut.log" $compiler -O0 -std=gnu11 -Wall -Werror -fPIC -shared -Wl,-z,defs \
        -I"$tmp/$1" -I"$tmp/none" "$tmp/$1/weir.c" -lz -pthread -o "$tmp/$1.so"
}

from=$tmp/no-build compiler=$* # these ask for nothing that is generated
part of_program "$root/tests/dist/errors.c"
lines=$(wc -l <"$tmp/of_program/weir.c")
[ "$lines" -lt $(($(wc -l <weir.c) / 3)) ] || fail "errors.c needs $lines lines of it"
said "$tmp/cut.log" "$@" -O2 -std=gnu11 -Wall -Werror -I"$tmp/of_program" -I"$tmp/none" \
    errors.c "$tmp/of_program/weir.c" -lz -pthread -o "$tmp/errors"
right "$tmp/errors"
echo "$lines lines of it for errors.c"

# weir/typed.h is part of weir.h, and its names in capitals are those of the functions.
sed "/weir.typed.h/d" "$root/examples/typed_chain.c" >typed.c
part of_typed typed.c
said "$tmp/cut.log" "$@" -O0 -std=gnu11 -Wall -Werror -I"$tmp/of_typed" typed.c \
    "$tmp/of_typed/weir.c" -lz -pthread -o "$tmp/typed"
part stream stream
whole stream
"$root/scripts/amalgamate" "$build" "$tmp/apart" nats 2>apart && fail "nats is a part"
grep -qx 'amalgamate: nats is of a library of its own.*' apart || fail "it says: $(cat apart)"

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
from=$build
for header in "$root"/include/weir/*.h; do
    name=$(basename "$header" .h)
    case $name in nats | kafka | redis | pipeline) continue ;; esac
    part one_header "$name"
    whole one_header
done

# seconds COMMAND...: of the processor, without what others take of it.
seconds() {
    (said "$tmp/seconds.log" "$@" && times) | sed -n '2s/ .*//p'
}

# shellcheck disable=SC2086
echo "optimised: $(seconds "$@" -O2 -std=gnu11 -Wall -Werror $flags -c weir.c -o weir.o), for errors.c" \
    "$(seconds "$@" -O2 -std=gnu11 -Wall -Werror $flags -c "$tmp/of_program/weir.c" -o "$tmp/cut.o")"
# shellcheck disable=SC2086
said "$tmp/conform.log" "$@" -O0 -std=gnu11 -D_GNU_SOURCE -I. -I"$root/include" -I"$root/src" \
    "$root"/tests/conform/*.c weir.o $libraries -lz -pthread -ljansson -o "$tmp/conform"
said "$tmp/vectors.log" "$tmp/conform" "$vectors"
tail -n 1 "$tmp/vectors.log"
