# shellcheck shell=bash
# How a client fares beside one who attacks: a part of bench/run, which reads this file. The attacks
# are those of tests/http/attacks, run once, at the server that the tests have.

# attacks_rows: of what the attacks said, a row of the table for each.
attacks_rows() {
    sed -nE '
        /^-- http1$/ { s/.*/HTTP\/1.1/; h }
        /^-- http2$/ { s/.*/HTTP\/2/; h }
        /^-- tls$/ { s/.*/TLS/; h }
        /^-- http2-tls$/ { s/.*/HTTP\/2 over TLS/; h }
        /others: /!d
        s/^not ok /no\t/; s/^ok     /yes\t/; s/^       /-\t/
        s/^([^\t]*)\t(.{28}).*others: ([0-9]+) answered, p50 ([0-9.]+) ms, p99 ([0-9.]+) ms, ([0-9.]+) MiB.*/\2\t\3\t\4\t\5\t\6\t\1/
        s/ *\t/\t/
        G; s/(.*)\n(.*)/\2\t\1/; s/\t/ | /g; s/.*/| & |/; p'
}

attacks_part() {
    local server=$build/tests/http_server
    if [ ! -x "$server" ] || ! /usr/bin/python3 -c 'import h2, hyperframe' 2>/dev/null; then
        echo "attacks: they take tests/http_server (make test) and python3-h2: left out" >&2
        kept_part attacks
        return 0
    fi
    progress "attacks, three minutes"
    bash tests/http/attacks.sh "$server" >"$work/attacks.said" || :
    cat <<END
## HTTP under attack

What a good client waits for an answer of 13 bytes while another one attacks, in milliseconds: one
connection of HTTP/1.1 that is kept, a request every 2 ms, to a server of one thread, whose times are a
quarter of the usual ones. A single run, nothing pinned; attackers, the good client and the server share
two processors with whoever else is there, so "nobody attacks" is what each row is held against. What the
attacks are: tests/http/attacks. Wanted is a p99 of 100 ms at most, and an attacker who is refused.

$(machine)

| over | attack | answered | p50 | p99 | MiB more | withstood |
| --- | --- | --- | --- | --- | --- | --- |
$(attacks_rows <"$work/attacks.said")
END
}
