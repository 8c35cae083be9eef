#!/bin/bash
# What clients may do to a server, over clear text and over TLS: each row says what the attacker was
# told, how a good client fared meanwhile, and how much more the server held.
#
#   attacks.sh SERVER
#
# SERVER's times are a quarter of the usual ones meanwhile (QUICK). It takes Debian's python3-h2 and
# python3-hyperframe. The last line says how many were withstood.
server=$(realpath "$1")
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
python=/usr/bin/python3
$python -c 'import h2, hyperframe' 2>/dev/null ||
    skip "python3-h2 and python3-hyperframe are not installed"
make_certificate
export QUICK=4 PYTHONDONTWRITEBYTECODE=1
rows=0 good=0

# attack NAME SCRIPT [tls]: against the server that was started last.
attack() {
    echo "-- $1"
    timeout 400 $python "$here/attacks/$2.py" "$address" "$process" "$QUICK" ${3:-} >"$1.rows" 2>&1 ||
        fail "$1"
    cat "$1.rows"
    rows=$((rows + $(grep -c '^\(not \)\?ok ' "$1.rows")))
    good=$((good + $(grep -c '^ok ' "$1.rows")))
}

serve clear "$server" 127.0.0.1:0
attack http1 http1
attack http2 http2
end_of clear 0
serve encrypted "$server" 127.0.0.1:0 cert.pem key.pem
attack tls tls
attack http2-tls http2 tls
end_of encrypted 0
echo "$good of $rows withstood"
