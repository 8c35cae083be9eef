/* Scripted readers, and what stands over them. */

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

static const char *const kinds[] = {"Interrupted",  "UnexpectedEof", "Other",      "InvalidData",
                                    "InvalidInput", "WriteZero",     "BrokenPipe", NULL};

static int64_t kind_number(const json_t *step)
{
    const char *text = json_string_value(json_object_get(step, "err"));
    for (int i = 0; text && kinds[i]; i++)
        if (!strcmp(kinds[i], text))
            return i;
    return -1;
}

bool step_is(const json_t *step, const char *word)
{
    return json_is_string(step) && !strcmp(json_string_value(step), word);
}

weir_poll bytes_fail(weir_cx *cx, const json_t *step)
{
    weir_fail(cx, WEIR_E_USER, "scripted error");
    cx->error.number = kind_number(step);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

bool step_fails(const json_t *step)
{
    return kind_number(step) >= 0;
}

bool step_known(const json_t *step)
{
    size_t n;
    if (json_object_get(step, "err"))
        return step_fails(step);
    unsigned char *bytes = text_bytes(step, &n);
    free(bytes);
    return bytes;
}

const char *bytes_error_kind(const weir_error *error)
{
    if (error->code == WEIR_E_USER && error->number >= 0 && error->number < 7)
        return kinds[error->number];
    if (error->code == WEIR_E_TRUNCATED)
        return "UnexpectedEof";
    if (error->code == WEIR_E_CORRUPT)
        return "InvalidData";
    if (error->code == WEIR_E_ARGUMENT)
        return "InvalidInput";
    /* A writer that takes nothing is closed, here; the reference says WriteZero. */
    return error->code == WEIR_E_CLOSED ? "WriteZero" : error->message;
}

/* ---- scripted readers ---- */

struct script {
    struct bytes_run *run;
    size_t number;
    const json_t *steps;
    size_t at;
    size_t part; /* bytes of steps[at] that were given */
    struct deferred deferred;
};

static struct script script_of(struct bytes_run *run, size_t i)
{
    const json_t *steps = json_array_get(json_object_get(run->vector, "readers"), i);
    return (struct script){.run = run, .number = i, .steps = steps};
}

/* READY: the next bytes, to be freed; at_most of them, if that is not 0. */
static weir_poll script_poll(struct script *self, weir_cx *cx, size_t at_most,
                             unsigned char **bytes, size_t *n)
{
    if (self->deferred.waiting)
        return deferred_wait(&self->deferred, &self->run->deferred, cx);
    const json_t *step = json_array_get(self->steps, self->at++);
    if (!step)
        return (weir_poll){0, WEIR_END};
    if (step_is(step, "P"))
        return weir_wait_turn(cx);
    if (step_is(step, "D"))
        return deferred_wait(&self->deferred, &self->run->deferred, cx);
    if (json_object_get(step, "err"))
        return bytes_fail(cx, step);
    *bytes = text_bytes(step, n);
    size_t left = *n - self->part, give = at_most && left > at_most ? at_most : left;
    if (give)
        memmove(*bytes, *bytes + self->part, give);
    self->part = give < left ? self->part + give : 0;
    self->at -= give < left;
    self->run->given[self->number] += give;
    *n = give;
    return (weir_poll){0, WEIR_READY};
}

struct script_reader {
    weir_reader reader;
    struct script script;
};

static weir_poll script_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct script *self = &WEIR_CONTAINER(reader, struct script_reader, reader)->script;
    unsigned char *chunk;
    size_t n;
    (void)min;
    weir_poll got = script_poll(self, cx, self->run->at_most, &chunk, &n);
    if (got.state != WEIR_READY)
        return got;
    unsigned char *room = weir_reader_room(reader, n);
    if (room && n)
        memcpy(room, chunk, n);
    free(chunk);
    if (!room)
        return weir_fail(cx, WEIR_E_MEMORY, "no room for %zu bytes", n);
    reader->end += n;
    return got;
}

