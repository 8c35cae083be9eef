#!/bin/bash
# A browser as a client: Chromium without a window loads browser.html, which fetches, sends, gives
# up and listens to events, over HTTP/1.1 and over HTTP/2 with TLS, and says in the server's log how
# it went.
#
#   browser.sh SERVER SSE_CLOCK
#
# The last line says how much was asked.
server=$(realpath "$1")
sse_clock=$(realpath "$2")
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
    skip "no browser is installed (chromium)"
make_certificate
export PAGE=$here/browser.html
asked=0
LONGEST=60 # seconds, for all that a page asks

# browse URL: in the background; sets $browsing. Its processes are a group of their own. The page
# may ask another server (the clock), which knows nothing of it.
browse() {
    set -m
    "$browser" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --disable-web-security --ignore-certificate-errors --user-data-dir="$work/profile" \
        "$1" >browser.out 2>browser.err &
    browsing=$!
    started+=("-$browsing")
    set +m
}

# browsed NAME URL WANTED...: the page says all of these, and "done" behind them.
browsed() {
    local name=$1 url=$2 wanted
    shift 2
    browse "$url"
    for ((i = 0; i < LONGEST * 10; i++)); do
        grep -q '^said [0-9]* done$' "$name.out" && break
        kill -0 $browsing 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL -- -$browsing 2>/dev/null
    wait $browsing 2>/dev/null
    for wanted in "$@" done; do
        asked=$((asked + 1))
        grep -q "^said $version $wanted\$" "$name.out" || fail "$name: no '$wanted' over $version"
    done
    [ "$failures" -eq 0 ] ||
        printf 'the page said:\n%s\n%s\n' "$(grep ^said "$name.out")" "$(tail -n 3 browser.err)"
}

serve clock "$sse_clock" 127.0.0.1:0
clock=$address
serve clear "$server" 127.0.0.1:0
version=11 browsed clear "http://$address/page?clock=$clock" \
    hello head bytes echo many abandoned feed clock
end_of clear 0
serve encrypted "$server" 127.0.0.1:0 cert.pem key.pem
version=20 browsed encrypted "https://$address/page" \
    hello head bytes echo many abandoned feed upload
end_of encrypted 0
echo "$asked asked by $("$browser" --version 2>/dev/null | cut -d' ' -f1,2)"
