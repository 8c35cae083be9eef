#!/bin/sh
# The lint has nothing to say of the project itself: all that is compiled, apart from what shows it
# at work.
#
#   own.sh WEIR SOURCE_ROOT BUILD
set -eu
weir=$(realpath "$1") build=$(realpath "$3")
cd "$2"
# shellcheck disable=SC2046 # names without blanks
"$weir" lint -p "$build" --stats $(git ls-files 'examples/*.c' 'tools/*.c' 'src/*.c' 'bench/*.c' \
    'fuzz/*.c' 'tests/*.c' | grep -v -e '^tests/lint/' -e '^tests/compile/' -e '/peers/') \
    tests/lint/ported/*.c
