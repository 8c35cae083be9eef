/* The first of two: a line that comes through a pipe, or the end of a wait. Both are tasks; the one
 * that is not wanted any more ends with its handle, and cleans up. */

#include <stdio.h>
#include <unistd.h>

#include "weir.h"

/* The length of the next line. */
static bool hear(int *fd, int64_t *size, weir_error *error)
{
    weir_stream *lines = weir_lines(weir_fd_reader(*fd, "a friend"), 100);
    weir_line line;
    weir_state got = weir_await_next(lines, &line, error);
    if (got == WEIR_READY)
        *size = (int64_t)line.size;
    else if (error->code == WEIR_E_CANCELLED)
        printf("(no longer listening)\n");
    weir_drop(lines);
    return got == WEIR_READY;
}
WEIR_FIBER_FN(hear_fn, hear, int, int64_t)

static bool sleep_for(uint64_t *ns, int64_t *none, weir_error *error)
{
    *none = -1;
    return weir_await(weir_sleep(*ns), NULL, error) == WEIR_READY;
}
WEIR_FIBER_FN(sleep_fn, sleep_for, uint64_t, int64_t)

static void listen_for(uint64_t ns, int fd)
{
    weir_stream *tasks[2] = {weir_abort_on_drop(weir_go(&hear_fn, &fd, NULL)),
                             weir_abort_on_drop(weir_go(&sleep_fn, &ns, NULL))};
    weir_error error;
    int64_t size;
    int first = weir_await_any(tasks, 2, &size, &error);
    if (error.code != WEIR_OK)
        printf("%s\n", WEIR_ERROR_TEXT(&error));
    else if (first == 0)
        printf("a line of %lld characters\n", (long long)size);
    else
        printf("nobody says anything\n");
    weir_drop(tasks[0]);
    weir_drop(tasks[1]);
}

static void count_down(int64_t n, void *from)
{
    printf("%lld ", (long long)*(int64_t *)from - n);
}
WEIR_EACH_FN(count_down_fn, count_down, int64_t)

/* Of two that give nothing but that they are over, the second may be the sleep as it is. Neither is
 * a task: who awaits them polls them, and what is dropped is over. */
static void within(uint64_t ns, weir_stream *work)
{
    weir_stream *both[2] = {work, weir_sleep(ns)};
    weir_error error;
    int first = weir_await_any(both, 2, NULL, &error);
    printf("%s\n", error.code != WEIR_OK ? WEIR_ERROR_TEXT(&error) : first ? "late" : "in time");
    weir_drop(both[0]);
    weir_drop(both[1]);
}

int main(void)
{
    int ends[2];
    if (pipe(ends))
        return perror("pipe"), 1;
    if (write(ends[1], "hello\n", 6) != 6)
        return perror("write"), 1;
    listen_for(3600ull * 1000 * 1000 * 1000, ends[0]);
    listen_for(1000 * 1000, ends[0]);
    int64_t from = 3;
    within(3600ull * 1000 * 1000 * 1000, weir_for_each(weir_range(0, 3), &count_down_fn, &from));
    within(1000 * 1000, weir_sleep(3600ull * 1000 * 1000 * 1000));
    close(ends[0]);
    close(ends[1]);
    return 0;
}
