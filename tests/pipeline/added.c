/* A program's own stages, by name. */

#include <stdio.h>
#include <stdlib.h>

#include "rig.h"

static bool is_long(weir_line line, void *arg)
{
    return line.size >= *(const size_t *)arg;
}
WEIR_FILTER_FN(long_fn, is_long, weir_line, .of = &weir_type_line)

static size_t long_at = 3;

static weir_flow make_long(weir_flow from, const char *const *words, size_t n, void *arg)
{
    (void)words, (void)n;
    return (weir_flow){.stream = weir_filter(from.stream, &long_fn, arg)};
}

static const char *check_none(const char *const *words, size_t n, void *arg)
{
    (void)arg;
    return n && strcmp(words[0], "please") ? "it is asked for with 'please'" : NULL;
}

static weir_flow make_greeting(weir_flow from, const char *const *words, size_t n, void *arg)
{
    (void)from, (void)words, (void)n;
    return (weir_flow){.reader = weir_memory_reader(arg, strlen(arg))};
}

static weir_flow make_sink(weir_flow from, const char *const *words, size_t n, void *arg)
{
    (void)words, (void)n;
    *(unsigned *)arg += 1;
    return (weir_flow){.stream = weir_copy(from.reader, weir_null_writer())};
}

/* Its words, each in brackets. */
static weir_flow make_shout(weir_flow from, const char *const *words, size_t n, void *arg)
{
    static char text[200];
    size_t end = 0;

    (void)from, (void)arg;
    for (size_t i = 0; i < n; i++)
        end += (size_t)snprintf(text + end, sizeof text - end, "<%s>", words[i]);
    return (weir_flow){.reader = weir_memory_reader(text, end)};
}

/* It gives what `arg` says: a reader, a stream, both, or neither. */
enum { NEITHER, A_READER, A_STREAM, BOTH };

static weir_flow make_misfit(weir_flow from, const char *const *words, size_t n, void *arg)
{
    const unsigned gives = *(const unsigned *)arg;
    weir_flow made = {0};

    (void)words, (void)n;
    weir_drop(from.reader);
    weir_drop(from.stream);
    if (gives & A_READER)
        made.reader = weir_memory_reader("a\n", 2);
    if (gives & A_STREAM)
        made.stream = weir_lines(weir_memory_reader("a\n", 2), 100);
    return made;
}

/* Numbers, whatever its entry says. */
static weir_flow make_numbers(weir_flow from, const char *const *words, size_t n, void *arg)
{
    (void)words, (void)n, (void)arg;
    weir_drop(from.reader);
    weir_drop(from.stream);
    return (weir_flow){.stream = weir_range(0, 3)};
}

/* Batches of them. */
static weir_flow make_number_vecs(weir_flow from, const char *const *words, size_t n, void *arg)
{
    weir_flow made = make_numbers(from, words, n, arg);
    made.stream = weir_chunks(made.stream, 2);
    return made;
}

static unsigned sunk, misfit;

/* Right ones. */
static weir_flow make_pairs(weir_flow from, const char *const *words, size_t n, void *arg)
{
    (void)words, (void)n, (void)arg;
    return (weir_flow){.stream = weir_chunks(weir_own(from.stream), 2)};
}

static void fill_batches(void)
{
    assert_true(
        weir_catalogue_add(&WEIR_ENTRY(.name = "number-vecs", .usage = "number-vecs",
                                       .does = "numbers", .takes = WEIR_FLOW_LINES,
                                       .gives = WEIR_FLOW_BATCHES, .make = make_number_vecs)));
    assert_true(weir_catalogue_add(&WEIR_ENTRY(.name = "pairs", .usage = "pairs",
                                               .does = "two each", .takes = WEIR_FLOW_LINES,
                                               .gives = WEIR_FLOW_BATCHES, .make = make_pairs)));
}

