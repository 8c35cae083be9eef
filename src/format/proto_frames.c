/* Messages of a reader, each behind its length: as bytes, or as structs. */

#include "format/proto.h"

struct framing {
    const weir_record *record; /* NULL: the message as it is */
    size_t message_bytes_max;
};

static bool proto_frames_begin(void *state, const void *options, weir_error *error)
{
    (void)error;
    *(struct framing *)state = *(const struct framing *)options;
    return true;
}

/* The length is wrong: where the next message begins nobody knows. */
static weir_decoded bad_length(const struct framing *self, size_t head, uint64_t n,
                               weir_error *error)
{
    if (head == SIZE_MAX)
        weir_error_set(error, WEIR_E_CORRUPT, "a length that is a varint of more than 10 bytes");
    else
        weir_error_set(error, WEIR_E_LIMIT, "a message of %llu bytes; message_bytes_max = %zu",
                       (unsigned long long)n, self->message_bytes_max)
            ->cure = "a larger limit, if such messages are meant to be there";
    return (weir_decoded){WEIR_FOUND_BAD, 0};
}

static weir_decoded proto_frames_decode(void *state, const unsigned char *bytes, size_t n,
                                        bool last, void *out, weir_error *error)
{
    (void)last;
    const struct framing *self = state;
    uint64_t size;
    size_t head = weir_proto_varint(bytes, n, &size);
    if (!head)
        return (weir_decoded){WEIR_FOUND_NEED, n + 1};
    if (head == SIZE_MAX || size > self->message_bytes_max)
        return bad_length(self, head, size, error);
    if (size > n - head)
        return (weir_decoded){WEIR_FOUND_NEED, head + (size_t)size};
    weir_text message = {(const char *)bytes + head, (size_t)size};
    size_t frame = head + message.size;
    if (!self->record)
        *(weir_line *)out = message;
    else if (!weir_proto_read(self->record, message, out, error)) {
        error->byte += head;
        return (weir_decoded){WEIR_FOUND_BAD, frame};
    }
    return (weir_decoded){WEIR_FOUND_ITEM, frame};
}

static const weir_decoder decoder = {.size = sizeof decoder,
                                     .name = "proto",
                                     .type = &weir_type_line,
                                     .state_size = sizeof(struct framing),
                                     .decode = proto_frames_decode,
                                     .init = proto_frames_begin};

weir_stream *weir_proto(weir_reader *source, size_t message_bytes_max)
{
    struct framing framing = {NULL, message_bytes_max};
    return weir_decode(source, &decoder, &framing, weir_proto_frame_bytes_max(message_bytes_max));
}

weir_stream *weir_proto_records(weir_reader *source, const weir_record *record,
                                size_t message_bytes_max)
{
    struct framing framing = {record, message_bytes_max};
    size_t frame_bytes_max = weir_proto_frame_bytes_max(message_bytes_max);
    if (weir_stage_failed(&source->stage))
        return weir_decode(source, &decoder, &framing, frame_bytes_max);
    weir_decoder *own = weir_arena_take(source->stage.arena, sizeof *own, _Alignof(weir_decoder));
    if (!own)
        return weir_stream_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for proto", NULL,
                                  NULL, 0);
    *own = decoder;
    own->type = &record->type;
    return weir_decode(source, own, &framing, frame_bytes_max);
}
