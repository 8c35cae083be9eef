#!/bin/sh
# weir lint: what a finding looks like in each form, what comments allow, what is written.
. "$(dirname "$0")/common.sh"
. "$here/lint_common.sh"

loop server.c

# ---- text ----

expect 1 "$weir" lint server.c -- -I"$include"
cat >wanted <<'END'
warning: loop is sequential
 --> server.c:11:5
   |
11 |     weir_for_await (weir_duplex, client, weir_incoming(address, NULL)) {
   |     ^^^^^^^^^^^^^^ help: 
   |
   = note: `weir_incoming` is marked must_par_spawn: connections are independent
   = note: the body suspends at server.c:6:5, and the next item waits for it
   = note: `sequential_loops` is on by default; allow: /* weir-lint: allow(sequential_loops) reason */
END
sed 's/help: .*/help: /; s/server.c:[0-9]*:[0-9]*, and/server.c:6:5, and/' out >given
same wanted given 'the form of a finding'

# The caret stands under its word behind tabs, wide letters and in a line of any length.
sed 's|^    weir_for|\t/* 日本 */\tweir_for|' server.c >wide.c
expect 1 "$weir" lint wide.c -- -I"$include"
line 4 out | grep -qF '11 |     /* 日本 */  weir_for_await (' || fail "a line with tabs: $(line 4 out)"
line 5 out | grep -qF '   |                 ^^^^^^^^^^^^^^ help' || fail "its caret: $(line 5 out)"
{
    sed '11,$d' server.c
    printf '    /* %0500d */ %s' 0 "$(sed -n 11p server.c)"
    printf ' /* %0500d */\n' 0
    sed '1,11d' server.c
} >long.c
expect 1 "$weir" lint long.c -- -I"$include"
[ "$(line 4 out | wc -c)" -lt 200 ] || fail "a long line was shown whole"
awk 'NR == 4 { at = index($0, "weir_for_await") } NR == 5 { exit index($0, "^") != at }' out ||
    fail "the caret of a long line: $(line 4 out)"
mark=$(printf '\033')
sed "s|^    weir_for|    /* ${mark}[31m */ weir_for|" server.c >steers.c
expect 1 "$weir" lint steers.c -- -I"$include"
grep -q "$mark" out && fail 'the source steers the terminal'
shows '\x1b[31m'
cp server.c "a b$mark.c"
expect 1 "$weir" lint --format=gcc "a b$mark.c" -- -I"$include"
grep -q "$mark" out && fail 'a name steers the terminal'

# Findings of several files stand in their order, with an empty line between.
cp server.c other.c
expect 1 "$weir" lint server.c other.c -- -I"$include"
[ "$(grep -- '-->' out | tr -d '\n')" = ' --> server.c:11:5 --> other.c:11:5' ] || fail 'the order'
line 10 out | grep -q . && fail 'no empty line between findings'
mentions '2 findings in 2 files'

# ---- the other forms ----

expect 1 "$weir" lint --format=gcc server.c -- -I"$include"
[ "$(line 1 out)" = 'server.c:11:5: warning: loop is sequential [sequential_loops]' ] ||
    fail "gcc: $(line 1 out)"
line 2 out | grep -q '^server.c:[0-9]*:[0-9]*: note: `weir_incoming` is marked' || fail "gcc: $(line 2 out)"

expect 1 "$weir" lint --format=json server.c -- -I"$include"
head='{"rule":"sequential_loops","level":"warning","file":"server.c","line":11,"column":5,"end_column":19'
case $(cat out) in
"$head",\"message\":\"loop\ is\ sequential\",\"reason\":\"connections\ are\ independent\",\"notes\":\[*) ;;
*) fail "json: $(cat out)" ;;
esac
[ "$(wc -l <out)" -eq 1 ] || fail 'json: one line a finding'

sed 's|^    weir_for|    /* weir-lint: allow(sequential_loops) one "client" at a time */\n&|' \
    server.c >allowed.c
if command -v python3 >/dev/null; then
    python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <out ||
        fail 'json: not JSON'
    expect 1 "$weir" lint --format=sarif wide.c allowed.c -- -I"$include"
    python3 "$here/lint_sarif.py" <out || fail 'sarif'
fi

# ---- what is allowed ----

