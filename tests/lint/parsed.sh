#!/bin/sh
# clang reads each header, each example and shape.c as the lint has them read, with the marks on,
# and has nothing to say.
#
#   parsed.sh SOURCE_ROOT
set -eu
cd "$1"
command -v clang >/dev/null || {
    echo "skipped: clang is not here"
    exit 77
}

failed=0 n=0
for file in include/weir.h include/weir/*.h examples/*.c tests/lint/shape.c; do
    n=$((n + 1))
    clang -std=gnu11 -Wall -Wextra -Wno-unused-function -Wno-pragma-once-outside-header -Werror \
        -DWEIR_LINT=1 -Iinclude -fsyntax-only -x c "$file" || failed=1
done
echo "$n files"
exit $failed
