/* Texts become pipelines, or notes that say where. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rig.h"

static const weir_parse_options reads = WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_READ);

static void notes_say_where(void **state)
{
    static const struct {
        const char *text, *at, *message, *hint;
    } rows[] = {
        {"seq 3 ! tkae 2", "tkae", "no stage called 'tkae'", "did you mean 'take'?"},
        {"seq 3 ! take x", "x", "'x' is not a whole number", "usage: take N"},
        {"seq 3 !", "!", "nothing stands behind this '!'", "a stage follows"},
        {"zero ! gzip ! grep a", "grep", "'grep' takes lines, 'gzip' gives bytes",
         "put 'lines' between them"},
        {"seq 3 ! # a comment\n  take 'a b'", "'a b'", "'a b' is not a whole number",
         "usage: take N"},
        {"zero ! tee t ! null", "tee t", "no chain reads 't.'", "+ t. ! ..."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        refused(rows[i].text, NULL, rows[i].at, rows[i].message);
        assert_string_equal(said.hint, rows[i].hint);
    }
}

static void notes_name_what_has_to_do_with_it(void **state)
{
    (void)state;
    refused("zero ! gzip ! grep a", NULL, "grep", "'grep' takes lines, 'gzip' gives bytes");
    assert_int_equal(said.other_at, 7);
    assert_int_equal(said.other_size, 4);
    refused("seq 3 ! tkae 2", NULL, "tkae", "no stage called 'tkae'");
    assert_int_equal(said.other_size, 0);
    weir_parse_options writes = WEIR_PARSE_OPTIONS(.output = weir_null_writer());
    refused("zero ! from csv ! pick a,b", &writes, "pick a,b",
            "the output takes bytes, 'pick' gives records");
    assert_string_equal(said.hint, "put '! to ndjson' or '! to csv' behind it");
}

static void texts_that_are_none(void **state)
{
    static char long_text[(1 << 20) + 2];

    (void)state;
    refused("", NULL, NULL, "there is no pipeline");
    assert_null(weir_parse(NULL, 0, NULL, &said)); /* as an empty view of C++ has it */
    assert_string_equal(said.message, "there is no pipeline");
    refused("seq 3 !\n grep 'a", NULL, "'a", "line 2: a quote is not closed");
    assert_null(weir_parse("seq\n\0 3", 7, NULL, &said));
    assert_string_equal(said.message, "line 2: it holds a NUL byte");
    assert_int_equal(said.at, 4);
    assert_int_equal(said.size, 1);
    refused("\xff\xfe", NULL, "\xff\xfe", "it is UTF-16, and must be UTF-8");
    memset(long_text, ' ', sizeof long_text - 1);
    refused(long_text, NULL, " ", "it is longer than 1 MiB");
    for (size_t i = 0; i <= 65536; i++)
        long_text[2 * i] = 'a';
    long_text[1 << 20] = 0;
    refused(long_text, NULL, "a", "line 1: it has more than 65536 words");
    assert_int_equal(said.at, 2 * 65536);
    assert_null(weir_parse("tkae", 4, NULL, NULL)); /* nobody asks why */
}

/* Each tries all before it again: the tries multiply, and so does the work. */
static void retries_are_few(void **state)
{
    char text[400] = "random 1K";

    (void)state;
    for (size_t i = 0; i < 16; i++)
        strcat(text, " ! retry");
    weir_parse_options options = WEIR_PARSE_OPTIONS(.output = weir_null_writer());
    weir_pipeline *pipeline = parsed(text, &options);
    assert_non_null(pipeline);
    weir_pipeline_drop(pipeline);
    strcat(text, " ! retry tries=2");
    refused(text, NULL, "retry tries=2", "a chain has at most 16 'retry': their tries multiply");
}

static void words_that_were_parted_already(void **state)
{
    static const char *const right[] = {"seq", "3", "!", "grep", "\\!"};
    static const char *const wrong[] = {"seq", "3", "!", "tkae", "2"};

    (void)state;
    weir_pipeline *pipeline = weir_parse_words(right, 5, NULL, &said);
    assert_non_null(pipeline);
    weir_pipeline_drop(pipeline);
    assert_null(weir_parse_words(wrong, 5, NULL, &said));
    assert_int_equal(said.at, 3);
    assert_int_equal(said.size, 1);
    static char long_word[(1 << 20) + 2];
    const char *longer[] = {"seq", "3", "!", "grep", long_word};
    memset(long_word, 'a', (1 << 20) + 1);
    assert_null(weir_parse_words(longer, 5, NULL, &said));
    assert_string_equal(said.message, "this word is longer than 1 MiB");
    assert_int_equal(said.at, 4);
    assert_int_equal(said.size, 1);
    long_word[1 << 20] = 0;
    pipeline = weir_parse_words(longer, 5, NULL, &said);
    assert_non_null(pipeline);
    weir_pipeline_drop(pipeline);
    assert_null(weir_parse_words(NULL, 0, NULL, &said));
    assert_string_equal(said.message, "there is no pipeline");
}

