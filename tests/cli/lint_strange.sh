#!/bin/sh
# weir lint: C that is no program of weir's, or no C at all; files that are none; functions that are
# long, deep, or call each other in many ways. It ends soon, says what it did not understand, and
# finds what there is beside.
. "$(dirname "$0")/common.sh"
. "$here/lint_common.sh"

twice='weir_drop(s); weir_drop(s);'

# repeat N TEXT
repeat() {
    awk -v n="$1" -v text="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", text }'
}

# lint STATUS FILE
lint() {
    expect "$1" timeout 60 "$weir" lint --enable=all --format=gcc "$2" -- -std=gnu11 -I"$include"
    mentions '1 file'
}

# ---- no program of weir's ----

printf 'int add(a, b)\n    int a;\n    int b;\n{\n    return a + b;\n}\n' >old.c
lint 0 old.c
printf 'int run(const char *p)\n{\n    void *to[] = {&&a, &&b};\n    goto *to[*p];\na:\n    p++;\nb:\n    return *p;\n}\n' >computed.c
lint 0 computed.c
printf 'void put(char *to, char *from, int n)\n{\n    switch (n %% 2) {\n    case 0:\n        do {\n            *to = *from++;\n        case 1:\n            *to = *from++;\n        } while (n -= 2);\n    }\n}\n' >device.c
lint 0 device.c
printf 'int f(int n)\n{\n    while (({ n--; if (n < 3) break; n; }))\n        ;\n    return n ?: ({ n; });\n}\n' >value.c
lint 0 value.c
printf 'int f(int n, int a[n][n]);\nint f(int n, int a[n][n])\n{\n    int v[n + 1];\n    v[0] = a[0][0];\n    return sizeof v + _Generic(n, int: v[0], default: f(n, a));\n}\n' >array.c
lint 0 array.c
printf 'class X { template <typename T> T f(); };\n' >other.c
lint 3 other.c
mentions 'not understood in full'
head -c 4000 "$weir" >binary.c
lint 3 binary.c

# ---- broken, and written in odd ways: what is whole is looked at ----

printf '#include "no/such.h"\n#include <weir.h>\nint f(weir_stream *s, no_type x)\n{\n    %s\n}\nvoid g(weir_stream *s)\n{\n    %s\n}\n' "$twice" "$twice" >missing.c
lint 1 missing.c
mentions '1 finding in'
shows 'missing.c:9:29: error'
printf '#include <weir.h>\nvoid f(weir_stream *s) { %s if (s' "$twice" >half.c
lint 3 half.c
printf '#include <weir.h>\r\nvoid f(weir_stream *s)\r\n{\r\n    weir_drop(s);\r\n    weir_drop(s);\r\n}' >lines.c
lint 1 lines.c
shows 'lines.c:5:15: error'
printf '#include <weir.h>\n#line 7 "grammar.y"\nvoid f(weir_stream *s) { %s }\n' "$twice" >numbered.c
lint 1 numbered.c
shows 'numbered.c:3:50: error'
printf '#include <weir.h>\nvoid f(weir_stream *größe) { weir_drop(größe); weir_drop(größe); }\n' >word.c
lint 1 word.c
shows 'word.c:2:62: error'

# ---- large ----

{
    printf '#include <weir.h>\nint f(int x)\n{\n'
    awk 'BEGIN {
        for (i = 0; i < 4000; i++)
            printf "if (x == %d) { weir_stream *s%d = weir_range(0, x); weir_drop(s%d); }\n", i, i, i
    }'
    printf '    return x;\n}\n'
} >long.c
lint 0 long.c
printf 'int f(int x) { return %s x %s; }\n' "$(repeat 200 'f(')" "$(repeat 200 ')')" >deep.c
lint 0 deep.c
{
    printf 'void f0(void);\n'
    awk 'BEGIN { for (i = 1; i < 500; i++) printf "void f%d(void);\n", i }'
    awk 'BEGIN {
        for (i = 0; i < 500; i++) {
            printf "void f%d(void) {", i
            for (k = 1; k < 40; k++) printf " f%d();", (i * 7 + k * 13) % 500
            print " }"
        }
    }'
} >calls.c
lint 0 calls.c
printf '#include <weir.h>\nint f(int x, weir_lock *l) { %s x++; %s return x; }\n' \
    "$(repeat 12 'while (x & 7) { weir_lock_take(l); do { ')" \
    "$(repeat 12 '} while (x < 3); if (x > 3) break; weir_lock_give(l); }')" >loops.c
lint 0 loops.c
{
    printf 'const int numbers[] = {'
    awk 'BEGIN { for (i = 0; i < 50000; i++) printf "%d,", i }'
    printf '};\n'
} >numbers.c
lint 0 numbers.c

# What is left out for its size is counted: a function too long, and those behind the 20000th.
large() {
    expect 0 timeout 60 "$weir" lint --stats "$1" -- -std=gnu11
    grep -q "^silent: too large, or calls too deep *$2\$" err || fail "$1: $2: $(cat err)"
    grep -q '^silent: not understood *0$' err || fail "$1 was understood: $(cat err)"
}
{
    printf 'int f(int x)\n{\n'
    awk 'BEGIN { for (i = 0; i < 30000; i++) printf "if (x == %d) { x++; x = f(x); }\n", i }'
    printf '    return x;\n}\n'
} >longer.c
large longer.c 1
awk 'BEGIN { for (i = 0; i < 20003; i++) printf "int f%d(void) { return 0; }\n", i }' >many.c
large many.c 3

# ---- no files ----

mkfifo pipe.c
expect 2 timeout 30 "$weir" lint pipe.c -- -std=gnu11
mentions 'a pipe or a device'
expect 2 timeout 30 "$weir" lint /dev/zero -- -std=gnu11
mkdir folder.c
expect 2 "$weir" lint folder.c -- -std=gnu11
mentions 'is a directory'

# ---- one file by several names ----

printf 'int x;\n/* weir-lint: allow(sequential_loops) x */\nint y;\n' >named.c
ln -s named.c link.c
expect 0 "$weir" lint --fix named.c ./named.c link.c "$work/named.c" -- -std=gnu11
mentions '1 finding in 1 file, 1 fixed'
printf 'int x;\nint y;\n' >wanted.c
same wanted.c named.c 'a file of several names'
