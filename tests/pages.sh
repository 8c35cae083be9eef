#!/bin/sh
# The pieces of C that pages of docs/ show, and that stand in no program: each compiles without a
# warning, beside declarations of what a page leaves to its reader.
#
#   pages.sh SOURCE_ROOT CC...
set -eu
root=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# What is no definition goes into a function, one a piece. A last line without a semicolon is what
# somebody else takes; "..." is left out.
pieces() {
    cat "$tmp/yours.h"
    awk '/^```/ && inside {
            if (opened && last !~ /[;}\/]$/)
                last = "weir_drop(" last ");"
            print last (opened ? "\nreturn 0; }" : "")
            inside = opened = 0
            last = ""
            next
        }
        /^```(c|)$/ && !other { inside = 1; next }
        /^```/ { other = !other; next }
        !inside || /^ *\.\.\.$|^ *\.\.\..*\.\.\.$/ { next }
        { print last; last = $0 }
        /^[a-z]/ && !/^(static (bool|void|weir_poll|weir_stream) |struct [a-z]* {)/ && !opened {
            opened = 1
            print "int piece_" ++n "(void) {"
        }' "$root/docs/$1"
}

cat >"$tmp/yours.h" <<'.'
#include <stdio.h>
#include <sys/stat.h>
#include <weir.h>
struct app;
struct session;
struct record { int64_t n; };
struct session *session_open(struct app *app);
void session_store(struct session *session, const struct record *record);
void session_close(struct session *session);
void answer_line(struct app *app, weir_line line, weir_writer *writer);
const char *allowed(const char *path);
extern weir_stream *lines, *numbers, *source, *answer, *late;
extern weir_duplex connection;
extern weir_serve_options options;
extern struct app *app;
extern const char **urls, *url, *path;
extern int64_t x, sum;
extern uint64_t n;
extern int fd;
extern weir_state state;
extern weir_error error;
.

for page in http network parallel formats asynchronous-c; do
    pieces "$page.md" >"$tmp/$page.c"
    grep -q '^int piece_' "$tmp/$page.c" || { echo "no piece of $page.md was found"; exit 1; }
    "$@" -std=gnu11 -S -o "$tmp/out" -I"$root/include" -Wall -Wno-unused-variable \
        -Wno-unused-function -Wno-unused-const-variable -Werror "$tmp/$page.c" || exit 1
done