/* '-' is what the program gives, and there are no options before a text. */
static void hints_hold_in_a_program(void **state)
{
    weir_parse_options options = WEIR_PARSE_OPTIONS(.input = weir_memory_reader("", 0));

    (void)state;
    refused("gzip ! null", &options, "gzip", "'gzip' has nothing to read");
    assert_string_equal(said.hint, "start with a file, or with - for .input of weir_parse_options");
    refused("gzip ! null", NULL, "gzip", "'gzip' has nothing to read");
    assert_string_equal(said.hint, "start with a file, or with a source such as seq");
    refused("-v ! null", &reads, "-v", "no file called '-v'");
    assert_string_equal(said.hint, "a file is written ./-v");
}

/* What is too long says that it is. It is never cut inside of a character, or of a \xHH. */
static void long_notes_are_cut(void **state)
{
    static const struct {
        const char *unit;
        size_t cut; /* bytes of the message */
        const char *end;
    } rows[] = {{"x", 255, "xx..."},
                {"\xc3\xa4", 254, "\xc3\xa4..."},
                {"\x1b", 252, "\\x1b\\x1b..."},
                {"\\", 254, "\\..."}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[700] = "seq 3 ! ";
        for (size_t at = 8; at < 608; at += strlen(rows[i].unit))
            memcpy(text + at, rows[i].unit, strlen(rows[i].unit));
        assert_null(parsed(text, NULL));
        assert_int_equal(strlen(said.message), rows[i].cut);
        assert_string_equal(said.message + rows[i].cut - strlen(rows[i].end), rows[i].end);
    }
    refused("seq 3 ! tkae", NULL, "tkae", "no stage called 'tkae'");
}

/* A text may hold what would steer the terminal of whoever reads the note. */
static void notes_are_harmless(void **state)
{
    (void)state;
    refused("seq 3 ! t\x1b[31m\x7f", NULL, "t\x1b[31m\x7f", "no stage called 't\\x1b[31m\\x7f'");
    assert_string_equal(said.hint, "to write a file of that name, say './t\\x1b[31m\\x7f'");
    refused("seq 3 ! take 'a\nb'", NULL, "'a\nb'", "'a\\x0ab' is not a whole number");
    refused("seq 3 ! \xff\xc3\xa4", NULL, "\xff\xc3\xa4", "no stage called '\\xff\xc3\xa4'");
}

/* It is known once it is built, and then where. */
static void what_is_too_deep_has_a_place(void **state)
{
    enum { DEEP = 1100 };
    static const char stage[] = " ! skip 1";
    static char text[20 + DEEP * sizeof stage];
    size_t n = (size_t)snprintf(text, sizeof text, "seq 3 ! null + seq 4");

    (void)state;
    for (int i = 0; i < DEEP; i++, n += sizeof stage - 1)
        memcpy(text + n, stage, sizeof stage);
    refused(text, NULL, "skip 1", "skip would be more than WEIR_DEPTH_MAX = 1024 stages deep");
    assert_in_range(said.at, 1000 * (sizeof stage - 1), n - 50);
}

/* What is too long to be compared is like nothing. */
static void long_words_are_like_no_name(void **state)
{
    char text[400] = "seq 3 ! ";

    (void)state;
    memset(text + 8, 'o', 192);
    assert_null(parsed(text, NULL));
    assert_string_equal(said.hint, "'weir stages' lists them");
    memset(text, 'o', 300);
    assert_null(parsed(text, &reads));
    assert_string_equal(said.hint, "start with a file, or with a source such as seq");
}

static void what_the_program_gives_is_there_once(void **state)
{
    (void)state;
    refused("- ! gzip", NULL, "-", "there is nothing that '-' could read");
    refused("zero ! -", NULL, "-", "there is nothing that '-' could write");
    refused("seq 3 ! print", NULL, "print", "there is nothing that 'print' could write");
    weir_parse_options twice = WEIR_PARSE_OPTIONS(.input = weir_memory_reader("", 0));
    refused("- - ! gzip", &twice, "-", "what the program gives for '-' is read once");
    assert_int_equal(said.at, 2);
    weir_parse_options once = WEIR_PARSE_OPTIONS(.output = weir_null_writer());
    refused("seq 3 ! - + seq 4 ! print", &once, "print",
            "what the program gives for '-' is written once");
}

static const weir_parse_options writes = WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_WRITE);

