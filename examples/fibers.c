/* Three fibers in a row, joined by pipes. Each reads and writes as if it blocked, and while one
 * waits the others run: all on one thread. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "weir.h"

static const char text[] = "a stream gives items when it is asked\n"
                           "and may say: not yet\n";

/* What one reads and writes. The descriptors go with it, so that the next one sees the end. */
struct part {
    weir_reader *in;
    weir_writer *out;
    int fds[2]; /* -1: none */
};

static void part_drop(void *state)
{
    struct part *self = state;
    weir_drop(self->in);
    weir_drop(self->out);
    for (int i = 0; i < 2; i++)
        if (self->fds[i] >= 0)
            close(self->fds[i]);
}

/* Says it piece by piece. */
static bool dictate(struct part *self, int64_t *bytes, weir_error *error)
{
    char piece[7];
    size_t n;
    for (*bytes = 0; weir_await_read(self->in, piece, sizeof piece, &n, error) == WEIR_READY;
         *bytes += (int64_t)n)
        if (weir_await_write(self->out, piece, n, error) != WEIR_READY)
            return false;
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(dictate_fn, dictate, struct part, int64_t, .drop = part_drop)

/* Out of the reader's own buffer, byte by byte. */
static bool shout(struct part *self, int64_t *bytes, weir_error *error)
{
    for (*bytes = 0; weir_await_fill(self->in, 1, error) == WEIR_READY; ++*bytes) {
        size_t n;
        char c = (char)toupper(*(const unsigned char *)weir_peek(self->in, &n));
        weir_consume(self->in, 1);
        if (weir_await_write(self->out, &c, 1, error) != WEIR_READY)
            return false;
    }
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(shout_fn, shout, struct part, int64_t, .drop = part_drop)

/* A number before each line. */
static bool number(struct part *self, int64_t *lines, weir_error *error)
{
    weir_line line;
    char start[24];
    weir_stream *all = weir_lines(self->in, 100);
    self->in = NULL; /* it is the stream's now */
    weir_state got = WEIR_READY;
    for (*lines = 0; got == WEIR_READY && weir_await_next(all, &line, error) == WEIR_READY;) {
        int n = snprintf(start, sizeof start, "%lld ", (long long)++*lines);
        got = weir_await_write(self->out, start, (size_t)n, error);
        if (got == WEIR_READY)
            got = weir_await_write(self->out, line.data, line.size, error);
        if (got == WEIR_READY)
            got = weir_await_write(self->out, "\n", 1, error);
    }
    weir_drop(all);
    return error->code == WEIR_OK && weir_await_close(self->out, error) == WEIR_END;
}
WEIR_FIBER_FN(number_fn, number, struct part, int64_t, .drop = part_drop)

int main(void)
{
    static const char *const names[] = {"bytes dictated", "bytes shouted", "lines numbered"};
    int first[2], second[2], failed = 0;
    if (pipe(first) || pipe(second))
        return perror("pipe"), 1;
    struct part parts[3] = {
        {weir_memory_reader(text, strlen(text)), weir_fd_writer(first[1], "first"), {first[1], -1}},
        {weir_fd_reader(first[0], "first"),
         weir_fd_writer(second[1], "second"),
         {first[0], second[1]}},
        {weir_fd_reader(second[0], "second"), weir_stdout_writer(), {second[0], -1}}};
    weir_stream *tasks[3] = {weir_go(&dictate_fn, &parts[0], NULL),
                             weir_go(&shout_fn, &parts[1], NULL),
                             weir_go(&number_fn, &parts[2], NULL)};
    for (int i = 2; i >= 0; i--) {
        weir_error error;
        int64_t n;
        if (weir_await(tasks[i], &n, &error) == WEIR_READY)
            printf("%lld %s\n", (long long)n, names[i]);
        else
            failed = fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    }
    return failed != 0;
}
