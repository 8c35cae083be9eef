/* decode: a decoder's items out of a reader's bytes, lent from its buffer. */

#include "weir/decode.h"

#include <string.h>

#include "codec/adapter.h"

struct decode {
    weir_stream stream;
    weir_reader *source;
    const weir_decoder *decoder;
    void *state;
    size_t frame_bytes_max;
    size_t memory_max;          /* the decoder's own */
    const unsigned char *bytes; /* what is shown: the source's, or a copy of its last ones */
    size_t n;
    size_t used;      /* of them, by frames that were given: consumed with the next poll */
    size_t need;      /* bytes that the next frame takes, as far as it is known */
    uint64_t records; /* items that were given or are errors */
    bool begun;       /* init was called */
    bool last;        /* no bytes come behind these n */
    bool stuck;       /* the latest answer used no bytes */
    void *copy;       /* NULL: the source's bytes may be read past their end */
    size_t copy_size;
    weir_held_error held; /* it comes behind items */
    weir_line rejected; /* what the last error was about, until the next poll; data NULL: nothing */
};

static struct decode *decode_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct decode, stream);
}

static size_t decode_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- errors: all stand in the slot first ---- */

/* The frame behind those that were used. */
static weir_decoded decode_bad(struct decode *self, size_t n)
{
    weir_error *error = self->held.error;
    self->records++;
    self->held.held = true;
    error->fatal = !n;
    if (n)
        self->rejected = (weir_line){(const char *)self->bytes + self->used, n};
    if (error->record == WEIR_NOWHERE)
        error->record = self->records;
    uint64_t within = error->byte == WEIR_NOWHERE ? 0 : error->byte;
    error->byte = self->source->offset + self->used + within;
    weir_reader_place(self->source, error);
    return (weir_decoded){WEIR_FOUND_BAD, n};
}

static weir_decoded decode_broken(struct decode *self, const char *breach)
{
    weir_codec_broken(self->decoder->name, "decoder", breach, self->held.error);
    return decode_bad(self, 0);
}

static weir_poll decode_too_large(struct decode *self, weir_cx *cx)
{
    weir_error_set(self->held.error, WEIR_E_LIMIT,
                   "a frame takes %zu bytes at least; frame_bytes_max = %zu", self->need,
                   self->frame_bytes_max);
    self->held.error->cure = "a larger limit, if such frames are meant to be there";
    decode_bad(self, 0);
    return weir_held_error_give(&self->held, cx);
}

static weir_poll truncated(struct decode *self, weir_cx *cx)
{
    weir_error_set(self->held.error, WEIR_E_TRUNCATED,
                   "the input ends inside a frame, %zu bytes after its beginning", self->n);
    decode_bad(self, 0);
    return weir_held_error_give(&self->held, cx);
}

/* ---- what is shown ---- */

static void drop_copy(struct decode *self)
{
    if (self->copy)
        weir_release(self->copy, self->copy_size);
    self->copy = NULL;
}

static bool copy_last(struct decode *self, size_t n)
{
    size_t size = n + WEIR_PADDING_BYTES;
    unsigned char *copy = weir_allocate(size);
    if (!copy)
        return false;
    if (n)
        memcpy(copy, self->bytes, n);
    memset(copy + n, 0, WEIR_PADDING_BYTES);
    self->copy = copy;
    self->copy_size = size;
    self->bytes = copy;
    return true;
}

/* Where bytes may not be read past their end, the last ones are kept back until a frame reaches
 * into them and is there; then they are copied. */
static bool decode_show(struct decode *self)
{
    size_t n;
    drop_copy(self);
    self->bytes = weir_peek(self->source, &n);
    self->n = n;
    self->last = self->source->stage.done;
    if (self->source->stage.padded || (n < self->need && !self->last))
        return true;
    if (n < self->need + WEIR_PADDING_BYTES)
        return copy_last(self, n);
    self->n = n - WEIR_PADDING_BYTES;
    self->last = false;
    return true;
}

static void take_lent(struct decode *self)
{
    if (self->decoder->release)
        self->decoder->release(self->state);
    weir_consume(self->source, self->used);
    self->bytes += self->used;
    self->n -= self->used;
    self->used = 0;
}

/* What ends with the input may be as long as the limit: one byte more says that it does not. */
static bool decode_is_over(const struct decode *self, size_t n)
{
    size_t max = self->frame_bytes_max;
    bool may_end = n == max && self->need == max + 1 && !self->source->stage.done;
    return self->need > max && !may_end;
}