static void one_file_is_written_by_one(void **state)
{
    static const char twice[] = "two chains write './weir-never'";

    (void)state;
    refused("seq 1 ! ./weir-never + seq 2 ! ./weir-other + seq 3 ! .//weir-never", &writes,
            ".//weir-never", "two chains write './/weir-never'");
    assert_int_equal(said.other_at, 8);
    assert_int_equal(said.other_size, 12);
    refused("seq 1 ! ./weir-z + seq 1 ! ./weir-never + seq 2 ! ./weir-z append + "
            "seq 3 ! ./weir-never + seq 4 ! ./weir-z + seq 5 ! ./weir-never",
            &writes, "./weir-never", twice);
    assert_int_equal(said.at, 76);
    assert_int_equal(said.other_at, 27);
    refused("zero ! tee ./weir-never ! gzip ! ./weir-never", &writes, "./weir-never",
            "'./weir-never' is written twice");
    weir_pipeline_drop(parsed("seq 1 ! ./weir-never + seq 2 ! ./weir-never append", &writes));
    assert_false(said.message[0]);
}

/* Each of its files is looked at once, and not once for each of the others. */
static void many_files_are_looked_at_once(void **state)
{
    enum { FILES = 8000, ROOM = FILES * 40 };
    char *text = malloc(ROOM);
    size_t n = 0;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < FILES; i++)
        n += (size_t)snprintf(text + n, ROOM - n, "seq 1 ! ./weir-never-%d + ", i);
    snprintf(text + n, ROOM - n, "seq 1 ! ./weir-never-7");
    clock_t begin = clock();
    refused(text, &writes, "./weir-never-7", "two chains write './weir-never-7'");
    assert_int_equal(said.at, n + 8);
    assert_true((clock() - begin) / CLOCKS_PER_SEC < 20);
    free(text);
}

/* The reader goes with a text that is refused. */
static void what_was_given_is_dropped(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_parse_options options =
        WEIR_PARSE_OPTIONS(.input = weir_memory_reader("a", 1), .output = weir_null_writer());
    refused("- ! tkae", &options, "tkae", "no stage called 'tkae'");
    assert_int_equal(memory_end(), 0);
}

/* An older program's are shorter; none has no size. */
static void options_without_a_size_are_refused(void **state)
{
    static const char *const words[] = {"seq", "3"};

    (void)state;
    memory_begin(0, false);
    weir_parse_options options = {.input = weir_memory_reader("a", 1)};
    refused("- ! gzip", &options, NULL, "the size of weir_parse_options is 0");
    assert_string_equal(said.hint, "WEIR_PARSE_OPTIONS(...) sets it");
    options = (weir_parse_options){.output = weir_null_writer()};
    assert_null(weir_parse_words(words, 2, &options, NULL));
    assert_int_equal(memory_end(), 0);
    options = (weir_parse_options){.size = sizeof options.size};
    weir_pipeline *pipeline = parsed("seq 3", &options);
    assert_non_null(pipeline);
    weir_pipeline_drop(pipeline);
}

static void the_table_is_that_of_explain(void **state)
{
    char out[1024];

    (void)state;
    weir_pipeline *pipeline = parsed("seq 10 ! take 2 ! gzip ! null", NULL);
    assert_null(pipeline); /* lines are no bytes */
    pipeline = parsed("/etc/passwd ! gzip ! null", &reads);
    assert_non_null(pipeline);
    size_t n = weir_pipeline_explain(pipeline, NULL, out, sizeof out);
    assert_int_equal(n, strlen(out));
    assert_non_null(strstr(out, "stage"));
    assert_non_null(strstr(out, "memory bound "));
    assert_int_equal(weir_pipeline_explain(pipeline, NULL, NULL, 0), n);
    char cut[10];
    assert_int_equal(weir_pipeline_explain(pipeline, NULL, cut, sizeof cut), n);
    assert_memory_equal(cut, out, 9);
    assert_int_equal(cut[9], 0);
    assert_true(weir_pipeline_memory_bytes(pipeline) > 256 << 10);
    weir_pipeline_drop(pipeline);
    pipeline = parsed("seq 10 ! grep 1 ! take 2 ! null", NULL);
    weir_pipeline_explain(pipeline, NULL, out, sizeof out);
    assert_string_equal(
        out, "stage   in     out    buffer    data       driver  note\n"
             "seq 10  -      lines  -         copy       -\n"
             "grep 1  lines  lines  -         zero-copy  -       looks at each line\n"
             "take 2  lines  lines  -         zero-copy  -       reads no further than it must\n"
             "null    lines  -      72.1 KiB  copy       -\n"
             "memory bound 78.8 KiB, 1 thread, -\n");
    weir_pipeline_drop(pipeline);
    weir_pipeline_drop(NULL);
}

static uint64_t memory_of(const char *text)
{
    weir_pipeline *pipeline = parsed(text, NULL);
    assert_non_null(pipeline);
    uint64_t bytes = weir_pipeline_memory_bytes(pipeline);
    weir_pipeline_drop(pipeline);
    return bytes;
}