static void fill_numbers(void)
{
    static const struct {
        const char *name;
        unsigned gives;
    } rows[] = {{"number-lines", WEIR_FLOW_LINES},
                {"number-batches", WEIR_FLOW_BATCHES},
                {"number-records", WEIR_FLOW_RECORDS},
                {"number-sink", WEIR_FLOW_NOTHING}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(weir_catalogue_add(&WEIR_ENTRY(.name = rows[i].name, .usage = rows[i].name,
                                                   .does = "numbers", .takes = WEIR_FLOW_LINES,
                                                   .gives = rows[i].gives, .make = make_numbers)));
}

static void fill(void)
{
    static bool done;
    if (done)
        return;
    done = true;
    assert_true(weir_catalogue_add(
        &WEIR_ENTRY(.name = "long", .usage = "long [please]", .does = "keep long lines",
                    .takes = WEIR_FLOW_LINES, .gives = WEIR_FLOW_LINES, .words_max = 1,
                    .check = check_none, .make = make_long, .arg = &long_at)));
    assert_true(
        weir_catalogue_add(&WEIR_ENTRY(.name = "greeting", .usage = "greeting", .does = "hello",
                                       .gives = WEIR_FLOW_BYTES, .allow = WEIR_ALLOW_NET,
                                       .make = make_greeting, .arg = (void *)"hello\nyou\nhi\n")));
    assert_true(weir_catalogue_add(
        &WEIR_ENTRY(.name = "shout", .usage = "shout WORD [WORD] [WORD]", .does = "say words",
                    .gives = WEIR_FLOW_BYTES, .words_min = 1, .words_max = 3, .make = make_shout)));
    assert_true(weir_catalogue_add(&WEIR_ENTRY(.name = "odd-bytes", .usage = "odd-bytes",
                                               .does = "odd", .gives = WEIR_FLOW_BYTES,
                                               .make = make_misfit, .arg = &misfit)));
    assert_true(
        weir_catalogue_add(&WEIR_ENTRY(.name = "odd-lines", .usage = "odd-lines", .does = "odd",
                                       .takes = WEIR_FLOW_LINES, .gives = WEIR_FLOW_LINES,
                                       .make = make_misfit, .arg = &misfit)));
    assert_true(weir_catalogue_add(&WEIR_ENTRY(.name = "odd-sink", .usage = "odd-sink",
                                               .does = "odd", .takes = WEIR_FLOW_LINES,
                                               .make = make_misfit, .arg = &misfit)));
    fill_numbers();
    fill_batches();
    assert_true(
        weir_catalogue_add(&WEIR_ENTRY(.name = "sunk", .usage = "sunk", .does = "nothing",
                                       .takes = WEIR_FLOW_BYTES, .make = make_sink, .arg = &sunk)));
}

static void stages_are_called_by_name(void **state)
{
    (void)state;
    fill();
    char *got = made_of("- ! lines ! long", "hello\nhi\nyou\n");
    assert_string_equal(got, "hello\nyou\n");
    free(got);
    got = made_of("- ! lines ! long please ! count", "hello\nhi\nyou\n");
    assert_string_equal(got, "2\n");
    free(got);
}

static void makes(const char *text, const char *wanted)
{
    char *got = made_of(text, "");
    assert_string_equal(got, wanted);
    free(got);
}

/* What means something to the command's own means nothing here. */
static void words_come_as_they_stand(void **state)
{
    (void)state;
    fill();
    makes("shout a", "<a>");
    makes("shout word=5", "<word=5>");
    makes("shout a word=6 WORD=7", "<a><word=6><WORD=7>");
    makes("shout -- b", "<--><b>");
    makes("shout -v -5 ''", "<-v><-5><>");
    makes("shout '!' \\+", "<!><+>");
    refused("shout a b c d=1", NULL, "d=1", "shout does not take 'd=1'");
    refused("shout ! lines", NULL, "shout", "'shout' needs WORD");
    assert_string_equal(said.hint, "usage: shout WORD [WORD] [WORD]");
}

static void sources_and_sinks_too(void **state)
{
    uint64_t bytes = 0;
    weir_error error;

    (void)state;
    fill();
    refused("greeting ! sunk", NULL, "greeting",
            "'greeting' makes connections, and that is not allowed");
    weir_pipeline *pipeline =
        parsed("greeting ! sunk", &WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_NET));
    assert_non_null(pipeline);
    assert_int_equal(weir_run(weir_pipeline_future(pipeline), &bytes, &error), WEIR_READY);
    assert_int_equal(bytes, 13);
    assert_true(sunk >= 2); /* once to be measured */
}

/* It fitted when it was measured, and does not when it runs. */
static void fits_no_more(const char *text, unsigned first, unsigned then, const char *message)
{
    weir_error error = {0};

    misfit = first;
    weir_pipeline *pipeline = parsed(text, NULL);
    if (!pipeline)
        fail_msg("%s: %s", text, said.message);
    misfit = then;
    struct bytes none = reader_bytes(weir_pipeline_reader(pipeline), &error);
    assert_int_equal(none.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.message, message);
    free(none.data);
}

static void what_they_make_is_what_they_say(void **state)
{
    static const struct {
        const char *text;
        unsigned gives;
        const char *message;
    } rows[] = {
        {"odd-bytes", NEITHER, "the program's 'odd-bytes' gave nothing"},
        {"odd-bytes ! lines", A_STREAM, "the program's 'odd-bytes' gave items, not bytes"},
        {"odd-bytes ! null", BOTH, "the program's 'odd-bytes' gave bytes and items at once"},
        {"seq 3 ! odd-lines", NEITHER, "the program's 'odd-lines' gave nothing"},
        {"seq 3 ! odd-lines ! count", A_READER, "the program's 'odd-lines' gave bytes, not items"},
        {"seq 3 ! odd-lines ! null", BOTH,
         "the program's 'odd-lines' gave bytes and items at once"},
        {"seq 3 ! odd-sink", NEITHER, "the program's 'odd-sink' gave nothing"},
        {"seq 3 ! odd-sink", A_READER, "the program's 'odd-sink' gave bytes, not a future"},
    };

    (void)state;
    fill();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        misfit = rows[i].gives;
        const char *odd = strstr(rows[i].text, "odd-");
        char at[12] = "";
        memcpy(at, odd, strcspn(odd, " "));
        refused(rows[i].text, NULL, at, rows[i].message);
    }
    fits_no_more("odd-bytes", A_READER, NEITHER, rows[0].message);
    fits_no_more("odd-bytes ! lines", A_READER, A_STREAM, rows[1].message);
    fits_no_more("seq 3 ! odd-lines", A_STREAM, NEITHER, rows[3].message);
    fits_no_more("seq 3 ! odd-lines ! count", A_STREAM, A_READER, rows[4].message);
}

