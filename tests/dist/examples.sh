#!/bin/sh
# Each Example of the headers compiles, and each of its lines prints what it says.
#
#   examples.sh SOURCE_ROOT WEIR BUILD PRINTER.c COMPILER...
build=$(realpath "$3") printer=$(realpath "$4")
. "$(dirname "$0")/manual_common.sh"
shift 4

"$root/scripts/manual" --tests examples.c || fail "exit code $?"

# The examples are those of a build with everything.
lacks=$("$weir" stages zstd lz4 brotli xz bzip2 from sha256 xxh3 |
    sed -n 's/^  not in this build, //p')
[ -z "$lacks" ] || skip "this build is one $(echo "$lacks" | head -1)"

# builds NAME [FLAG...]: NAME.c as the program NAME. What no example uses is no mistake.
builds() {
    name=$1
    shift
    # shellcheck disable=SC2086 # one word an option
    $compiler -std=gnu11 -O0 -Wall -Wextra -Werror -Wno-unused-function \
        -Wno-unused-const-variable -Wno-unused-variable -I"$root/include" \
        -I"$(dirname "$printer")" "$name.c" "$printer" -o "$name" -L"$build" "$@" \
        -lweir -Wl,-rpath,"$build" || fail "it does not compile"
}
compiler=$*

# runs NAME: its examples, all of them right.
runs() {
    "./$1" >said 2>&1 || fail "$(cat said)"
    tail -n 1 said
}
export WEIR_DRIVER=sim # its clock goes on by itself, and its order is always the same
builds examples
runs examples

# Those of the libraries beside it, as far as this build has them. A broker's threads know no
# simulated time, and ThreadSanitizer does not know those of cnats and librdkafka.
libraries='pipeline nats kafka redis'
case $compiler in *-fsanitize=thread*) libraries='pipeline redis' ;; esac
for library in $libraries; do
    [ -e "$build/libweir-$library.so" ] || continue
    [ $library = pipeline ] || unset WEIR_DRIVER
    builds "examples_$library" "-lweir-$library"
    runs "examples_$library"
done
export WEIR_DRIVER=sim

# ---- one that is wrong is told, with its line, and one that loses something ----

mkdir -p tree/include/weir
cp -r "$root/scripts" "$root/meson.build" tree
cat >tree/include/weir/wrong.h <<'HEADER'
/* weir/wrong.h: one line that is not so. */

/* Some numbers.
 *
 * Example:
 *     p(weir_range(0, 2)); // -> 0 1
 *     p(weir_range(0, 2)); // -> 0 1 2
 */
WEIR_NEW weir_stream *weir_wrong(void);

/* Some that are lost.
 *
 * Example:
 *     weir_ignore(weir_range(0, 2));
 *     p("gone"); // -> gone
 */
WEIR_NEW weir_stream *weir_lost(void);
HEADER
tree/scripts/manual --tests wrong.c >/dev/null || fail "exit code $? for two that have an example"
builds wrong
ASAN_OPTIONS=detect_leaks=0 ./wrong >said && fail "a wrong line passes"
grep -qxF "include/weir/wrong.h:7: '0 1' is printed, not '0 1 2'" said || fail "$(cat said)"
grep -q '^include/weir/wrong.h:11: [0-9]* bytes were not given back$' said || fail "$(cat said)"
done_here
