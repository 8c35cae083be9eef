/* read_dir: what stands in a directory. */

#include <errno.h>

#include "io/entries.h"

const weir_type weir_type_dir_entry = {.name = "weir_dir_entry",
                                       .size = sizeof(weir_dir_entry),
                                       .align = _Alignof(weir_dir_entry),
                                       .detached = true};

struct read_dir {
    weir_stream stream;
    const char *path;
    struct weir_entries entries;
};

static struct read_dir *read_dir_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct read_dir, stream);
}

/* One call; the entries are given by the next round. */
static weir_poll read_dir_more(struct read_dir *self, weir_cx *cx)
{
    int error = self->entries.fd < 0 ? weir_entries_open(&self->entries, cx, self->path, 0) : 0;
    if (error)
        return weir_fail_system(cx, error, "open", self->path, WEIR_NOWHERE);
    int got = weir_entries_read(&self->entries, cx);
    if (got < 0)
        return weir_fail_system(cx, got, "list", self->path, WEIR_NOWHERE);
    if (!got)
        weir_entries_fini(&self->entries);
    return (weir_poll){0, got ? WEIR_READY : WEIR_END};
}

static weir_poll read_dir_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct read_dir *self = read_dir_of(stream);
    weir_dir_entry *entries = out;
    uint32_t n = 0;
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "read_dir");
    if (weir_io_stopping(cx)) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    while (n < demand && weir_entries_next(&self->entries, &entries[n]))
        n++;
    return n ? (weir_poll){n, WEIR_READY} : read_dir_more(self, cx);
}

static void read_dir_fini(weir_stream *stream)
{
    weir_entries_fini(&read_dir_of(stream)->entries);
}

static size_t read_dir_memory_max(const weir_stream *stream)
{
    (void)stream;
    return WEIR_ENTRIES_BYTES;
}

static const weir_stream_ops read_dir_ops = {.size = sizeof read_dir_ops,
                                             .name = "read_dir",
                                             .poll_next = read_dir_poll_next,
                                             .fini = read_dir_fini,
                                             .memory_max = read_dir_memory_max};

weir_stream *weir_read_dir(const char *path)
{
    weir_stream *stream =
        weir_source_new(sizeof(struct read_dir), &read_dir_ops, &weir_type_dir_entry);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct read_dir *self = read_dir_of(stream);
    self->entries.fd = -1;
    return weir_keep_path(stream, path, &self->path);
}
