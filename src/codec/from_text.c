/* from_text: bytes that were written as text, in groups; strict, with the place of what is wrong.
 *
 * Whole groups without anything else in them are read in one go. A character at a time goes what
 * stands around blanks, at the input's cuts, and at the end; so it makes no difference for what
 * comes out how the input is cut. */

#include <string.h>

#include "codec/text_form.h"

void weir_from_text_init(weir_from_text *self)
{
    memset(self->value, WEIR_CHAR_STRANGE, sizeof self->value);
    self->value[' '] = self->value['\t'] = self->value['\r'] = self->value['\n'] = WEIR_CHAR_BLANK;
}

/* ---- what is wrong ---- */

static weir_codec_state from_text_bad(weir_error *error, uint64_t at, const char *cure)
{
    error->byte = at;
    error->cure = cure                              ? cure
                  : error->code == WEIR_E_TRUNCATED ? "a whole copy of it, if there is one"
                                                    : "another copy of it, if there is one";
    return WEIR_CODEC_BAD;
}

static weir_codec_state strange(const weir_from_text *self, unsigned char byte, weir_error *error)
{
    if (byte > ' ' && byte < 0x7f)
        weir_error_set(error, WEIR_E_CORRUPT, "'%c' is no character of %s", byte, self->form);
    else
        weir_error_set(error, WEIR_E_CORRUPT, "byte 0x%x is no character of %s", byte, self->form);
    bool blank = self->value[byte] == WEIR_CHAR_BLANK;
    return from_text_bad(error, self->at,
                         blank ? "blanks, where lines are meant to be there" : self->cure);
}

static weir_codec_state behind_the_last(const weir_from_text *self, weir_error *error)
{
    weir_error_set(error, WEIR_E_CORRUPT, "something stands behind the last '='");
    return from_text_bad(error, self->at, "one input at a time");
}

static weir_codec_state wrong_pad(const weir_from_text *self, weir_error *error)
{
    weir_error_set(error, WEIR_E_CORRUPT, "a '=' stands behind %u of %u characters", self->carry_n,
                   self->group_chars);
    return from_text_bad(error, self->at, NULL);
}

static weir_codec_state not_padded(const weir_from_text *self, weir_error *error)
{
    weir_error_set(error, WEIR_E_CORRUPT, "a character stands behind a '='");
    return from_text_bad(error, self->at, NULL);
}

/* How many bytes the carried characters make. */
static size_t carried_bytes(const weir_from_text *self)
{
    return (size_t)self->carry_n * self->group_bytes / self->group_chars;
}

static weir_codec_state from_text_cut_off(const weir_from_text *self, weir_error *error)
{
    unsigned there = self->carry_n + self->pads_n;
    weir_error_set(error, WEIR_E_TRUNCATED, "the input ends behind %u of %u characters", there,
                   self->group_chars);
    bool only_pads = self->padded && carried_bytes(self);
    return from_text_bad(error, self->at,
                         only_pads ? "unpadded, if there is meant to be no '='" : NULL);
}

/* ---- groups ---- */

static void use(weir_from_text *self, weir_span *span, size_t n)
{
    span->in += n;
    span->in_n -= n;
    self->at += n;
}

static bool from_text_read_groups(weir_from_text *self, weir_span *span)
{
    size_t whole = span->in_n / self->group_chars, room = span->out_n / self->group_bytes;
    size_t groups = self->read(self, span->in, whole < room ? whole : room, span->out);
    use(self, span, groups * self->group_chars);
    span->out += groups * self->group_bytes;
    span->out_n -= groups * self->group_bytes;
    return groups;
}

/* The carried characters, filled up with those of the value 0, into the spill. */
static weir_codec_state read_carry(weir_from_text *self, weir_error *error)
{
    size_t n = carried_bytes(self);
    memset(self->carry + self->carry_n, self->zero, sizeof self->carry - self->carry_n);
    self->read(self, self->carry, 1, self->spill.bytes);
    self->carry_n = self->pads_n = 0;
    if (n < self->group_bytes && self->spill.bytes[n]) {
        weir_error_set(error, WEIR_E_CORRUPT, "bits behind the last byte are not 0");
        return from_text_bad(error, self->last_at, NULL);
    }
    self->spill.n = (unsigned char)n;
    return WEIR_CODEC_MORE;
}

/* ---- a character at a time ---- */

static weir_codec_state read_pad(weir_from_text *self, weir_error *error)
{
    if (!carried_bytes(self))
        return wrong_pad(self, error);
    self->pads_n++;
    if (self->carry_n + self->pads_n < self->group_chars)
        return WEIR_CODEC_MORE;
    self->over = true;
    return read_carry(self, error);
}

static weir_codec_state from_text_read_value(weir_from_text *self, unsigned char byte,
                                             weir_error *error)
{
    if (self->pads_n)
        return not_padded(self, error);
    self->carry[self->carry_n++] = byte;
    self->last_at = self->at;
    return self->carry_n == self->group_chars ? read_carry(self, error) : WEIR_CODEC_MORE;
}

static weir_codec_state from_text_read_one(weir_from_text *self, unsigned char byte,
                                           weir_error *error)
{
    unsigned char value = self->value[byte];
    if (value == WEIR_CHAR_BLANK && self->blanks)
        return WEIR_CODEC_MORE;
    if (self->over)
        return behind_the_last(self, error);
    if (value >= WEIR_CHAR_BLANK && value != WEIR_CHAR_PAD)
        return strange(self, byte, error);
    return value == WEIR_CHAR_PAD ? read_pad(self, error) : from_text_read_value(self, byte, error);
}

/* Behind the last character. */
static weir_codec_state from_text_finish(weir_from_text *self, weir_error *error)
{
    if (!self->carry_n)
        return WEIR_CODEC_DONE;
    if (self->padded || !carried_bytes(self))
        return from_text_cut_off(self, error);
    return read_carry(self, error);
}

weir_codec_state weir_from_text_step(weir_from_text *self, weir_span *span, weir_input input,
                                     weir_error *error)
{
    weir_codec_state state = WEIR_CODEC_MORE;
    while (state == WEIR_CODEC_MORE && weir_spill_give(&self->spill, span)) {
        if (!self->carry_n && !self->over && from_text_read_groups(self, span))
            continue;
        if (span->in_n) {
            state = from_text_read_one(self, *span->in, error);
            use(self, span, state == WEIR_CODEC_MORE);
        } else if (input == WEIR_INPUT_LAST) {
            state = from_text_finish(self, error);
        } else {
            break;
        }
    }
    return state;
}