/* Nothing is lent, and what is shown is not enough. READY: more is shown, or the end. */
static weir_poll decode_more(struct decode *self, weir_cx *cx)
{
    take_lent(self);
    size_t n = self->source->end - self->source->begin;
    if (decode_is_over(self, n))
        return decode_too_large(self, cx);
    if (self->last)
        return truncated(self, cx);
    if (self->need > n) {
        weir_poll got =
            weir_poll_fill(self->source, cx, decode_least(self->need, n + WEIR_DECODE_AHEAD_BYTES));
        if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
            return (weir_poll){0, got.state};
    }
    if (decode_show(self))
        return (weir_poll){0, WEIR_READY};
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for the last %zu bytes", self->n);
}

/* ---- what the decoder says ---- */

/* What it did wrong, or NULL. */
static const char *decode_breach(struct decode *self, weir_decoded got, size_t n)
{
    if (got.found > WEIR_FOUND_BAD)
        return "gave an answer that is none";
    if (got.found != WEIR_FOUND_NEED && got.n > n)
        return "used more bytes than it was shown";
    if (got.found == WEIR_FOUND_BAD)
        return self->held.error->code ? NULL : "answered BAD and described no error";
    bool still = got.found != WEIR_FOUND_NEED && !got.n;
    bool at_end = got.found == WEIR_FOUND_ITEM && !n;
    bool twice = still && self->stuck;
    self->stuck = still && !at_end;
    return twice && !at_end ? "used no bytes, twice in a row" : NULL;
}

/* What is not an item of some bytes. */
WEIR_COLD static weir_decoded decode_rest(struct decode *self, weir_decoded got, size_t n,
                                          void *out)
{
    const char *sentence = decode_breach(self, got, n);
    if (sentence && got.found == WEIR_FOUND_ITEM)
        weir_type_drop_items(self->stream.type, out, 1);
    if (sentence)
        return decode_broken(self, sentence);
    self->need = got.found == WEIR_FOUND_NEED ? (got.n > n ? got.n : n + 1) : 1;
    if (got.found == WEIR_FOUND_NEED)
        return got;
    if (got.found == WEIR_FOUND_BAD)
        got = decode_bad(self, got.n);
    self->records += got.found == WEIR_FOUND_ITEM;
    self->used += got.n;
    return got;
}

static weir_decoded decode_ask(struct decode *self, void *out)
{
    size_t left = self->n - self->used;
    size_t n = decode_least(left, self->frame_bytes_max);
    bool last = self->last && n == left;
    if (n < self->need && !last)
        return (weir_decoded){WEIR_FOUND_NEED, self->need};
    self->held.error->code = WEIR_OK; /* what stands there is of another time */
    weir_decoded got = self->decoder->decode(self->state, self->bytes + self->used, n, last, out,
                                             self->held.error);
    if (WEIR_UNLIKELY(got.found != WEIR_FOUND_ITEM || got.n - 1 >= n))
        return decode_rest(self, got, n, out);
    self->records++;
    self->used += got.n;
    self->need = 1;
    self->stuck = false;
    return got;
}

/* Several items at once, where the decoder can. */
static uint32_t ask_many(struct decode *self, void *out, size_t demand)
{
    size_t n = decode_least(self->n - self->used, self->frame_bytes_max);
    size_t used = 0;
    if (n < self->need)
        return 0;
    size_t made =
        self->decoder->decode_many(self->state, self->bytes + self->used, n, out, demand, &used);
    if (WEIR_UNLIKELY(made > demand || used > n)) {
        decode_broken(self, "made more items, or used more bytes, than it was given");
        return 0;
    }
    self->records += made;
    self->used += used;
    if (used) {
        self->need = 1;
        self->stuck = false;
    }
    return (uint32_t)made;
}

/* The items of this poll are in the way: they go first. */
static weir_found wait_for_release(struct decode *self)
{
    self->need = 1;
    return WEIR_FOUND_ITEM;
}

/* Makes items of what is shown, until there are as many as are asked for, more bytes are needed,
 * an error is held, or the turn is over. */
static weir_found decode_shown(struct decode *self, weir_cx *cx, char *out, size_t demand,
                               uint32_t *made)
{
    size_t size = self->stream.type->size;
    for (;;) {
        size_t used = self->used;
        uint32_t before = *made;
        if (self->decoder->decode_many)
            *made += ask_many(self, out + *made * size, demand - *made);
        if (self->held.held)
            return WEIR_FOUND_BAD;
        if (self->used == used) {
            weir_decoded got = decode_ask(self, out + *made * size);
            if (got.found == WEIR_FOUND_NEED && !got.n && *made)
                return wait_for_release(self);
            if (got.found == WEIR_FOUND_NEED || got.found == WEIR_FOUND_BAD)
                return got.found;
            *made += got.found == WEIR_FOUND_ITEM;
        }
        if (*made == demand)
            return WEIR_FOUND_ITEM;
        if (*made == before && !weir_spend(cx))
            return WEIR_FOUND_SKIP;
    }
}

