#!/bin/sh
# The manual that the headers and the catalogue are made into: a page for each function and stage,
# the same each time, and valid.
#
#   manual.sh SOURCE_ROOT WEIR
. "$(dirname "$0")/manual_common.sh"

export SOURCE_DATE_EPOCH=86400
"$root/scripts/manual" --man man --weir "$weir" || fail "exit code $? for the headers as they are"
"$root/scripts/manual" --man again --weir "$weir"
diff -r man again || fail "twice made, and not the same"
grep -q '^.TH WEIR_MAP 3 "1970-01-02"' man/man3/weir_map.3 || fail "the date is another one"

# page SECTION NAME
page() {
    [ -s "man/man$1/$2.$1" ] || fail "$2($1) is missing"
}

# ---- a page each, found in another way than the manual finds them ----

for name in $(cat "$root"/include/weir/*.h | tr '\n' ' ' |
    grep -oE 'WEIR_(API|NEW) [^;({]*weir_[a-z0-9_]+\(' | grep -oE 'weir_[a-z0-9_]+[a-z0-9]\(' |
    tr -d '(' | sort -u); do
    page 3 "$name"
done
for name in $("$weir" stages --complete | awk -F '\t' '$1 == "stage" { print $2 }'); do
    page 1 "weir-stage-$name"
    grep -qE "^\.B[RI]*.*\\b$name\\b" "$root/tools/weir/weir.1" || fail "weir(1) lacks $name"
done
for header in "$root"/include/weir/*.h; do
    name=$(basename "$header")
    case $name in
    fn_make* | typed* | marks.h | async_guard.h) ;; # what macros are made of
    *) page 7 "weir_$name" ;;
    esac
done
page 7 weir
page 1 weir # those that are written by hand
page 1 weir-lint
page 7 weir-async

# What stands in which section.
for line in '.SH SYNOPSIS' '.B #include <weir/stream.h>' '.SH SHAPE' '.SH ERRORS' '.SH OWNS' \
    '.BR weir_filter (3),' '.BR weir_stream.h (7),'; do
    grep -qxF "$line" man/man3/weir_map.3 || fail "weir_map(3) has no line '$line'"
done
grep -rnE '^WEIR_(API|NEW) |WEIR_UNBOUNDED,|WEIR_MUST_USE;' man/man3 &&
    fail "how it is compiled stands in a page"
grep -rhx '\.so man.*' man | cut -d ' ' -f 2 | sort -u | while read -r target; do
    grep -q '^\.TH' "man/$target" || echo "$target"
done | grep . && fail "these pages are referred to, and are none"

# ---- a function without a text, or without an example ----

mkdir tree tree/include
cp -r "$root/scripts" "$root/meson.build" tree
cp -r "$root/include/weir" tree/include
printf '\nWEIR_API void weir_nobody_says(int why);\n' >>tree/include/weir/time.h
printf '\n/* Not how. */\nWEIR_API void weir_nobody_shows(int why);\n' >>tree/include/weir/time.h
tree/scripts/manual --check >said && fail "a function without a text, and exit code 0"
grep -q '^include/weir/time.h:[0-9]*: weir_nobody_says: no text$' said ||
    fail "it says: $(cat said)"
grep -q '^include/weir/time.h:[0-9]*: weir_nobody_shows: no example$' said ||
    fail "it says: $(cat said)"

# ---- valid ----

command -v mandoc >/dev/null || skip "mandoc is missing: nobody looked whether the pages are valid"
cd man || exit 1
# Aliases are .so by decision; mandoc would rather have links.
for page in man*/*; do
    grep -q '^\.so ' "$page" || echo "$page"
done | xargs mandoc -Tlint -Wwarning >../lint 2>&1 || fail "mandoc: $(head -20 ../lint)"
done_here
