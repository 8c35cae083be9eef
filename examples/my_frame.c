/* A protocol of your own, both ways: a frame is a kind (1 byte, 0 to 3), a length (2 bytes, big
 * endian) and that many bytes. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

struct my_frame {
    uint8_t kind;
    weir_line body; /* a view of the reader's bytes */
};
static const weir_type my_frame_type = WEIR_TYPE_VIEW(struct my_frame);

enum { HEAD = 3, FRAME_MAX = HEAD + UINT16_MAX };

static weir_decoded decode(void *state, const unsigned char *bytes, size_t n, bool last, void *out,
                           weir_error *error)
{
    (void)state, (void)last;
    if (n < HEAD)
        return (weir_decoded){WEIR_FOUND_NEED, HEAD};
    size_t size = (size_t)bytes[1] << 8 | bytes[2];
    if (bytes[0] > 3) {
        weir_error_set(error, WEIR_E_CORRUPT, "a frame of kind %u, where 0 to 3 are known",
                       bytes[0]);
        return (weir_decoded){WEIR_FOUND_BAD, 0};
    }
    if (n < HEAD + size)
        return (weir_decoded){WEIR_FOUND_NEED, HEAD + size};
    *(struct my_frame *)out = (struct my_frame){bytes[0], {(const char *)bytes + HEAD, size}};
    return (weir_decoded){WEIR_FOUND_ITEM, HEAD + size};
}
static const weir_decoder decoder = {
    .size = sizeof decoder, .name = "my_frame", .type = &my_frame_type, .decode = decode};

static size_t encode(void *state, const void *item, unsigned char *out, size_t size,
                     weir_error *error)
{
    const struct my_frame *frame = item;
    size_t n = frame->body.size;
    (void)state;
    if (n > UINT16_MAX)
        return weir_error_set(error, WEIR_E_LIMIT, "a body of %zu bytes", n), (size_t)0;
    if (size < HEAD + n)
        return HEAD + n;
    memcpy(out, (unsigned char[HEAD]){frame->kind, (unsigned char)(n >> 8), (unsigned char)n},
           HEAD);
    memcpy(out + HEAD, frame->body.data, n);
    return HEAD + n;
}
static const weir_encoder encoder = {
    .size = sizeof encoder, .name = "my_frame", .type = &my_frame_type, .encode = encode};

static void show(struct my_frame frame, void *arg)
{
    (void)arg;
    printf("kind %u: \"%.*s\"\n", frame.kind, (int)frame.body.size, frame.body.data);
}
WEIR_EACH_FN(show_fn, show, struct my_frame)

int main(void)
{
    static const struct my_frame frames[] = {{1, {"hello", 5}}, {0, {"", 0}}, {3, {"a frame", 7}}};
    weir_vec bytes = {0};
    weir_error error;
    weir_reader *encoded = weir_encode(weir_iter(&my_frame_type, frames, 3), &encoder, NULL, 1000);
    if (weir_run(weir_copy(encoded, weir_memory_writer(&bytes, 1000)), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    for (int round = 0; round < 2; round++) { /* in the second one the third frame is damaged */
        weir_reader *reader = weir_memory_reader(bytes.items, bytes.n);
        weir_stream *decoded = weir_decode(reader, &decoder, NULL, FRAME_MAX);
        if (weir_run(weir_for_each(decoded, &show_fn, NULL), NULL, &error) != WEIR_READY)
            printf("%s\n", WEIR_ERROR_TEXT(&error));
        ((unsigned char *)bytes.items)[11] = 9;
    }
    weir_vec_drop(&bytes);
    return 0;
}
