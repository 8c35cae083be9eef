#!/bin/sh
# The lint has nothing to say of the project itself: all that is compiled, apart from what shows it
# at work; or the files of some folders.
#
#   own.sh WEIR SOURCE_ROOT BUILD [FOLDER...]
set -eu
weir=$(realpath "$1") build=$(realpath "$3")
cd "$2"
shift 3
if [ $# -gt 0 ]; then
    for folder; do
        set -- "$@" "$folder"/*.c
        shift
    done
    exec "$weir" lint -p "$build" --stats "$@"
fi
# shellcheck disable=SC2046 # names without blanks
"$weir" lint -p "$build" --stats $(git ls-files 'examples/*.c' 'tools/*.c' 'src/*.c' 'bench/*.c' \
    'fuzz/*.c' 'tests/*.c' | grep -v -e '^tests/lint/' -e '^tests/compile/' -e '/peers/') \
    tests/lint/ported/*.c
