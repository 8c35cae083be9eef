/* What everybody does wrong once, and what weir says then. The pages of docs/guide quote it. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

#line 9 "mistakes.c" /* wherever this is built, messages call it so */

static weir_reader *text(const char *text)
{
    return weir_memory_reader(text, strlen(text));
}

static weir_stream *lines(void)
{
    return weir_lines(text("one\ntwo\n"), 100);
}

static int64_t twice(int64_t n, void *arg)
{
    (void)arg;
    return 2 * n;
}
WEIR_MAP_FN(twice_fn, twice, int64_t, int64_t)

static int64_t waits(int64_t n, void *arg)
{
    weir_error error;
    (void)arg;
    if (weir_await(weir_sleep(1000), NULL, &error) == WEIR_ERROR)
        printf("%s\n", WEIR_ERROR_TEXT(&error));
    return n;
}
WEIR_MAP_FN(waits_fn, waits, int64_t, int64_t)

static void show(weir_line line, void *arg)
{
    (void)arg;
    printf("%.*s\n", (int)line.size, line.data);
}
WEIR_EACH_FN(show_fn, show, weir_line)

/* out: where the item goes, as each of these does it. */
static void report(const char *title, weir_state got, const weir_error *error)
{
    printf("== %s\n%s\n", title, got == WEIR_ERROR ? WEIR_ERROR_TEXT(error) : "fine");
}

static void run(const char *title, weir_stream *future)
{
    weir_error error;
    weir_state got = weir_run(future, NULL, &error);
    report(title, got, &error);
}

static void count_into_an_int(void)
{
    int n = 0;
    weir_error error;
    /* weir-lint: allow(item_type_mismatch) it is what is shown */
    weir_state got = weir_run(weir_count(lines()), &n, &error);
    report("a count that goes into an int", got, &error);
}

static void choose_a_driver(void)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "kqeue"), &error);
    report("a driver that there is not", rt ? WEIR_READY : WEIR_ERROR, &error);
    weir_rt_drop(rt);
}

static void loop_over_a_missing_file(void)
{
    weir_error error;
    weir_for_try (weir_line, line, weir_lines(weir_file_reader("/no/such/file"), 100), error)
        printf("%.*s\n", (int)line.size, line.data);
    report("a file that is not there", error.code ? WEIR_ERROR : WEIR_READY, &error);
}

static void count_a_missing_file(void)
{
    uint64_t n;
    weir_error error;
    weir_stream *lines = weir_lines(weir_file_reader("/no/such/file"), 100);
    report("a count of a file that is not there", weir_run(weir_count(lines), &n, &error), &error);
}

static void wait_inside_of_a_poll(void)
{
    printf("== a wait inside of a map\n");
    if (weir_run(weir_drain(weir_map(weir_range(0, 1), &waits_fn, NULL)), NULL, NULL) != WEIR_READY)
        printf("the map failed\n");
}

int main(void)
{
    run("a stream where a future is wanted", weir_range(0, 3));
    run("a function for other items", weir_drain(weir_map(lines(), &twice_fn, NULL)));
    run("lent lines that are collected", weir_collect(lines(), 10));
    run("a limit of 0", weir_collect(weir_range(0, 3), 0));
    run("a limit that is too low", weir_collect(weir_range(0, 30), 10));
    run("lines that are longer than was thought", weir_drain(weir_lines(text("a long line"), 5)));
    run("lent lines on other threads", weir_par_for_each(lines(), &show_fn, NULL, 4, NULL));
    run("bytes that are no gzip", weir_copy(weir_gunzip(text("plain text")), weir_null_writer()));
    count_into_an_int();
    choose_a_driver();
    loop_over_a_missing_file();
    count_a_missing_file();
    wait_inside_of_a_poll();
    return 0;
}
