/* A file that grows, is renamed, replaced, truncated, deleted, on each driver: every line comes
 * once. */

#include "tail.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

static void beginnings(void **state)
{
    (void)state;
    char large[200001];
    memset(large, 'x', 200000);
    large[200000] = 0;
    large[70000] = large[150000] = '\n';
    static const struct {
        const char *text;
        weir_tail_options options;
        const char *out;
    } rows[] = {
        {"a\nb\nc\n", {.whole = true}, "a\nb\nc\n"},
        {"a\nb\nc\n", {.lines = 0}, ""},
        {"a\nb\nc\n", {.lines = 1}, "c\n"},
        {"a\nb\nc\n", {.lines = 2}, "b\nc\n"},
        {"a\nb\nc\n", {.lines = 3}, "a\nb\nc\n"},
        {"a\nb\nc\n", {.lines = 9}, "a\nb\nc\n"},
        {"a\nb\nc", {.lines = 1}, "c"},
        {"a\nb\nc", {.lines = 2}, "b\nc"},
        {"\n\n\n", {.lines = 2}, "\n\n"},
        {"", {.lines = 2}, ""},
        {"x", {.lines = 2}, "x"},
        {"abcdef", {.bytes = 2}, "ef"},
        {"abcdef", {.bytes = 6}, "abcdef"},
        {"abcdef", {.bytes = 60}, "abcdef"},
        {NULL, {.lines = 1}, "150001"}, /* `large`, from that byte on */
        {NULL, {.lines = 2}, "70001"},
        {NULL, {.lines = 3}, "0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = rows[i].text ? rows[i].text : large;
        const char *out = rows[i].text ? rows[i].out : large + atoi(rows[i].out);
        rig_write(rig_path("a"), text, strlen(text));
        weir_tail_options options = rows[i].options;
        options.no_follow = true;
        weir_vec bytes = {0};
        weir_rt *rt = rig_rt(driver);
        assert_int_equal(weir_rt_run(rt,
                                     weir_copy(weir_tail(rig_path("a"), &options),
                                               weir_memory_writer(&bytes, 1 << 20)),
                                     NULL, NULL),
                         WEIR_READY);
        assert_int_equal(bytes.n, strlen(out));
        assert_true(!bytes.n || memcmp(bytes.items, out, bytes.n) == 0);
        weir_vec_drop(&bytes);
        weir_rt_drop(rt);
    }
}

/* ---- what happens to a file ---- */

static void grow(void)
{
    append("a", "3\n4\n");
}

static void delete_and_create(void)
{
    FILE *old = fopen(rig_path("a"), "a");
    unlink(rig_path("a"));
    append("a", "");
    fputs("3\n4\n", old);
    fclose(old);
}

static void replace(void)
{
    append("a", "3\n4\n");
    append("new", "");
    rename(rig_path("new"), rig_path("a"));
}

static void copy_and_truncate(void)
{
    assert_int_equal(truncate(rig_path("a"), 0), 0);
    append("a", "3\n");
}

static void move_there(void)
{
    append("a", "3\n4\n");
    rename(rig_path("a"), rig_path("a.1"));
}

static struct {
    const char *name;
    void (*happens)(void);
    const char *events; /* as letters */
    unsigned lines;     /* that are there right after it */
} happenings[] = {
    {"grow", grow, "", 2},
    {"rename and create", rename_and_create, "R", 2},
    {"delete and create", delete_and_create, "R", 2},
    {"replace", replace, "R", 2},
    {"copy and truncate", copy_and_truncate, "T", 1},
    {"move away", move_there, "R", 2},
};

static weir_tail_options from_the_beginning(void)
{
    return WEIR_TAIL_OPTIONS(.whole = true, .on_event = note, .arg = events);
}

struct later {
    void (*happens)(void);
};

static void *happen_later(void *arg)
{
    usleep(20000);
    ((struct later *)arg)->happens();
    usleep(20000);
    append("a", "5\n");
    return NULL;
}

static void append_5(void)
{
    append("a", "5\n");
}

/* It happens between two polls, or while the reader waits. */
static void happen(weir_rt *rt, weir_stream *lines, size_t i, bool waits)
{
    pthread_t thread;
    struct later later = {happenings[i].happens};
    if (waits)
        pthread_create(&thread, NULL, happen_later, &later);
    else
        happenings[i].happens();
    for (unsigned line = 0; line < happenings[i].lines; line++)
        expect(rt, lines, line ? "4" : "3");
    if (waits)
        pthread_join(thread, NULL);
    else
        append_5();
    expect(rt, lines, "5");
}

static void happenings_one_by_one(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds();
    for (size_t i = 0; i < sizeof happenings / sizeof *happenings; i++)
        for (int waits = 0; waits < 2; waits++) {
            rig_clear();
            memset(events, 0, sizeof events);
            append("a", "1\n22222\n");
            weir_tail_options options = from_the_beginning();
            weir_rt *rt = rig_rt(driver);
            weir_stream *lines = weir_lines(weir_tail(rig_path("a"), &options), 100);
            expect(rt, lines, "1");
            expect(rt, lines, "22222");
            happen(rt, lines, i, waits);
            char *gone = strchr(events, 'G'); /* it may be looked at just when nothing is there */
            if (strcmp(gone ? gone + 1 : events, happenings[i].events) != 0)
                fail_msg("%s: '%s'", happenings[i].name, events);
            weir_rt_stop(rt);
            expect(rt, lines, "$");
            weir_drop(lines);
            weir_rt_drop(rt);
        }
    assert_int_equal(rig_open_fds(), fds);
}

/* All of them, one after the other, by one reader. */
static void happenings_in_a_row(void **state)
{
    (void)state;
    rig_clear();
    append("a", "1\n2\n");
    weir_tail_options options = from_the_beginning();
    weir_rt *rt = rig_rt(driver);
    weir_stream *lines = weir_lines(weir_tail(rig_path("a"), &options), 100);
    expect(rt, lines, "1");
    expect(rt, lines, "2");
    for (size_t i = 0; i < 30; i++) {
        size_t which = i * 7 % 6;
        if (which == 4) /* what is truncated has to have been longer */
            append("a", "a longer line\n"), expect(rt, lines, "a longer line");
        memset(events, 0, sizeof events);
        happen(rt, lines, which, false);
    }
    weir_drop(lines);
    weir_rt_drop(rt);
}

/* ---- bursts across rotations ---- */

enum { BURST = 4000, ROUNDS = 6 };

static _Atomic unsigned seen; /* lines that came */

static void wait_for_seen(unsigned n)
{
    for (int i = 0; i < 20000 && atomic_load(&seen) < n; i++)
        usleep(1000);
}

static void write_lines(unsigned from, unsigned to)
{
    FILE *file = fopen(rig_path("a"), "a");
    for (unsigned i = from; i < to; i++)
        fprintf(file, "%u\n", i);
    fclose(file);
}

/* A writer that goes over to a new file in the middle of a burst. */
static void *write_bursts(void *arg)
{
    bool truncates = arg;
    unsigned at = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        write_lines(at, at + BURST);
        at += BURST;
        if (truncates) {
            wait_for_seen(at);
            truncate(rig_path("a"), 0);
            write_lines(at, at + 10); /* not as much as was there */
            at += 10;
            wait_for_seen(at);
        } else {
            wait_for_seen(at - BURST + 1); /* it has been opened */
            rename(rig_path("a"), rig_path("a.1"));
            write_lines(at, at + BURST);
            at += BURST;
            wait_for_seen(at - BURST + 1);
        }
    }
    return NULL;
}

