/* to_lines_each: each line with its newline, as a line of its own. */

#include <string.h>

#include "core/stage.h"
#include "weir/codec.h"
#include "weir/decode.h"

static size_t to_lines_each_put_line(void *state, const void *item, unsigned char *out, size_t size,
                                     weir_error *error)
{
    const weir_line *line = item;
    (void)state, (void)error;
    if (line->size >= size)
        return line->size + 1;
    if (line->size)
        memcpy(out, line->data, line->size);
    out[line->size] = '\n';
    return line->size + 1;
}

static const weir_encoder to_lines_each_encoder = {
    .size = sizeof to_lines_each_encoder,
    .name = "to_lines",
    .type = &weir_type_line, /* or what can be read as one */
    .encode = to_lines_each_put_line};

weir_stream *weir_to_lines_each(weir_stream *source, size_t line_bytes_max)
{
    if (!weir_type_fits(source->type, &weir_type_owned_line))
        source = weir_expect_type(source, to_lines_each_encoder.name, "bytes", &weir_type_line);
    if (weir_stage_failed(&source->stage))
        return source;
    weir_encoder *own = weir_arena_take(source->stage.arena, sizeof *own, _Alignof(weir_encoder));
    if (!own)
        return weir_stream_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for to_lines",
                                  NULL, NULL, 0);
    *own = to_lines_each_encoder;
    own->type = source->type;
    return weir_encode_each(source, own, NULL, line_bytes_max + (line_bytes_max < WEIR_MIN_MAX));
}