/* What follows takes them for lines, batches and records without another look. */
static void items_of_another_type_are_refused(void **state)
{
    (void)state;
    fill();
    refused("seq 3 ! number-lines ! count", NULL, "number-lines",
            "the program's 'number-lines' gave items that are no lines");
    assert_string_equal(said.hint,
                        "put a weir_map() into its make, or say in .gives what they are");
    refused("seq 3 ! number-batches ! unbatch", NULL, "number-batches",
            "the program's 'number-batches' gave items that are no batches");
    refused("seq 3 ! number-records ! to ndjson", NULL, "number-records",
            "the program's 'number-records' gave items that are no records");
    refused("seq 3 ! number-sink", NULL, "number-sink",
            "the program's 'number-sink' gave a future of something else than uint64_t");
}

static void batches_hold_lines(void **state)
{
    weir_error error;
    uint64_t n;

    (void)state;
    fill();
    makes("seq 3 ! pairs ! unbatch", "1\n2\n3\n");
    weir_stream *lines = weir_pipeline_lines(parsed("seq 3 ! number-vecs ! unbatch", NULL));
    assert_int_equal(weir_run(weir_count(lines), &n, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    assert_string_equal(error.message,
                        "the program's 'number-vecs' gave a batch of 'int64_t', not of lines");
}

static void they_are_held_to_what_they_say(void **state)
{
    (void)state;
    fill();
    refused("seq 3 ! long now", NULL, "long now", "it is asked for with 'please'");
    refused("seq 3 ! long please now", NULL, "now", "long does not take 'now'");
    refused("zero ! long", NULL, "long", "'long' takes lines, 'zero' gives bytes");
    refused("seq 3 ! par 2 long", NULL, "long", "'long' cannot stand behind par");
    assert_string_equal(said.hint, "exec, grep and http-get can");
    refused("seq 3 ! logn", NULL, "logn", "no stage called 'logn'");
    assert_string_equal(said.hint, "did you mean 'long'?");
}

static void what_makes_no_sense_is_not_added(void **state)
{
    weir_entry right =
        WEIR_ENTRY(.name = "right", .usage = "right", .does = "right", .takes = WEIR_FLOW_LINES,
                   .gives = WEIR_FLOW_LINES, .make = make_long, .arg = &long_at);
    weir_entry entry;

    (void)state;
    fill();
#define WITHOUT(...)                                                                               \
    entry = right;                                                                                 \
    __VA_ARGS__;                                                                                   \
    assert_false(weir_catalogue_add(&entry))
    WITHOUT(entry.name = "gzip");
    WITHOUT(entry.name = "long");
    WITHOUT(entry.name = "-x");
    WITHOUT(entry.name = "a.b");
    WITHOUT(entry.name = NULL);
    WITHOUT(entry.usage = NULL);
    WITHOUT(entry.make = NULL);
    WITHOUT(entry.takes = entry.gives = 0);
    WITHOUT(entry.gives = WEIR_FLOW_LINES | WEIR_FLOW_BYTES);
    WITHOUT(entry.gives = 8);
    WITHOUT(entry.words_max = WEIR_WORDS_MAX + 1);
    WITHOUT(entry.words_min = 1);
    WITHOUT(entry.allow = 32);
}

static void all_names_are_listed(void **state)
{
    weir_entry entry;
    size_t n = 0, ours = 0;

    (void)state;
    fill();
    for (size_t at = 0; weir_catalogue_next(&at, &entry); n++) {
        assert_non_null(entry.name);
        assert_non_null(entry.does);
        ours += entry.make != NULL;
    }
    assert_true(n > 60);
    assert_int_equal(ours, 13);
}

int pipeline_added(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_are_called_by_name),
        cmocka_unit_test(words_come_as_they_stand),
        cmocka_unit_test(sources_and_sinks_too),
        cmocka_unit_test(what_they_make_is_what_they_say),
        cmocka_unit_test(items_of_another_type_are_refused),
        cmocka_unit_test(batches_hold_lines),
        cmocka_unit_test(they_are_held_to_what_they_say),
        cmocka_unit_test(what_makes_no_sense_is_not_added),
        cmocka_unit_test(all_names_are_listed),
    };
    return cmocka_run_group_tests_name("pipeline: added", tests, NULL, NULL);
}
