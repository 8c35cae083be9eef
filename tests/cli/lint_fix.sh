#!/bin/sh
# weir lint: cures as a diff and written; files are replaced as a whole. The cure here is that of a
# comment that allows nothing: it goes away.
. "$(dirname "$0")/common.sh"
. "$here/lint_common.sh"

mkdir src
cat >src/wanted.c <<'END'
int one(void)
{
    return 1;
}

int two(void)
{
    return 2;
}

int three(void)
{
    return 3 + one();
}
END
awk '/return 1/ { print "    /* weir-lint: allow(sequential_loops) one\n     * at a time */" }
     /return 2/ { print $0 " // weir-lint: allow(sequential_loops) fine"; next }
     /return 3/ { sub(/3/, "/* weir-lint: allow(sequential_loops) x */3") }
     { print }' src/wanted.c >src/unused.c
cp src/unused.c before.c

# ---- a diff ----

expect 1 "$weir" lint --diff src/unused.c -- -std=gnu11
cp out diff
head -n 2 diff | tr '\n' ' ' | grep -q '^--- a/src/unused.c +++ b/src/unused.c $' || fail "$(head -n 2 diff)"
same before.c src/unused.c '--diff wrote'
if command -v patch >/dev/null; then
    expect 0 patch -p1 <diff
    grep -qE 'fuzz|offset' out && fail "the diff is not exact: $(cat out)"
    same src/wanted.c src/unused.c 'the patched file'
    cp before.c src/unused.c
    expect 1 "$weir" lint --diff "$work/src/unused.c" -- -std=gnu11
    cp out diff
    expect 0 patch -p1 <diff
    same src/wanted.c src/unused.c 'the patched file of an absolute path'
    cp before.c src/unused.c
    mkdir elsewhere
    (cd elsewhere && "$weir" lint --diff "$work/src/unused.c" -- -std=gnu11 >../diff 2>../err)
    expect 0 patch -p1 -d / <diff
    same src/wanted.c src/unused.c 'the patched file from the root'
    cp before.c src/unused.c
fi

# ---- written ----

chmod 640 src/unused.c
ln -s src/unused.c link.c
expect 0 "$weir" lint --fix link.c -- -std=gnu11
mentions '3 findings in 1 file, 3 fixed'
same src/wanted.c src/unused.c 'the cured file'
[ -L link.c ] || fail 'the link is one no more'
[ "$(stat -c %a src/unused.c)" = 640 ] || fail "its mode is $(stat -c %a src/unused.c)"
[ "$(ls -A src | tr '\n' ' ')" = 'unused.c wanted.c ' ] || fail "left over: $(ls -A src)"
expect 0 "$weir" lint --fix src/unused.c -- -std=gnu11
expect 0 "$weir" lint --diff src/unused.c -- -std=gnu11
[ ! -s out ] || fail 'a diff of nothing'

# Findings without a cure stay, and fail.
loop server.c
cp server.c before.c
expect 1 "$weir" lint --fix --enable=all server.c -- -I"$include"
same before.c server.c 'a file without cures'

# Lent lines go to no other thread: the cure is said in words, which own them.
cat >lines.c <<'END'
#include <weir.h>

static void show(weir_line path, void *arg)
{
    (void)arg;
    weir_ignore(weir_await(weir_count(weir_lines(weir_open(path.data), 4096)), NULL, NULL));
}
WEIR_EACH_FN(show_fn, show, weir_line)

weir_stream *all(void)
{
    return weir_for_each(weir_glob("*.c"), &show_fn, NULL);
}
END
cp lines.c before.c
expect 1 "$weir" lint --fix lines.c -- -I"$include"
shows 'weir_par_for_each(weir_own(weir_glob("*.c")), &serve, arg, 64, NULL)'
same before.c lines.c 'a loop over lent lines'

# A file that cannot be replaced stays as it was.
if [ "$(id -u)" -ne 0 ]; then
    mkdir closed
    printf '/* weir-lint: allow(sequential_loops) x */\nint x;\n' >closed/x.c
    cp closed/x.c before.c
    chmod 555 closed
    expect 1 "$weir" lint --fix closed/x.c -- -std=gnu11
    mentions 'cannot write'
    same before.c closed/x.c
    chmod 755 closed
fi

# What other flags may compile is not said to be unused, and not taken away.
printf '#ifdef OTHER\n/* weir-lint: allow(sequential_loops) x */\nint x;\n#endif\nint y;\n' >if.c
expect 0 "$weir" lint if.c -- -std=gnu11
mentions '0 findings in 1 file'

# A function that changes nothing of others is run in parallel; one that counts behind its argument,
# or in a variable of the program, is left to its author.
for change in '(void)arg' '++*(int *)arg' 'served++'; do
    cat >each.c <<END
#include <weir.h>
static int served;
static void serve(weir_duplex client, void *arg)
{
    weir_error error;
    $change;
    weir_ignore(weir_await_write(client.writer, "hello\n", 6, &error));
    weir_duplex_drop(client);
}
WEIR_EACH_FN(serve_fn, serve, weir_duplex)
weir_stream *all(int *n) { return weir_for_each(weir_incoming(":7", NULL), &serve_fn, n); }
int *count(void) { return &served; }
END
    cp each.c before.c
    case $change in
    '(void)arg')
        expect 0 "$weir" lint --fix each.c -- -I"$include"
        grep -q '^WEIR_PAR_FN(serve_fn, weir_duplex, item, void \*, arg)$' each.c || fail 'no par fn'
        grep -q 'weir_par_for_each(weir_incoming(":7", NULL), &serve_fn, n, 64, NULL);' each.c ||
            fail "no par loop: $(cat each.c)"
        ;;
    *)
        expect 1 "$weir" lint --fix each.c -- -I"$include"
        same before.c each.c "a loop that $change"
        ;;
    esac
done
