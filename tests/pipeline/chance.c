/* Texts of words drawn by chance: each is a pipeline that can be shown, or a note; nothing is
 * opened, left or written beyond its end. */

#include <stdio.h>
#include <stdlib.h>

#include "core/draw.h"
#include "rig.h"

enum { TEXTS = 4000, NAMES_MAX = 128, TEXT_BYTES = 600 };

static const char *const others[] = {
    "-",
    "-",
    "3",
    "a",
    "''",
    "'a b'",
    "./x",
    "/etc/passwd",
    "/nowhere/x",
    "x.csv",
    "t.",
    "t",
    "csv",
    "ndjson",
    "lines",
    "proto",
    "append",
    "sync=no",
    "partial=keep",
    "keep-order",
    "by=1",
    "header=no",
    "header=a,b",
    "on-error=skip",
    "fields=a:1,b.c:2.1",
    "roll=1M,1s",
    "threads=2",
    "level=9",
    "mem=1M",
    "max=4K",
    "every=1s",
    "1M",
    "10s",
    "a=b",
    "a:=b",
    "eq",
    "has",
    "-v",
    "--",
    "tcp:h:1",
    "tcp-listen:0",
    "unix:/x",
    "tls:h:1",
    "http://h/x",
    "exec:'cat x'",
    "'echo {}'",
    "nats:A/b",
    "\\!",
    "#x",
    "width=2",
    "little",
    "tries=3",
    "name=a.txt",
};
enum { OTHERS = sizeof others / sizeof *others };

static uint64_t seed;

static size_t drawn(size_t n)
{
    return (size_t)(weir_draw(&seed) % n);
}

/* A source, and stages with some words each, more often right than not. */
static void draw_text(char *text, const char *const *names, size_t names_n)
{
    size_t n = 0, stages = 1 + drawn(3);

    n += (size_t)snprintf(text, TEXT_BYTES, "%s",
                          drawn(3) ? drawn(2) ? "-" : "seq 9" : others[drawn(OTHERS)]);
    for (size_t i = 0; i < stages; i++) {
        const char *separator = drawn(12) ? "!" : drawn(2) ? "+" : "";
        const char *name = drawn(16) ? names[drawn(names_n)] : others[drawn(OTHERS)];
        n += (size_t)snprintf(text + n, TEXT_BYTES - n, " %s %s", separator, name);
        for (size_t words = drawn(5); words > 2; words--)
            n += (size_t)snprintf(text + n, TEXT_BYTES - n, " %s", others[drawn(OTHERS)]);
    }
}

static size_t all_names(const char **names)
{
    weir_entry entry;
    size_t n = 0;

    for (size_t at = 0; n < NAMES_MAX && weir_catalogue_next(&at, &entry); n++)
        names[n] = entry.name;
    return n;
}

/* The note stands within its text. */
static bool is_right(const char *text)
{
    char table[4096];
    weir_parse_options options =
        WEIR_PARSE_OPTIONS(.allow = 15, .input = weir_memory_reader("a,b\n1,2\n", 8),
                           .output = drawn(2) ? weir_null_writer() : NULL);
    weir_pipeline *pipeline = parsed(text, &options);

    if (!pipeline) {
        assert_true(said.message[0]);
        assert_true(said.at + said.size <= strlen(text));
        assert_true(said.other_at + said.other_size <= strlen(text));
        return false;
    }
    assert_true(weir_pipeline_explain(pipeline, NULL, table, sizeof table) > 0);
    assert_true(weir_pipeline_memory_bytes(pipeline) > 0);
    weir_pipeline_drop(pipeline);
    return true;
}

static void words_by_chance(void **state)
{
    const char *names[NAMES_MAX];
    char text[TEXT_BYTES];
    size_t n = all_names(names), right = 0;
    const char *said_seed = getenv("SEED");

    (void)state;
    seed = said_seed ? strtoull(said_seed, NULL, 10) : 20260727;
    for (size_t i = 0; i < TEXTS; i++) {
        draw_text(text, names, n);
        memory_begin(0, false);
        right += is_right(text);
        if (memory_end() > 1) /* a type that was made for the first time stays */
            fail_msg("%s: something is left", text);
    }
    if (right < TEXTS / 40)
        fail_msg("%zu of %d texts were right", right, TEXTS);
}

/* What cuts a text anywhere leaves a text, or a note. */
static void texts_that_are_cut(void **state)
{
    static const char text[] =
        "- ! from csv header='a,b' ! where a eq 'x y' ! to ndjson ! tee t ! ./x append sync=no + "
        "t. ! "
        "lines ! par 2 by=1 exec 'a \"b c\" {}' max=4K ! batch 2 ! save /tmp # and no more\n";

    (void)state;
    for (size_t n = 0; n < sizeof text; n++) {
        weir_parse_options options =
            WEIR_PARSE_OPTIONS(.allow = 15, .input = weir_memory_reader("", 0));
        weir_pipeline *pipeline = weir_parse(text, n, &options, &said);
        assert_true(pipeline || said.message[0]);
        weir_pipeline_drop(pipeline);
    }
}

int pipeline_chance(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_by_chance),
        cmocka_unit_test(texts_that_are_cut),
    };
    return cmocka_run_group_tests_name("pipeline: chance", tests, NULL, NULL);
}