static void script_fini(weir_reader *reader)
{
    deferred_fini(&WEIR_CONTAINER(reader, struct script_reader, reader)->script.deferred);
}

static const weir_reader_ops script_ops = {
    .size = sizeof script_ops, .name = "script", .poll_fill = script_fill, .fini = script_fini};

static weir_reader *script_reader(struct bytes_run *run, size_t i)
{
    weir_reader *reader = weir_reader_new(sizeof(struct script_reader), &script_ops);
    if (!weir_stage_failed(&reader->stage))
        WEIR_CONTAINER(reader, struct script_reader, reader)->script = script_of(run, i);
    return reader;
}

/* ---- the same as a stream of pieces ---- */

struct script_chunks {
    weir_stream stream;
    struct script script;
};

/* The reference ends such a reader behind an error. */
static weir_poll chunks_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct script *self = &WEIR_CONTAINER(stream, struct script_chunks, stream)->script;
    unsigned char *chunk;
    size_t n;
    (void)demand;
    weir_poll got = script_poll(self, cx, 0, &chunk, &n);
    cx->error.fatal |= got.state == WEIR_ERROR;
    if (got.state != WEIR_READY)
        return got;
    weir_block *block = weir_block_new(0, n);
    if (block)
        memcpy(block->data, chunk, n);
    free(chunk);
    if (!block)
        return weir_fail(cx, WEIR_E_MEMORY, "no block of %zu bytes", n);
    *(weir_piece *)out = (weir_piece){(const char *)block->data, n, block};
    return (weir_poll){1, WEIR_READY};
}

static void chunks_fini(weir_stream *stream)
{
    deferred_fini(&WEIR_CONTAINER(stream, struct script_chunks, stream)->script.deferred);
}

static const weir_stream_ops chunks_ops = {.size = sizeof chunks_ops,
                                           .name = "script",
                                           .poll_next = chunks_poll_next,
                                           .fini = chunks_fini};

static weir_reader *script_chunks(struct bytes_run *run)
{
    weir_stream *stream =
        weir_source_new(sizeof(struct script_chunks), &chunks_ops, &weir_type_piece);
    if (!weir_stage_failed(&stream->stage))
        WEIR_CONTAINER(stream, struct script_chunks, stream)->script = script_of(run, 0);
    return weir_chunks_reader(stream);
}

/* ---- what stands over it ---- */

static const char *const adaptors[] = {"buf_reader", "chain", "into_async_read", "take"};

bool bytes_adaptor(const char *name)
{
    for (size_t i = 0; i < sizeof adaptors / sizeof adaptors[0]; i++)
        if (!strcmp(adaptors[i], name))
            return true;
    return false;
}

json_int_t bytes_argument(const json_t *entry)
{
    return json_integer_value(json_array_get(entry, 1));
}

/* A reader has its buffer in it: how large its reads are is up to the script. */
static weir_reader *buffered(struct bytes_run *run, weir_reader *reader, size_t capacity)
{
    run->capacity = run->at_most = capacity;
    return reader;
}

static weir_reader *adapted(struct bytes_run *run, weir_reader *reader, const json_t *entry)
{
    const json_t *name = json_array_get(entry, 0);
    if (step_is(name, "take"))
        return weir_take_reader(reader, (uint64_t)bytes_argument(entry));
    if (step_is(name, "chain"))
        return weir_chain_reader(reader, script_reader(run, (size_t)bytes_argument(entry)));
    return buffered(run, reader, (size_t)bytes_argument(entry));
}

weir_reader *bytes_reader(struct bytes_run *run)
{
    json_t *entry, *chain = json_object_get(run->vector, "chain");
    bool chunks = step_is(json_array_get(json_array_get(chain, 0), 0), "into_async_read");
    weir_reader *reader = chunks ? script_chunks(run) : script_reader(run, 0);
    size_t i;
    json_array_foreach(chain, i, entry) if (!chunks || i) reader = adapted(run, reader, entry);
    return reader;
}
