/* seek: a reader goes on at another place. */

#include "bytes/seek.h"

#include "bytes/raw.h"
#include "bytes/read_future.h"
#include "core/stage.h"
#include "weir/read.h"

static weir_poll seek_refuse(weir_cx *cx, const char *name, const char *why, int64_t offset)
{
    weir_fail(cx, WEIR_E_ARGUMENT, "a seek of '%s' by %lld bytes: %s", name, (long long)offset,
              why);
    cx->error.fatal = false; /* it stands where it stood */
    return (weir_poll){0, WEIR_ERROR};
}

weir_poll weir_seek_to(const weir_reader *reader, weir_cx *cx, weir_whence whence, int64_t offset,
                       uint64_t size, uint64_t *at)
{
    uint64_t from = whence == WEIR_SEEK_END       ? size
                    : whence == WEIR_SEEK_CURRENT ? reader->offset
                                                  : 0;
    uint64_t back = offset < 0 ? -(uint64_t)offset : 0;
    if (back > from)
        return seek_refuse(cx, reader->ops->name, "before the start", offset);
    if (__builtin_add_overflow(from - back, offset < 0 ? 0 : (uint64_t)offset, at) ||
        *at > INT64_MAX)
        return seek_refuse(cx, reader->ops->name, "farther than can be counted", offset);
    return (weir_poll){0, WEIR_READY};
}

/* What is in hand stays there. It was not read, so that it is not counted. Behind the end all goes
 * through a seek, which makes it go on: more may stand there by now. */
static bool within(weir_reader *reader, weir_whence whence, int64_t offset)
{
    uint64_t ahead = (uint64_t)offset;
    if (reader->stage.done)
        return false;
    if (whence == WEIR_SEEK_START)
        ahead -= reader->offset;
    if (whence == WEIR_SEEK_END || offset < 0 || ahead > reader->end - reader->begin)
        return false;
    reader->begin += (size_t)ahead;
    reader->offset += ahead;
    return true;
}

static weir_poll call_seek(weir_reader *reader, weir_cx *cx, weir_whence whence, int64_t offset)
{
    if (!WEIR_CHECKS)
        return reader->ops->poll_seek(reader, cx, whence, offset);
    struct weir_said before = weir_check_before(&reader->stage, cx);
    weir_poll got = reader->ops->poll_seek(reader, cx, whence, offset);
    weir_check_after(&reader->stage, cx, got.state, before);
    return got;
}

weir_poll weir_poll_seek(weir_reader *reader, weir_cx *cx, weir_whence whence, int64_t offset)
{
    if (weir_stage_failed(&reader->stage))
        return weir_stage_report(&reader->stage, cx);
    if (!WEIR_OPS_HAVE(reader->ops, poll_seek))
        return seek_refuse(cx, reader->ops->name, "it cannot", offset);
    if (within(reader, whence, offset))
        return (weir_poll){0, WEIR_READY};
    weir_poll got = call_seek(reader, cx, whence, offset);
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return weir_stage_settle(&reader->stage, cx, (weir_poll){0, got.state});
    reader->stage.done = reader->stage.cut = false;
    return (weir_poll){0, WEIR_READY};
}

struct seek {
    struct weir_read_future future;
    weir_whence whence;
    int64_t offset;
};

static weir_poll seek_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct seek *self = WEIR_CONTAINER(stream, struct seek, future.stream);
    weir_reader *reader = self->future.reader;
    (void)demand;
    weir_poll got = weir_poll_seek(reader, cx, self->whence, self->offset);
    if (got.state == WEIR_READY) {
        *(uint64_t *)out = reader->offset;
        return (weir_poll){1, WEIR_END};
    }
    cx->error.fatal |= got.state == WEIR_ERROR;
    return got;
}

static const weir_stream_ops seek_ops = WEIR_READ_FUTURE_OPS(seek);

weir_stream *weir_seek(weir_reader *reader, weir_whence whence, int64_t offset)
{
    weir_stream *stream =
        weir_read_future_new(reader, sizeof(struct seek), &seek_ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct seek *self = WEIR_CONTAINER(stream, struct seek, future.stream);
    self->whence = whence;
    self->offset = offset;
    return stream;
}
