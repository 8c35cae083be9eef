/* A poll function of the program's own is called as if it always wrote all, in an async function.
 */
#include <string.h>

#include <weir.h>

struct entry {
    weir_writer *log;
    char text[64];
    size_t size, sent;
};

static weir_poll push_entry(struct entry *self, weir_cx *cx)
{
    weir_poll got = {0, WEIR_READY};
    while (self->sent < self->size) {
        got = weir_poll_write(self->log, cx, self->text + self->sent, self->size - self->sent);
        if (got.state != WEIR_READY)
            return got;
        self->sent += got.n;
    }
    return (weir_poll){1, WEIR_READY};
}

static void start(struct entry *self, int64_t number, void *log)
{
    self->log = log;
    self->size = weir_format(self->text, sizeof self->text, "%lld\n", (long long)number);
}

static weir_poll poll_entry(struct entry *self, weir_cx *cx, int64_t *out)
{
    if (self->size)
        push_entry(self, cx); // lint: ignored_poll 9-19
    *out = (int64_t)self->sent;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(entry_fn, start, poll_entry, struct entry, int64_t, int64_t)

weir_stream *log_numbers(weir_stream *numbers, weir_writer *log)
{
    return weir_map_async(numbers, &entry_fn, log, 1);
}
