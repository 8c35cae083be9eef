/* collect_string: one string of all bytes: of single ones, or of lines. */

#include <string.h>

#include "stream/batches.h"
#include "weir/stream.h"

enum { COLLECT_STRING_ROOM_MIN = 64 };

struct collect_string {
    weir_stream stream;
    size_t bytes_max;
    char *data;
    size_t n;
    size_t room; /* one of these is for the NUL behind the string */
    uint32_t demand;
};

static struct collect_string *collect_string_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct collect_string, stream);
}

static bool string_resize(struct collect_string *self, weir_cx *cx, size_t room)
{
    char *data = weir_resize(self->data, self->room, room);
    if (data) {
        self->data = data;
        self->room = room;
        return true;
    }
    weir_fail(cx, WEIR_E_MEMORY, "no memory for a text of %zu bytes", room);
    return false;
}

/* Room for n bytes more; it doubles up to the limit. */
static bool string_room(struct collect_string *self, weir_cx *cx, size_t n)
{
    if (n > self->bytes_max - self->n) {
        weir_fail(cx, WEIR_E_LIMIT, "more than %zu bytes to collect", self->bytes_max);
        return false;
    }
    if (n < self->room - self->n)
        return true;
    size_t room = self->room ? self->room * 2 : COLLECT_STRING_ROOM_MIN;
    room = room < self->bytes_max + 1 ? room : self->bytes_max + 1;
    return string_resize(self, cx, room > self->n + n ? room : self->n + n + 1);
}

static bool string_add(struct collect_string *self, weir_cx *cx, const char *data, size_t n)
{
    if (!n)
        return true;
    if (!string_room(self, cx, n))
        return false;
    memcpy(self->data + self->n, data, n);
    self->n += n;
    return true;
}

/* Both kinds of line begin with the same members. */
static bool take_lines(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)
{
    const weir_line *lines = items;
    bool fits = true;
    for (uint32_t i = 0; i < n && fits; i++)
        fits = string_add(collect_string_of(stream), cx, lines[i].data, lines[i].size);
    weir_type_drop_items(weir_source(stream)->type, items, n);
    return fits;
}

static bool collect_string_take_bytes(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)
{
    return string_add(collect_string_of(stream), cx, items, n);
}

static weir_poll collect_string_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                          size_t demand)
{
    struct collect_string *self = collect_string_of(stream);
    bool bytes = weir_source(stream)->type->size == 1;
    (void)demand;
    weir_poll got =
        weir_batches(stream, cx, &self->demand, bytes ? collect_string_take_bytes : take_lines);
    if (got.state != WEIR_END)
        return got;
    if (!string_resize(self, cx, self->n + 1)) /* as an owned line is let go */
        return (weir_poll){0, WEIR_ERROR};
    self->data[self->n] = '\0';
    *(weir_owned_line *)out = (weir_owned_line){self->data, self->n};
    self->data = NULL;
    return (weir_poll){1, WEIR_END};
}

static void collect_string_fini(weir_stream *stream)
{
    struct collect_string *self = collect_string_of(stream);
    if (self->data)
        weir_release(self->data, self->room);
}

static size_t collect_string_memory_max(const weir_stream *stream)
{
    size_t bytes_max = collect_string_of(stream)->bytes_max;
    return bytes_max < SIZE_MAX / 2 - 1 ? 2 * (bytes_max + 1) : SIZE_MAX;
}

static const weir_stream_ops collect_string_ops = {.size = sizeof collect_string_ops,
                                                   .name = "collect_string",
                                                   .poll_next = collect_string_poll_next,
                                                   .size_hint = weir_size_hint_one,
                                                   .fini = collect_string_fini,
                                                   .memory_max = collect_string_memory_max,
                                                   .marks = WEIR_MARKS_LOSE};

static bool is_text(const weir_type *type)
{
    static const weir_type bytes[] = {WEIR_TYPE(char), WEIR_TYPE(unsigned char),
                                      WEIR_TYPE(signed char)};
    bool byte = weir_type_fits(type, &bytes[0]) || weir_type_fits(type, &bytes[1]) ||
                weir_type_fits(type, &bytes[2]);
    return byte || weir_type_fits(type, &weir_type_line) ||
           weir_type_fits(type, &weir_type_owned_line);
}

weir_stream *weir_collect_string(weir_stream *source, size_t bytes_max)
{
    source = weir_expect_limit(source, "collect_string", "bytes_max", bytes_max);
    if (!weir_stage_failed(&source->stage) && !is_text(source->type))
        return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "a map to one of them",
                                  "collect_string takes bytes, 'weir_line' or "
                                  "'weir_owned_line', but the source yields '%s'",
                                  source->type->name, NULL, 0);
    weir_stream *stream = weir_stream_new(source, sizeof(struct collect_string),
                                          &collect_string_ops, &weir_type_owned_line);
    if (weir_stage_failed(&stream->stage))
        return stream;
    size_t most = SIZE_MAX / 4; /* so that no sum of sizes wraps */
    collect_string_of(stream)->bytes_max = bytes_max < most ? bytes_max : most;
    stream->stage.one = true;
    return weir_stream_scratch(stream, source->type);
}
