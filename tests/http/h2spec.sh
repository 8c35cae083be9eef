#!/bin/bash
# h2spec, strict, over clear text and over TLS: all of its 146 cases, each.
#
#   h2spec.sh H2SPEC SERVER
#
# H2SPEC is what scripts/h2spec builds; SERVER is started with ADDRESS, and with ADDRESS CERTIFICATE
# KEY. The last line says what passed.
h2spec=$(realpath "$1") server=$(realpath "$2")
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
make_certificate

# spec NAME OPTION...: $counted is "146 tests, 146 passed, 0 skipped, 0 failed".
spec() {
    local name=$1
    shift
    timeout 300 "$h2spec" -port "${address##*:}" -strict "$@" >"$name.said" 2>&1
    counted=$(tail -n 1 "$name.said")
    [ "$counted" = "146 tests, 146 passed, 0 skipped, 0 failed" ] || {
        fail "$name: $counted"
        sed -n '/^Failures/,$p' "$name.said"
    }
    end_of "$name" 0
}

# A server of both versions answers a preface that is none with 400, where h2spec wants silence.
serve clear env HTTP2_ONLY=1 "$server" 127.0.0.1:0
spec clear
clear=$counted
serve tls "$server" 127.0.0.1:0 cert.pem key.pem
spec tls -tls
echo "clear text: $clear; TLS: $counted"
