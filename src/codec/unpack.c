/* unpack: frames one after the other. */

#include "codec/unpack.h"

#include "core/stage.h"

/* A frame costs more than its few bytes: a step ends after some. */
enum { STEP_FRAMES = 32 };

/* ---- options ---- */

enum { UNPACK_FIRST_LAYOUT_BYTES = sizeof(weir_decompress_options) };

weir_decompress_options weir_unpack_options(const void *given)
{
    weir_decompress_options all;
    weir_options_take(&all, sizeof all, given, UNPACK_FIRST_LAYOUT_BYTES);
    if (!all.window_max)
        all.window_max = WEIR_WINDOW_MAX;
    if (!all.memory_max)
        all.memory_max = WEIR_XZ_MEMORY_MAX;
    return all;
}

weir_decompress_options weir_unpack_begin(weir_unpack *self, const weir_unpack_format *format,
                                          const void *options)
{
    weir_decompress_options all = weir_unpack_options(options);
    *self = (weir_unpack){.format = format, .one = all.one};
    return all;
}

/* ---- units ---- */

void weir_units_used(weir_units *self, size_t n, size_t hint, size_t header)
{
    self->used += n;
    self->left -= n;
    if (self->left)
        return;
    if (hint >= header) { /* less is the rest of a unit whose bytes come one by one */
        self->at += self->used;
        self->used = 0;
    }
    self->left = hint > header ? hint - header : hint ? 1 : 0;
}

/* ---- errors ---- */

static weir_codec_state unpack_bad(weir_error *error, uint64_t byte)
{
    error->byte = byte;
    weir_unpack_advise(error);
    return WEIR_CODEC_BAD;
}

static weir_codec_state not_ours(const weir_unpack *self, weir_error *error)
{
    const weir_unpack_format *format = self->format;
    if (error->code != WEIR_OK)
        return unpack_bad(error, self->frame_at);
    if (self->frames) {
        weir_error_set(error, WEIR_E_CORRUPT, "garbage behind the last %s", format->frame);
    } else {
        weir_error_set(error, WEIR_E_CORRUPT, "this is no %s data: it does not begin with %s",
                       format->name, format->magic);
        weir_unpack_advise_other(error);
    }
    return unpack_bad(error, self->frame_at);
}

static bool unpack_is_between(const weir_unpack *self)
{
    return !self->inside && !self->head_n;
}

static weir_codec_state unpack_end_of_input(const weir_unpack *self, weir_error *error)
{
    const weir_unpack_format *format = self->format;
    if (!unpack_is_between(self)) {
        weir_error_set(error, WEIR_E_TRUNCATED,
                       "the input ends inside a %s, which begins at byte %llu", format->frame,
                       (unsigned long long)self->frame_at);
    } else if (!self->frames) {
        weir_error_set(error, WEIR_E_TRUNCATED, "the input is empty, and no %s data", format->name);
        weir_unpack_advise_other(error);
    } else if (format->padding && self->zeros % format->padding) {
        weir_error_set(error, WEIR_E_CORRUPT, "%llu zeros behind a %s, and not a multiple of %u",
                       (unsigned long long)self->zeros, format->frame, format->padding);
    } else {
        return WEIR_CODEC_DONE;
    }
    return unpack_bad(error, self->at);
}

/* ---- between frames ---- */

static weir_codec_state begin_frame(weir_unpack *self, weir_error *error)
{
    self->inside = true;
    return self->format->begin(self, error) ? WEIR_CODEC_MORE : unpack_bad(error, self->frame_at);
}

static bool is_padding(const weir_unpack *self, unsigned char byte)
{
    return !byte && !self->head_n && self->frames && self->format->padding;
}

