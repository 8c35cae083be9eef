/* to_text: bytes as text, in groups, and in lines where they are wanted. */

#include <string.h>

#include "codec/text_form.h"

static size_t to_text_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Groups that are whole in the input, fit into the room, and into the line. */
static size_t groups_at_once(const weir_to_text *self, const weir_span *span)
{
    size_t groups = to_text_least(span->in_n / self->group_bytes, span->out_n / self->group_chars);
    return self->line_groups ? to_text_least(groups, self->line_groups - self->line_at) : groups;
}

/* A line is over: its newline stands behind the group in the spill. */
static void to_text_end_line(weir_to_text *self)
{
    self->spill.bytes[self->spill.n++] = '\n';
    self->line_at = 0;
}

static void count_groups(weir_to_text *self, size_t groups)
{
    if (!self->line_groups)
        return;
    self->line_at += groups;
    if (self->line_at == self->line_groups)
        to_text_end_line(self);
}

static void to_text_write_groups(weir_to_text *self, weir_span *span, size_t groups)
{
    self->write(self, span->in, groups, span->out);
    span->in += groups * self->group_bytes;
    span->in_n -= groups * self->group_bytes;
    span->out += groups * self->group_chars;
    span->out_n -= groups * self->group_chars;
    count_groups(self, groups);
}

/* What is carried, into the spill; of less than a group only the characters that say something. */
static void write_carry(weir_to_text *self)
{
    size_t n = self->carry_n;
    memset(self->carry + n, 0, sizeof self->carry - n);
    self->write(self, self->carry, 1, self->spill.bytes);
    size_t said = (n * self->group_chars + self->group_bytes - 1) / self->group_bytes;
    memset(self->spill.bytes + said, '=', self->group_chars - said);
    self->spill.n = (unsigned char)(self->padded ? self->group_chars : said);
    self->carry_n = 0;
    count_groups(self, 1);
}

static void carry_one(weir_to_text *self, weir_span *span)
{
    self->carry[self->carry_n++] = *span->in++;
    span->in_n--;
    if (self->carry_n == self->group_bytes)
        write_carry(self);
}

/* Behind the last byte: the rest of a group, the end of a line, one after the other. */
static void to_text_finish(weir_to_text *self)
{
    if (self->carry_n)
        write_carry(self);
    else if (self->line_at)
        to_text_end_line(self);
    else
        self->over = true;
}

weir_codec_state weir_to_text_step(weir_to_text *self, weir_span *span, weir_input input)
{
    while (weir_spill_give(&self->spill, span)) {
        size_t groups = self->carry_n ? 0 : groups_at_once(self, span);
        if (groups)
            to_text_write_groups(self, span, groups);
        else if (span->in_n)
            carry_one(self, span);
        else if (input != WEIR_INPUT_LAST)
            break;
        else if (self->over)
            return WEIR_CODEC_DONE;
        else
            to_text_finish(self);
    }
    return WEIR_CODEC_MORE;
}

/* ---- lines ---- */

bool weir_to_text_expect_line(size_t line_bytes, size_t group_chars, weir_error *error)
{
    if (line_bytes % group_chars == 0)
        return true;
    weir_error_set(error, WEIR_E_ARGUMENT, "a line of %zu characters ends inside of a group",
                   line_bytes);
    error->cure = "a multiple of 4 in base64, of 2 in hex";
    return false;
}

weir_reader *weir_to_text_reader(weir_reader *source, const weir_codec *codec, size_t line_bytes,
                                 size_t group_chars, const void *options, size_t options_size)
{
    weir_reader *reader = weir_codec_reader(
        source, codec, &WEIR_CODEC_OPTIONS(.for_codec = options, .for_codec_size = options_size));
    if (line_bytes % group_chars == 0)
        return reader;
    return weir_reader_refuse(
        &reader->stage, WEIR_E_ARGUMENT, "a multiple of 4 in base64, of 2 in hex",
        "%s: a line of %zu characters ends inside of a group", codec->name, NULL, line_bytes);
}
