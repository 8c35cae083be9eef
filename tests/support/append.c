/* A sink that appends the first word of each message to a file, and settles its marks once the file
 * is safe. What is killed at any moment runs it. */

#include "append.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/implement.h"
#include "weir/message.h"
#include "weir/run.h"
#include "weir/stream.h"

enum { HELD_MAX = 8, BYTES = 64 << 10, BLOCK_BYTES = 1 << 10, LINE_BYTES = 32 };

struct sink {
    weir_stream stream;
    int fd;
    bool early;
    const char *path; /* NULL: that it has begun is told */
    useconds_t work_us;
    char bytes[BYTES];
    size_t used;
    weir_mark *held[HELD_MAX];
    unsigned n;
};

static struct sink *sink_of(const weir_stream *stream)
{
    return WEIR_SELF(struct sink, stream);
}

static void commit(struct sink *self)
{
    for (size_t at = 0; at < self->used;) {
        ssize_t n = write(self->fd, self->bytes + at, self->used - at);
        if (n < 0)
            abort();
        at += (size_t)n;
    }
    if (fdatasync(self->fd) != 0)
        abort();
    self->used = 0;
    for (unsigned i = 0; i < self->n; i++)
        weir_mark_settle(self->held[i], true);
    self->n = 0;
}

/* PATH.begun is there when it works: whoever kills it then kills it in the midst of it. */
static void tell_begun(struct sink *self)
{
    char begun[200];
    snprintf(begun, sizeof begun, "%s.begun", self->path);
    self->path = NULL;
    close(open(begun, O_WRONLY | O_CREAT, 0644));
}

static void put(struct sink *self, const weir_message *message)
{
    if (self->path)
        tell_begun(self);
    const char *end = memchr(message->value.data, ' ', message->value.size);
    size_t n = end ? (size_t)(end - message->value.data) : message->value.size;
    if (self->used + LINE_BYTES > BYTES)
        commit(self);
    memcpy(self->bytes + self->used, message->value.data, n);
    self->used += n;
    self->bytes[self->used++] = '\n';
    if (self->work_us)
        /* weir-lint: allow(blocking_in_async) work that is killed in the midst of it */
        usleep(self->work_us);
}

static weir_poll sink_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct sink *self = sink_of(stream);
    weir_message messages[64];
    (void)out, (void)demand;
    for (;;) {
        weir_poll got = weir_poll_next(weir_source(stream), cx, messages, 64);
        for (uint32_t i = 0; i < got.n; i++)
            put(self, &messages[i]);
        if (got.state == WEIR_MARK)
            self->held[self->n++] = weir_mark_take(cx);
        if (self->early ? self->used >= BLOCK_BYTES
                        : got.state == WEIR_PENDING || self->n == HELD_MAX)
            commit(self);
        if (got.state == WEIR_END)
            commit(self);
        if (got.state != WEIR_MARK && got.state != WEIR_READY)
            return got;
    }
}

static const weir_stream_ops sink_ops = {.size = sizeof sink_ops,
                                         .name = "append",
                                         .poll_next = sink_poll_next,
                                         .marks = WEIR_MARKS_SETTLE};

/* Cut back to the last line that is whole. */
static int open_whole(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND, 0644);
    off_t end = lseek(fd, 0, SEEK_END);
    char last;
    while (end && pread(fd, &last, 1, end - 1) == 1 && last != '\n')
        end--;
    return fd >= 0 && ftruncate(fd, end) == 0 ? fd : -1;
}

static weir_rt *running;

static void stop(int signo)
{
    (void)signo;
    weir_rt_stop(running);
}

static sigset_t only_stop(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    return set;
}

pid_t append_fork(void)
{
    sigset_t held = only_stop();
    sigprocmask(SIG_BLOCK, &held, NULL);
    pid_t pid = fork();
    if (pid)
        sigprocmask(SIG_UNBLOCK, &held, NULL);
    return pid;
}

int append_all(weir_stream *messages, const char *path, bool early, unsigned work_us)
{
    if (early)
        messages = weir_settle_here(messages);
    messages = weir_skip_errors(messages, 1000, NULL); /* the server comes back */
    weir_stream *stream =
        weir_stream_new(messages, sizeof(struct sink), &sink_ops, &weir_type_unit);
    if (!weir_stage_failed(&stream->stage)) {
        stream->stage.one = true;
        sink_of(stream)->early = early;
        sink_of(stream)->fd = open_whole(path);
        sink_of(stream)->path = path;
        sink_of(stream)->work_us = work_us;
    }
    weir_error error;
    running = weir_rt_new(NULL, &error);
    signal(SIGTERM, stop);
    sigset_t held = only_stop();
    sigprocmask(SIG_UNBLOCK, &held, NULL);
    weir_state got = weir_rt_run(running, stream, NULL, &error);
    signal(SIGTERM, SIG_IGN); /* it ends already */
    weir_rt_drop(running);
    if (got == WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    return got == WEIR_ERROR;
}

/* ---- what was appended ---- */

static void count_file(const char *path, unsigned n, unsigned char *seen, struct appended *out)
{
    char line[64];
    FILE *from = fopen(path, "r");
    while (from && fgets(line, sizeof line, from)) {
        char *end;
        unsigned long number = strtoul(line, &end, 10);
        if (end == line || *end != '\n' || number >= n)
            out->torn++;
        else
            out->twice += seen[number]++ > 0;
    }
    if (from)
        fclose(from);
}

struct appended append_count(const char *path, unsigned files, unsigned n)
{
    struct appended out = {0};
    unsigned char *seen = calloc(n, 1);
    for (unsigned i = 0; i < files; i++) {
        char file[120];
        snprintf(file, sizeof file, "%s.%u", path, i);
        count_file(file, n, seen, &out);
    }
    for (unsigned i = 0; i < n; i++)
        out.lost += !seen[i];
    free(seen);
    return out;
}
