/* Each allocation fails once: a note or an error comes of it, and nothing is lost or left. */

#include <errno.h>
#include <stdlib.h>

#include "rig.h"

enum { ALLOCATIONS_MAX = 4000 };

/* Stages of every family that keeps something of its words. */
static const char *const texts[] = {
    "- ! lines ! grep a ! take 2",
    "- ! lines ! tkae 2",
    "- ! from csv header=a,b ! where a eq 1 ! pick a,b ! set c=3 ! rename a=z ! to csv columns=z,c",
    "- ! from csv ! sort a,-b ! to ndjson",
    "- ! from proto fields=name:1,home.city:4.2 ! to proto fields=name:1,home.city:4.2",
    "- ! lines ! par 2 keep-order grep a ! uniq ! count",
    "- ! crc32 ! gzip ! gunzip ! meter x",
    "merge /etc/passwd /etc/group ! lines ! last 1",
    "- ! tee t ! null + t. ! lines ! null",
    "seq 3 ! exec 'echo \"a b\" {}' log=/dev/null ! null",
    "seq 2 ! http-get 'header=Accept: a/b' ! save /tmp",
    "seq 2 ! dead /tmp/weir-never ! null",
#ifdef WEIR_HAVE_OPENSSL
    "tls:localhost:1 ! retry ! lines ! batch 4 ! http://localhost:1/x",
#endif
    "- ! lines ! save /tmp roll=64M,60s name=x",
    "- ! tee ./weir-never ! ./weir-other append + seq 1 ! ./weir-third",
    "- ! frame width=2 ! unframe width=2 ! gzip",
};

static void use(weir_pipeline *pipeline)
{
    char table[2000];

    if (!pipeline) {
        assert_true(said.message[0]);
        return;
    }
    weir_pipeline_explain(pipeline, NULL, table, sizeof table);
    weir_pipeline_drop(pipeline);
}

static weir_parse_options all_allowed(void)
{
    return WEIR_PARSE_OPTIONS(.allow = 15, .input = weir_memory_reader("a,b\n1,2\n", 8));
}

/* It was parsed with allocation `at` failing; how many blocks are left. */
static unsigned long left_of(const char *text, unsigned long at, bool *whole)
{
    memory_begin(at, false);
    weir_parse_options options = all_allowed();
    use(parsed(text, &options));
    *whole = !memory.failed;
    return memory_end();
}

/* Types that are made while a program runs stay for the next who want them, so what is left once
 * must not be left again. */
static void each_fails(const char *text, unsigned long (*left)(const char *, unsigned long, bool *))
{
    unsigned long at = 1;
    for (bool whole = false; !whole; at++) {
        assert_true(at < ALLOCATIONS_MAX);
        if (left(text, at, &whole) && left(text, at, &whole))
            fail_msg("%s: something is left of allocation %lu that failed", text, at);
    }
}

static void parsing_fails_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        each_fails(texts[i], left_of);
        bool wrong = strstr(texts[i], "tkae");
        if (!wrong && said.message[0])
            fail_msg("%s: %s", texts[i], said.message);
    }
}

static void run_some(const char *text)
{
    weir_parse_options options = all_allowed();
    weir_pipeline *pipeline = parsed(text, &options);
    weir_error error = {0};

    if (!pipeline)
        return;
    struct bytes bytes = reader_bytes(weir_pipeline_reader(pipeline), &error);
    if (bytes.state != WEIR_END && error.code != WEIR_E_MEMORY)
        fail_msg("%s: %d: %s", text, (int)error.code, error.message);
    free(bytes.data);
}

static unsigned long left_of_reading(const char *text, unsigned long at, bool *whole)
{
    memory_begin(at, false);
    run_some(text);
    *whole = !memory.failed;
    return memory_end();
}

static void reading_fails_anywhere(void **state)
{
    static const char *const runs[] = {"- ! lines ! grep a ! take 2",
                                       "- ! from csv ! where a eq 1 ! to ndjson",
                                       "- ! gzip ! gunzip",
                                       "- ! lines ! uniq",
                                       "- ! lines ! uniq count",
                                       "- ! from csv ! uniq ! to csv",
                                       "- ! from csv ! uniq count ! to csv",
                                       "- ! lines ! last 1",
                                       "- ! from csv ! last 1 ! to ndjson",
                                       "- ! from csv ! sample 1 seed=1 ! to json",
                                       "- ! lines ! sample 9 seed=1",
                                       "- ! lines ! batch 2 ! unbatch",
                                       "- ! from csv ! sort a ! to tsv",
                                       "- ! from csv ! stats ! to ndjson",
                                       "- ! from csv ! set c=3 ! rename a=z ! pick z,c ! to csv",
                                       ("- ! from csv ! to proto fields=a:1,b:2 ! "
                                        "from proto fields=a:1,b:2 ! to csv"),
                                       "- ! base64 ! unbase64 ! hex ! unhex",
                                       "- ! lines ! retry ! throttle 9",
                                       "- ! buffer 64K ! meter x ! rate 1G ! timeout 9s"};

    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
        each_fails(runs[i], left_of_reading);
}

static void run_whole(const char *text)
{
    weir_error error = {0};
    weir_parse_options options = all_allowed();
    options.output = weir_null_writer();
    weir_pipeline *pipeline = parsed(text, &options);

    if (pipeline && weir_run(weir_pipeline_future(pipeline), NULL, &error) != WEIR_READY &&
        error.code != WEIR_E_MEMORY && error.number != ENOMEM)
        fail_msg("%s: %d: %s", text, (int)error.code, error.message);
}

static void running_fails_anywhere(void **state)
{
    static const char *const runs[] = {
        "seq 3 ! to lines ! tee t ! null + t. ! lines ! null + seq 2 ! null",
        "seq 3 ! exec 'echo {}' ! null",
        "- ! lines ! par 2 keep-order grep a ! null",
        "- ! from csv ! par 2 exec 'echo {}' ! null",
        "- ! from csv ! print",
        "seq 3 ! batch 2 ! par 2 keep-order exec echo log=/dev/null ! unbatch ! -",
        "- ! from csv ! par 2 by=a exec 'echo {}' ! -",
        "- ! from csv strict ! dead /dev/null ! to csv ! -",
        "seq 3 ! retry ! null",
        "/etc/passwd ! retry ! lines ! last 2 ! print",
        "merge /etc/passwd /etc/group ! lines ! uniq ! null",
        "/etc/passwd /etc/group ! lines ! split , ! count",
        "glob '/etc/passw*' ! exec 'false {}' on-error=skip ! print",
        "- ! tee /dev/null ! lines ! unframe width=2 ! frame width=2 ! null",
        "every 1ms count=2 ! null",
        "random 10K seed=1 ! gzip ! gunzip ! null",
        "open /etc/passwd ! sha256 ! null",
    };

    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        run_whole(runs[i]); /* what stays for the next who want it is made */
        for (unsigned long at = 1, whole = 0; !whole; at++) {
            assert_true(at < ALLOCATIONS_MAX);
            memory_begin(at, false);
            run_whole(runs[i]);
            whole = !memory.failed;
            if (memory_end())
                fail_msg("%s: something is left of allocation %lu that failed", runs[i], at);
        }
    }
}

int pipeline_memory(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsing_fails_anywhere),
        cmocka_unit_test(reading_fails_anywhere),
        cmocka_unit_test(running_fails_anywhere),
    };
    return cmocka_run_group_tests_name("pipeline: memory", tests, NULL, NULL);
}