/* One byte of what tells whether a frame begins here. */
static weir_codec_state head_byte(weir_unpack *self, weir_span *span, weir_error *error)
{
    unsigned char byte = *span->in;
    weir_span_move(span, 1, 0);
    if (is_padding(self, byte)) {
        self->zeros++;
        self->at++;
        return WEIR_CODEC_MORE;
    }
    if (!self->head_n)
        self->frame_at = self->at;
    self->at++;
    self->head[self->head_n++] = byte;
    error->code = WEIR_OK; /* what stands there is of another time */
    if (self->zeros % (self->format->padding ? self->format->padding : 1))
        return not_ours(self, error);
    switch (self->format->head(self, self->head, self->head_n, error)) {
    case WEIR_HEAD_MORE:
        return WEIR_CODEC_MORE;
    case WEIR_HEAD_OURS:
        return begin_frame(self, error);
    default:
        return not_ours(self, error);
    }
}

static weir_codec_state between(weir_unpack *self, weir_span *span, weir_error *error)
{
    if (self->format->magic)
        return head_byte(self, span, error);
    self->frame_at = self->at;
    error->code = WEIR_OK;
    return self->frames ? not_ours(self, error) : begin_frame(self, error);
}

/* ---- inside of one ---- */

static weir_codec_state end_frame(weir_unpack *self)
{
    bool over = self->one && !self->skips;
    self->frames++;
    self->step_frames++;
    self->inside = self->skips = false;
    self->head_n = self->head_at = 0;
    self->zeros = 0;
    return over ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

/* The head was taken off the input before: the format has it first. */
static weir_codec_state step_head(weir_unpack *self, weir_span *span, weir_error *error)
{
    size_t n = self->head_n - self->head_at;
    weir_span head = {self->head + self->head_at, n, span->out, span->out_n};
    weir_codec_state got = self->format->step(self, &head, error);
    weir_span_move(span, 0, span->out_n - head.out_n);
    self->head_at += (unsigned)(n - head.in_n);
    return got;
}

static weir_codec_state step_input(weir_unpack *self, weir_span *span, weir_error *error)
{
    size_t n = span->in_n;
    weir_codec_state got = self->format->step(self, span, error);
    self->at += n - span->in_n;
    return got;
}

static weir_codec_state inside(weir_unpack *self, weir_span *span, weir_error *error)
{
    bool of_head = self->head_at < self->head_n;
    weir_span before = *span;
    unsigned head_at = self->head_at;
    weir_codec_state got = of_head ? step_head(self, span, error) : step_input(self, span, error);
    bool moved =
        span->in_n != before.in_n || span->out_n != before.out_n || head_at != self->head_at;
    if (got == WEIR_CODEC_MORE && !moved && (of_head || span->in_n)) {
        weir_error_set(error, WEIR_E_CORRUPT, "the decompressor can not go on");
        got = WEIR_CODEC_BAD;
    }
    if (got == WEIR_CODEC_BAD && error->byte == WEIR_NOWHERE)
        error->byte = of_head ? self->frame_at + self->head_at : self->at;
    if (got == WEIR_CODEC_BAD)
        weir_unpack_advise(error);
    return got == WEIR_CODEC_DONE ? end_frame(self) : got;
}

static bool wants_input(const weir_unpack *self, const weir_span *span)
{
    return !span->in_n && self->head_at == self->head_n && (!self->inside || span->out_n);
}

weir_codec_state weir_unpack_step(void *state, weir_span *span, weir_input input, weir_error *error)
{
    weir_unpack *self = state;
    weir_codec_state got = WEIR_CODEC_MORE;
    self->step_frames = 0;
    while (got == WEIR_CODEC_MORE && self->step_frames < STEP_FRAMES) {
        bool in = self->inside;
        if (in && !span->out_n)
            return WEIR_CODEC_MORE;
        if (!in && !span->in_n)
            return input == WEIR_INPUT_LAST ? unpack_end_of_input(self, error) : WEIR_CODEC_MORE;
        got = in ? inside(self, span, error) : between(self, span, error);
        if (got == WEIR_CODEC_MORE && in && self->inside && wants_input(self, span))
            return input == WEIR_INPUT_LAST ? unpack_end_of_input(self, error) : WEIR_CODEC_MORE;
    }
    return got;
}
