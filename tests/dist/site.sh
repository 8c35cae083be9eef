#!/bin/sh
# The site: every link leads somewhere, nothing is fetched from elsewhere, and nothing runs.
#
#   site.sh SOURCE_ROOT WEIR
. "$(dirname "$0")/manual_common.sh"

"$root/scripts/manual" --site site --weir "$weir" || fail "exit code $?"
cd site || exit 1
for page in index functions headers stages guide stream.h parallel 01-first-pipeline bindings rust \
    glossary examples echo_server.c; do
    [ -s $page.html ] || fail "there is no $page.html"
done
grep -q 'id="weir_map"' stream.h.html || fail "weir_map has no place"
grep -q 'href="echo_server.c.html"' 09-network.html || fail "a page does not lead to its program"
grep -q 'id="gunzip"' stages.html || fail "gunzip has no place"
grep -liE '<(script|iframe|img|link[^>]*//)|(href|src)="[a-z]+:' ./*.html &&
    fail "something comes from elsewhere, or runs"
grep -nE '@import|url\(' style.css && fail "the style sheet fetches something"
grep -q 'prefers-color-scheme: dark' style.css || fail "no dark pages"
[ "$(wc -l <style.css)" -le 40 ] || fail "the style sheet has over 40 lines"

# ids and links as words, FILE id NAME and FILE to TARGET.
for page in *.html; do
    grep -oE '(id|href)="[^"]*"' "$page" |
        sed "s|^id=\"\(.*\)\"|$page id \1|; s|^href=\"\(.*\)\"|$page to \1|"
done >words
awk '
$2 == "id" { there[$1 "#" $3] = 1; pages[$1] = 1 }
$2 == "to" { pages[$1] = 1; n++; from[n] = $1; target[n] = $3 }
END {
    pages["style.css"] = 1
    for (i = 1; i <= n; i++) {
        split(target[i], part, "#")
        file = part[1] == "" ? from[i] : part[1]
        if (!(file in pages) || (part[2] != "" && !((file "#" part[2]) in there)))
            print from[i] " leads to " target[i] ", which is not there"
    }
    if (n < 2000) print "only " n " links"
}' words >lost
[ ! -s lost ] || fail "$(wc -l <lost) links: $(head -20 lost)"
done_here
