# What the tests of the lint begin with, behind common.sh: sources with findings that are known, and
# no test where there is no lint.

include=$(cd "$here/../../include" && pwd)
unset NO_COLOR WEIR_LIBCLANG
: >none.c
run "$weir" lint none.c -- -std=gnu11
[ "$status" -eq 0 ] || skip "no lint here: $(cat err)"
rm none.c

# loop FILE: one finding, at 11:5, in a function whose lines are indented by tabs and blanks.
loop() {
    cat >"$1" <<'END'
#include <weir.h>

static void greet(weir_duplex client)
{
    weir_error error;
    weir_ignore(weir_await_write(client.writer, "hello\n", 6, &error));
}

void serve(const char *address)
{
    weir_for_await (weir_duplex, client, weir_incoming(address, NULL)) {
        greet(client);
    }
}
END
}

# good FILE: nothing is found.
good() {
    printf '#include <weir.h>\n\nint three(void)\n{\n    return 3;\n}\n' >"$1"
}

# line N FILE: that line of it.
line() {
    sed -n "$1p" "$2"
}

# shows TEXT: stdout has it.
shows() {
    grep -qF -- "$1" out || {
        fail "stdout does not show: $1"
        sed 's/^/    /' out
    }
}
