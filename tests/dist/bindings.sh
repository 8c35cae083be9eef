#!/bin/sh
# A binding of bindings/ against the library as it was built: its own test, and its example on
# bindings/errors.log, which says the same in every language.
#
#   bindings.sh SOURCE_ROOT LIBRARY LANGUAGE
set -eu

root=$(realpath "$1") library=$(realpath "$2") language=$3
. "$root/tests/dist/common.sh"
folder=$root/bindings/$language
export WEIR_LIBRARY="$library"

# says PROGRAM...: its example.
says() {
    "$@" "$root/bindings/errors.log" >"$tmp/said"
    diff -u "$root/bindings/errors.expected" "$tmp/said" || fail "$language: the example says that"
}

python() {
    need python3
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$folder
    export PYTHONDONTWRITEBYTECODE PYTHONPATH
    python3 "$folder/test_weir.py" 2>"$tmp/log" || { cat "$tmp/log" && fail "its own test"; }
    grep 'ns an item' "$tmp/log"
    says python3 "$folder/errors_by_host.py"
}

"$language"