expect 0 "$weir" lint allowed.c -- -I"$include"
[ ! -s out ] || fail 'an allowed finding is shown'
mentions '0 findings in 1 file, 1 allowed'
sed 's|^    weir_for.*|& // weir-lint: allow(sequential_loops) one at a time|' server.c >behind.c
expect 0 "$weir" lint behind.c -- -I"$include"
sed 's|^    weir_for|    // weir-lint: allow(sequential_loops)\n&|' server.c >silent.c
expect 1 "$weir" lint --format=gcc silent.c -- -I"$include"
line 1 out | grep -q '^silent.c:11:5: warning: .* \[allow_without_reason\]$' || fail "$(cat out)"
mentions '1 finding in 1 file, 1 allowed'
sed 's|^    weir_error|    /* weir-lint: allow(sequential_loops) none is here */\n&|' server.c >unused.c
expect 1 "$weir" lint --format=gcc unused.c -- -I"$include"
grep -q '^unused.c:5:5: warning: .* \[unused_allow\]$' out || fail "$(cat out)"
mentions '2 findings in 1 file'
expect 1 "$weir" lint --disable=sequential_loops,unused_allow unused.c silent.c -- -I"$include"
mentions '1 finding in 2 files'
sed 's|^    weir_for|    /* weir-lint: allow(sequential_lops) a name that is none */\n&|' server.c >typo.c
expect 1 "$weir" lint typo.c -- -I"$include"
shows 'there is no rule `sequential_lops` to allow'
shows 'did you mean `sequential_loops`?'
# said TEXT SENTENCE: what is said of a comment that reads so, before the loop.
said() {
    sed "s|^    weir_for|    /* weir-lint: $1 */\n&|" server.c >comment.c
    run "$weir" lint --enable=all comment.c -- -I"$include"
    shows "$2"
}
said 'deny(sequential_loops) it' 'comment says nothing to the lint'
said 'allow(sequential_loops it' 'write `weir-lint: allow(RULE) reason`'
said '' 'comment says nothing to the lint'
said 'allow(zzzzzzzzzz) it' "'weir lint --rules' lists them"
said 'allow(unbounded, sequential_loops) it' 'nothing is found here that allow(unbounded) is for'
grep -q 'loop is sequential' out && fail 'the second name is not taken'
said 'allow( , ) it' 'loop is sequential'
said 'allow(sequential_loops)  * \t' 'no reason is given for what is allowed'
said 'allow(unused_allow, sequential_loops) *** a * b' 'allow(unused_allow)'
grep -q 'loop is sequential' out && fail 'the second name is not taken'
printf 'int x;\n/* weir-lint: allow(sequential_loops) x */\n\nint y;\n' >nothing.c
expect 1 "$weir" lint nothing.c -- -std=gnu11
shows 'it stands for no line: code has to follow at once'
expect 0 "$weir" lint --disable=unused_allow nothing.c -- -std=gnu11
# Several of one line stand by their columns, and are as many as they are.
printf '/* weir-lint: allow(a) */int/* weir-lint: allow(sequential_loops) x */y; /* weir-lint: b */\n' >several.c
expect 1 "$weir" lint --format=gcc several.c -- -std=gnu11
[ "$(grep -c '^several.c:1:[0-9]*: warning' out)" -eq 4 ] || fail "several: $(cat out)"
grep 'warning' out | cut -d: -f3 | sort -n -c || fail "not by their columns: $(cat out)"
expect 1 "$weir" lint --diff several.c -- -std=gnu11
grep -q '^+/\* weir-lint: allow(a) \*/int y; /\* weir-lint: b \*/$' out || fail "its cure: $(cat out)"
# More than there is room for.
{
    printf '#include <weir.h>\n'
    awk 'BEGIN {
        for (i = 0; i < 1003; i++)
            printf "void f%d(weir_stream *s) { weir_drop(s); weir_drop(s); }\n", i
    }'
} >many.c
expect 1 "$weir" lint --format=gcc many.c -- -I"$include"
mentions 'lint: many.c: 1000 findings, further ones are left out'
mentions '1000 findings in 1 file'
printf 'const char *text = "/* weir-lint: allow(nothing) */";\n' >text.c
expect 0 "$weir" lint text.c -- -I"$include"

# ---- what is not understood ----

printf '#include "none_of_this_name.h"\nint x;\n' >broken.c
run "$weir" lint broken.c -- -I"$include"
mentions broken.c:1