/* One after the other they hold the most of them, at once all of it. */
static void chains_hold_what_they_hold(void **state)
{
    uint64_t small = memory_of("seq 3 ! null"), large = memory_of("zero ! gzip ! null");

    (void)state;
    assert_true(small > 0 && large > small);
    assert_int_equal(memory_of("seq 3 ! null + zero ! gzip ! null"), large);
    assert_int_equal(memory_of("zero ! gzip ! null + seq 3 ! null"), large);
    assert_true(memory_of("zero ! gzip ! tee t ! null + t. ! gzip ! null") > 2 * large - small);
}

/* ---- several threads ---- */

enum { TIMES = 2000 };

struct thread_row {
    const char *text, *table;
    size_t wrong;
};

static void *parse_often(void *arg)
{
    struct thread_row *row = arg;
    char table[2000];

    for (int i = 0; i < TIMES; i++) {
        weir_pipeline *pipeline = weir_parse(row->text, strlen(row->text), &reads, NULL);
        row->wrong += !pipeline;
        if (!pipeline)
            continue;
        weir_pipeline_explain(pipeline, NULL, table, sizeof table);
        row->wrong += !strstr(table, row->table);
        weir_pipeline_drop(pipeline);
    }
    return NULL;
}

/* What one of them says of its file is nothing to the other. */
static void threads_parse_beside_each_other(void **state)
{
    struct thread_row rows[] = {
        {"open ./never.csv ! pick a ! to tsv ! gzip threads=2", "2 threads", 0},
        {"open ./never.tsv.gz ! to csv ! gzip threads=11", "11 threads", 0},
    };
    pthread_t other;

    (void)state;
    assert_int_equal(pthread_create(&other, NULL, parse_often, &rows[1]), 0);
    parse_often(&rows[0]);
    pthread_join(other, NULL);
    assert_int_equal(rows[0].wrong, 0);
    assert_int_equal(rows[1].wrong, 0);
}

static uint64_t memory_with(const char *text, weir_reader *input, weir_writer *output)
{
    weir_parse_options options = WEIR_PARSE_OPTIONS(.input = input, .output = output);
    weir_pipeline *pipeline = parsed(text, &options);
    assert_non_null(pipeline);
    uint64_t bytes = weir_pipeline_memory_bytes(pipeline);
    weir_pipeline_drop(pipeline);
    return bytes;
}

static void what_was_given_counts(void **state)
{
    weir_reader *small = weir_memory_reader("", 0);
    weir_reader *input = weir_gunzip(weir_file_reader("/etc/passwd"));
    weir_writer *output = weir_gzip_writer(weir_null_writer(), NULL);
    uint64_t least = weir_memory_max(small);
    uint64_t most = weir_memory_max(input) + weir_memory_max(output);

    (void)state;
    assert_true(most > least);
    uint64_t chain = memory_with("- ! null", small, NULL) - least;
    assert_int_equal(memory_with("- ! null", input, output), chain + most);
}

/* A bound that no number holds is the largest, and not a small one. */
static void sums_do_not_wrap(void **state)
{
    static const char huge[] = " ! buffer 9223372036854775807 ! ";
    char text[200];

    (void)state;
    snprintf(text, sizeof text, "zero%stee t%snull + t.%snull", huge, huge, huge);
    assert_int_equal(memory_of(text), UINT64_MAX);
    snprintf(text, sizeof text, "zero%snull", huge);
    assert_true(memory_of(text) > UINT64_MAX / 2);
    assert_true(memory_of(text) < UINT64_MAX);
}

int pipeline_texts(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_say_where),
        cmocka_unit_test(notes_name_what_has_to_do_with_it),
        cmocka_unit_test(texts_that_are_none),
        cmocka_unit_test(retries_are_few),
        cmocka_unit_test(words_that_were_parted_already),
        cmocka_unit_test(hints_hold_in_a_program),
        cmocka_unit_test(long_notes_are_cut),
        cmocka_unit_test(notes_are_harmless),
        cmocka_unit_test(what_is_too_deep_has_a_place),
        cmocka_unit_test(long_words_are_like_no_name),
        cmocka_unit_test(what_the_program_gives_is_there_once),
        cmocka_unit_test(one_file_is_written_by_one),
        cmocka_unit_test(many_files_are_looked_at_once),
        cmocka_unit_test(what_was_given_is_dropped),
        cmocka_unit_test(options_without_a_size_are_refused),
        cmocka_unit_test(the_table_is_that_of_explain),
        cmocka_unit_test(chains_hold_what_they_hold),
        cmocka_unit_test(threads_parse_beside_each_other),
        cmocka_unit_test(what_was_given_counts),
        cmocka_unit_test(sums_do_not_wrap),
    };
    return cmocka_run_group_tests_name("pipeline: texts", tests, NULL, NULL);
}
