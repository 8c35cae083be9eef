#!/bin/bash
# The live page in Chromium without a window: recorded sessions are replayed, and page/checks.js
# looks at what is drawn, at 1000 pixels and at 360, and what keys do.
#
#   browser.sh SERVER [PICTURE]
#
# SERVER (inspect_page_server) serves the page with its policy. A picture of it is written to PICTURE
# (1000x600).
#
# The last line says how much was looked at.
. "$(dirname "$0")/../http/common.sh"
server=$(absolute "$1")
picture=${2:+$(absolute "$2")}
cd "$work" || exit 1
here=$root/tests/inspect
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
    skip "no browser is installed (chromium)"
looked=0

# page SESSION [WANTED]: the page with that session in it, and the checks of that name behind it.
page() {
    awk -v session="$1" -v wanted="${2:-}" -v checks="$here/page/checks.js" '
    function put(file, escaped,   line) {
        while ((getline line < file) > 0) {
            if (escaped) gsub(/</, "\\u003c", line)
            print line
        }
    }
    $0 == "<script>" {
        print "<script type=\"application/jsonl\" id=\"recorded\">"; put(session, 1); print "</script>"
    }
    { print }
    wanted && $0 == "</script>" && ++ended {
        print "<script>const wanted = \"" wanted "\";"; put(checks, 0); print "</script>"
    }' "$root/src/inspect/page.html"
}

# browse URL OPTION...
browse() {
    local url=$1
    shift
    timeout 60 "$browser" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage \
        --no-first-run --disable-background-networking --disable-component-update --disable-sync \
        --hide-scrollbars --user-data-dir="$work/profile" --virtual-time-budget=5000 \
        --enable-logging=stderr "$@" "$url" 2>browser.err
}

# judge NAME: every line of what the page said is ok, and nothing was said on the console.
judge() {
    grep -q '^checked$' dom || fail "$1: the checks did not end: $(grep CONSOLE browser.err | tail -3)"
    grep '^not ok\|>not ok' dom | sed "s/.*not ok/  $1:/"
    failures=$((failures + $(grep -c '^not ok\|>not ok' dom)))
    looked=$((looked + $(grep -c '^ok\|>ok' dom)))
    ! grep CONSOLE browser.err || fail "$1: the console is not silent"
}

for session in "$here"/page/*.jsonl "$here"/sessions/*.jsonl; do
    name=$(basename "$session" .jsonl)
    case $name in import | hostile | wide | command) checks=$name ;; *) checks=other ;; esac
    page "$session" $checks >page.html
    browse "file://$work/page.html" --window-size=1000,900 --dump-dom >dom
    judge "$name"
    # A window is never that narrow, a frame is.
    cat >frame.html <<'END'
<!doctype html><iframe src="page.html" width="360" height="1800"></iframe><script>
onmessage = said => document.body.append(Object.assign(document.createElement("pre"), {textContent: said.data}));
</script>
END
    browse "file://$work/frame.html" --window-size=1000,1900 --dump-dom >dom
    judge "$name at 360"
done
# shows NAME TEXT...: the page that was dumped has these in it.
shows() {
    local name=$1 text
    shift
    for text in "$@"; do
        looked=$((looked + 1))
        grep -qF "$text" dom || fail "$name: no '$text'"
    done
}

# As it is served, under its policy: the events come by fetch.
serve served "$server" "$here/page/import.jsonl"
for _ in 1 2 3 4 5; do # the clock of a browser without a window does not wait for what comes late
    browse "$address" --window-size=1000,900 --dump-dom >dom
    grep -qF 'role="status">it ends here' dom && break
done
shows served '"program">· import</span>' 'id="status" role="status">it ends here</span>' \
    'buffered enrich, import.c:41 in main, limits the others' '<b>95 %</b>'
! grep CONSOLE browser.err || fail "served: the console is not silent"
browse "${address%#*}#0123456789abcdef0123456789abcdef" --dump-dom >dom
shows refused 'the token is not right: open the whole address'
browse "${address%#*}" --dump-dom >dom
shows bare 'open the whole address that the program printed'
end_of served 0

if [ -n "$picture" ]; then
    grep -v '"t":"running"' "$here/page/import.jsonl" >picture.jsonl
    page picture.jsonl >page.html
    browse "file://$work/page.html" --window-size=1000,600 --screenshot="$work/picture.png" >/dev/null
    cp picture.png "$picture" 2>/dev/null || fail "no picture was made"
fi
echo "$looked looked at in $("$browser" --version 2>/dev/null | cut -d' ' -f1,2)"