static void bursts(void **state)
{
    (void)state;
    for (int truncates = 0; truncates < 2; truncates++) {
        rig_clear();
        atomic_store(&seen, 0);
        unsigned all = ROUNDS * (truncates ? BURST + 10 : 2 * BURST);
        weir_tail_options options = WEIR_TAIL_OPTIONS(.whole = true, .wait = true);
        weir_rt *rt = rig_rt(driver);
        weir_stream *lines = weir_lines(weir_tail(rig_path("a"), &options), 100);
        pthread_t thread;
        pthread_create(&thread, NULL, write_bursts, truncates ? &seen : NULL);
        for (unsigned i = 0; i < all; i++) {
            char wanted[20];
            snprintf(wanted, sizeof wanted, "%u", i);
            expect(rt, lines, wanted);
            atomic_store(&seen, i + 1);
        }
        pthread_join(thread, NULL);
        weir_rt_stop(rt);
        expect(rt, lines, "$");
        weir_drop(lines);
        weir_rt_drop(rt);
    }
}

/* ---- what is not there, is no file, cannot be watched ---- */

static void *create_later(void *arg)
{
    (void)arg;
    rig_until(rig_is_watching);
    append("a", "1\n");
    return NULL;
}

static void waits_for_it(void **state)
{
    (void)state;
    rig_clear();
    memset(events, 0, sizeof events);
    weir_tail_options options =
        WEIR_TAIL_OPTIONS(.wait = true, .lines = 0, .on_event = note, .arg = events);
    weir_rt *rt = rig_rt(driver);
    weir_stream *lines = weir_lines(weir_tail(rig_path("a"), &options), 100);
    pthread_t thread;
    pthread_create(&thread, NULL, create_later, NULL);
    expect(rt, lines, "1");
    assert_string_equal(events, "A");
    pthread_join(thread, NULL);
    weir_drop(lines);
    weir_rt_drop(rt);
}

static void refusals(void **state)
{
    (void)state;
    rig_clear();
    mkfifo(rig_path("fifo"), 0600);
    static const struct {
        const char *name, *message;
    } rows[] = {{"missing", "cannot open: no such file or directory"},
                {"fifo", "cannot follow what is no regular file"},
                {".", "cannot follow what is no regular file"},
                {NULL, "no path was given"}};
    for (size_t i = 0; i < 4; i++) {
        weir_rt *rt = rig_rt(driver);
        weir_error error;
        const char *path = rows[i].name ? rig_path(rows[i].name) : NULL;
        assert_int_equal(
            weir_rt_run(rt, weir_copy(weir_tail(path, NULL), weir_null_writer()), NULL, &error),
            WEIR_ERROR);
        assert_string_equal(error.message, rows[i].message);
        if (path)
            assert_string_equal(error.place, path);
        weir_rt_drop(rt);
    }
}

int io_tail(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beginnings),          cmocka_unit_test(happenings_one_by_one),
        cmocka_unit_test(happenings_in_a_row), cmocka_unit_test(bursts),
        cmocka_unit_test(waits_for_it),        cmocka_unit_test(refusals),

    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