/* After a NEED with no bytes behind the last ones nothing is asked any more. */
static bool is_at_end(const struct decode *self)
{
    return self->last && self->used == self->n;
}

static weir_poll decode_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct decode *self = decode_of(stream);
    uint32_t made = 0;
    take_lent(self);
    if (!self->held.held)
        self->rejected.data = NULL;
    while (!self->held.held) {
        weir_found found = decode_shown(self, cx, out, demand, &made);
        if (found == WEIR_FOUND_NEED && (made || is_at_end(self)))
            return (weir_poll){made, is_at_end(self) ? WEIR_END : WEIR_READY};
        if (found == WEIR_FOUND_NEED) {
            weir_poll got = decode_more(self, cx);
            if (got.state != WEIR_READY)
                return got;
        }
        if (found == WEIR_FOUND_ITEM || found == WEIR_FOUND_SKIP || !weir_spend(cx))
            return (weir_poll){made, WEIR_READY};
    }
    return made ? (weir_poll){made, WEIR_READY} : weir_held_error_give(&self->held, cx);
}

/* What was lent counts as used: a source that is set back is not set back behind it. */
static void decode_fini(weir_stream *stream)
{
    struct decode *self = decode_of(stream);
    if (self->source)
        weir_consume(self->source, self->used);
    drop_copy(self);
    if (self->begun && self->decoder->fini)
        self->decoder->fini(self->state);
}

static bool decode_rejected(const weir_stream *stream, weir_line *out)
{
    const struct decode *self = decode_of(stream);
    *out = self->rejected;
    return self->rejected.data != NULL;
}

static size_t decode_memory_max(const weir_stream *stream)
{
    const struct decode *self = decode_of(stream);
    return self->memory_max + self->frame_bytes_max + 1 + 2 * (size_t)WEIR_PADDING_BYTES;
}

static const char *decode_name_of(const weir_stream *stream)
{
    const weir_decoder *decoder = decode_of(stream)->decoder;
    return decoder ? decoder->name : "decode";
}

static const weir_stream_ops decode_ops = {.size = sizeof decode_ops,
                                           .name = "decode",
                                           .poll_next = decode_poll_next,
                                           .fini = decode_fini,
                                           .marks = WEIR_MARKS_PASS,
                                           .memory_max = decode_memory_max,
                                           .name_of = decode_name_of,
                                           .rejected = decode_rejected};

void *weir_decode_state(const weir_stream *stream, const weir_decoder *decoder)
{
    bool of_decode = !weir_stage_failed(&stream->stage) && stream->ops == &decode_ops;
    return of_decode && decode_of(stream)->decoder == decoder ? decode_of(stream)->state : NULL;
}

enum { STATE_AT = (sizeof(struct decode) + WEIR_ALIGN - 1) / WEIR_ALIGN * WEIR_ALIGN };

static weir_stream *decode_begin(struct decode *self, const void *options)
{
    const weir_decoder *decoder = self->decoder;
    weir_error *error = self->held.error;
    if (decoder->memory_max)
        self->memory_max = decoder->memory_max(options);
    if (decoder->init && !decoder->init(self->state, options, error)) {
        if (!error->code)
            weir_codec_broken(decoder->name, "decoder", WEIR_DID_NOT_BEGIN, error);
        return weir_stream_refuse(&self->stream.stage, error->code, error->cure, "%s",
                                  error->message, NULL, 0);
    }
    self->begun = true;
    return &self->stream;
}

weir_stream *weir_decode(weir_reader *source, const weir_decoder *decoder, const void *options,
                         size_t frame_bytes_max)
{
    const weir_type *type = weir_type_seen_through(&weir_type_line, decoder->type);
    weir_stream *stream =
        weir_stream_over(source, STATE_AT + decoder->state_size, &decode_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct decode *self = decode_of(stream);
    self->decoder = decoder;
    self->state = (char *)self + STATE_AT;
    self->frame_bytes_max = frame_bytes_max;
    self->need = 1;
    if (!weir_frame_bytes_fit(frame_bytes_max))
        return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, WEIR_FRAME_BYTES_CURE,
                                  WEIR_FRAME_BYTES_TEXT, decoder->name, NULL, frame_bytes_max);
    if (!weir_held_error_init(&self->held, stream->stage.arena) ||
        !weir_reader_reserve(source, frame_bytes_max + 1))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, "a smaller limit",
                                  "%s: no room for a frame of %zu bytes", decoder->name, NULL,
                                  frame_bytes_max);
    self->source = source;
    self->bytes = weir_peek(source, &(size_t){0});
    return decode_begin(self, options);
}
