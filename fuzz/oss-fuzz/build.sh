#!/bin/bash
# projects/weir/build.sh at OSS-Fuzz: the targets of fuzz/meson.build, each with what is kept of it.
# The same runs here: WORK=build/oss OUT=build/oss/out CC=clang bash fuzz/oss-fuzz/build.sh, with what
# CFLAGS says there: CFLAGS="-O1 -fsanitize=address -fsanitize=fuzzer-no-link"
set -eu

build=$(realpath -m "$WORK/weir")
mkdir -p "$build" "$OUT"
[ -f "$build/build.ninja" ] || scripts/setup "$build" . -Dwerror=false -Db_lundef=false \
    -Dauto_features=disabled -Dprefer_static=true -Djson=enabled -Dzstd=enabled -Dlz4=enabled \
    -Dlzma=enabled -Dbzip2=enabled -Dxxhash=enabled -Dchecks=true -Dbuildtype=plain
for target in streams decoders messages decompress http1 texts; do
    ninja -C "$build" "fuzz/${target}_fuzzer"
    cp "$build/fuzz/${target}_fuzzer" "$OUT/"
    (cd "fuzz/corpus/$target" && zip -q -r - .) >"$OUT/${target}_fuzzer_seed_corpus.zip"
done
