/* to_ndjson, to_json: records as lines of JSON, or as one list. */

#include "format/json_write.h"
#include "weir/decode.h"
#include "weir/json.h"

struct to_json {
    const weir_type *type;
    bool begun; /* a record stands before the next one */
};

static bool to_json_begin(void *state, const void *options, weir_error *error)
{
    (void)error;
    ((struct to_json *)state)->type = options;
    return true;
}

static size_t to_json_put_line(void *state, const void *item, unsigned char *out, size_t size,
                               weir_error *error)
{
    const struct to_json *self = state;
    size_t n = weir_json_write_record((weir_record_view){self->type, item}, out, size, error);
    if (n && n < size)
        out[n] = '\n';
    return n ? n + 1 : 0;
}

/* Its newline stands before the next one. */
static size_t put_element(void *state, const void *item, unsigned char *out, size_t size,
                          weir_error *error)
{
    struct to_json *self = state;
    size_t room = size < 2 ? 0 : size - 2;
    weir_record_view view = {self->type, item};
    size_t n = weir_json_write_record(view, room ? out + 2 : NULL, room, error);
    if (!n)
        return 0;
    if (n <= room) {
        out[0] = self->begun ? ',' : '[';
        out[1] = '\n';
        self->begun = true;
    }
    return n + 2;
}

static size_t to_json_put_end(void *state, unsigned char *out, size_t size)
{
    bool begun = ((const struct to_json *)state)->begun;
    const char *text = begun ? "\n]\n" : "[]\n";
    for (size_t i = 0; size >= 3 && i < 3; i++)
        out[i] = (unsigned char)text[i];
    return 3;
}

static const weir_encoder lines = {.size = sizeof lines,
                                   .name = "to_ndjson",
                                   .type = &weir_type_fields, /* another for each source */
                                   .state_size = sizeof(struct to_json),
                                   .encode = to_json_put_line,
                                   .init = to_json_begin};
static const weir_encoder to_json_list = {.size = sizeof to_json_list,
                                          .name = "to_json",
                                          .type = &weir_type_fields,
                                          .state_size = sizeof(struct to_json),
                                          .encode = put_element,
                                          .init = to_json_begin,
                                          .end = to_json_put_end};

/* In the arena: its type is another for each source. NULL: no memory. */
static const weir_encoder *to_json_encoder_of(const weir_stream *source,
                                              const weir_encoder *encoder)
{
    weir_encoder *own = weir_arena_take(source->stage.arena, sizeof *own, _Alignof(weir_encoder));
    if (!own)
        return NULL;
    *own = *encoder;
    own->type = source->type;
    return own;
}

static size_t record_max(const weir_to_json_options *options)
{
    return options && options->record_bytes_max ? options->record_bytes_max
                                                : WEIR_TO_JSON_RECORD_MAX_DEFAULT;
}

static weir_reader *to_json(weir_stream *source, const weir_encoder *encoder,
                            const weir_to_json_options *options)
{
    size_t max = record_max(options);
    source = weir_expect_record(source, encoder->name);
    if (weir_stage_failed(&source->stage))
        return weir_encode(source, encoder, NULL, max);
    const weir_encoder *own = to_json_encoder_of(source, encoder);
    if (!own)
        return weir_reader_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                  encoder->name, NULL, 0);
    return weir_encode(source, own, source->type, max);
}

weir_reader *weir_to_ndjson(weir_stream *source, const weir_to_json_options *options)
{
    return to_json(source, &lines, options);
}

weir_reader *weir_to_json(weir_stream *source, const weir_to_json_options *options)
{
    return to_json(source, &to_json_list, options);
}

weir_stream *weir_to_ndjson_each(weir_stream *source, const weir_to_json_options *options)
{
    source = weir_expect_record(source, lines.name);
    if (weir_stage_failed(&source->stage))
        return source;
    const weir_encoder *own = to_json_encoder_of(source, &lines);
    if (!own)
        return weir_stream_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                  lines.name, NULL, 0);
    return weir_encode_each(source, own, source->type, record_max(options));
}
