/* Two tasks without a stack, which talk over a pair of sockets: one sends a line and waits for it
 * to come back, the other gives back whatever comes. A task that waits costs its struct, not a
 * stack. */

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weir.h"

/* ---- gives back what comes, until the other side is gone ---- */

struct echo {
    weir_reader *reader;
    weir_writer *writer;
    int64_t bytes;
};

static void echo_drop(void *state)
{
    struct echo *self = state;
    weir_drop(self->reader);
    weir_drop(self->writer);
}

/* From the reader's own buffer, as much at a time as the socket takes. */
static weir_poll give_back(struct echo *self, weir_cx *cx)
{
    size_t n;
    const unsigned char *bytes = weir_peek(self->reader, &n);
    weir_poll got = weir_poll_write(self->writer, cx, bytes, n);
    weir_consume(self->reader, got.n);
    self->bytes += got.n;
    return got;
}

static weir_poll echo(struct echo *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_poll(co, got, weir_poll_fill(self->reader, co->cx, 1));
        if (got.state == WEIR_END)
            break;
        if (got.state == WEIR_READY)
            weir_co_poll(co, got, give_back(self, co->cx));
        if (got.state == WEIR_ERROR)
            weir_co_pass(co);
    }
    weir_co_return(co, out, self->bytes);
    weir_co_end(co);
}
WEIR_CO_FN(echo_fn, echo, struct echo, int64_t, .drop = echo_drop)

/* ---- sends five lines, and reads each before it sends the next ---- */

struct talk {
    int fd; /* its own */
    weir_writer *writer;
    weir_stream *lines;
    weir_line line;
    int said;
    char text[32];
    size_t size, sent;
};

static void talk_drop(void *state)
{
    struct talk *self = state;
    weir_drop(self->lines);
    weir_drop(self->writer);
    close(self->fd);
}

static void next_text(struct talk *self)
{
    self->size = (size_t)snprintf(self->text, sizeof self->text, "this is line %d\n", ++self->said);
    self->sent = 0;
}

static weir_poll talk(struct talk *self, weir_co *co, int64_t *out)
{
    weir_poll got = {0, WEIR_READY};
    weir_co_begin(co);
    while (self->said < 5) {
        for (next_text(self); self->sent < self->size; self->sent += got.n) {
            weir_co_poll(co, got,
                         weir_poll_write(self->writer, co->cx, self->text + self->sent,
                                         self->size - self->sent));
            if (got.state == WEIR_ERROR)
                weir_co_pass(co);
        }
        weir_co_next(co, got, self->lines, &self->line);
        if (got.state == WEIR_ERROR)
            weir_co_pass(co);
        if (got.state == WEIR_END)
            weir_co_fail(co, WEIR_E_CLOSED, "line %d does not come back", self->said);
        printf("%.*s\n", (int)self->line.size, self->line.data);
    }
    weir_co_return(co, out, self->said);
    weir_co_end(co);
}
WEIR_CO_FN(talk_fn, talk, struct talk, int64_t, .drop = talk_drop)

int main(void)
{
    int ends[2];
    weir_error error;
    weir_rt *rt = weir_rt_new(NULL, &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
        return perror("socketpair"), 1;

    struct talk here = {.fd = ends[0],
                        .writer = weir_fd_writer(ends[0], "here"),
                        .lines = weir_lines(weir_fd_reader(ends[0], "here"), 100)};
    struct echo there = {weir_fd_reader(ends[1], "there"), weir_fd_writer(ends[1], "there"), 0};
    int64_t bytes = 0;
    weir_state state = WEIR_ERROR;
    if (weir_rt_spawn(rt, weir_co(&talk_fn, &here)))
        state = weir_rt_run(rt, weir_co(&echo_fn, &there), &bytes, &error);
    weir_rt_drop(rt);
    close(ends[1]);
    if (state != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%lld bytes came back\n", (long long)bytes);
    return 0;
}
