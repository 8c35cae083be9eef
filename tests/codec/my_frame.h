/* A format of the tests: a frame is a kind (1 byte, 0 to 3), a length (2 bytes, big endian) and so
 * many bytes. Kind 0xf0 is a bad frame that can be passed over, kind 0xff one that holds nothing.
 */
#ifndef WEIR_TESTS_MY_FRAME_H
#define WEIR_TESTS_MY_FRAME_H

#include <string.h>

#include "doubles.h"

struct my_frame {
    uint8_t kind;
    weir_line body;
};

static inline size_t my_frame_text(const weir_type *type, const void *item, char *out, size_t size)
{
    const struct my_frame *frame = item;
    (void)type;
    size_t n = weir_format(out, size, "%u:", frame->kind);
    for (size_t i = 0; i < frame->body.size; i++)
        n += weir_format(out + (n < size ? n : size), size - (n < size ? n : size), "%c",
                         frame->body.data[i]);
    return n;
}

static const weir_type my_frame_type = {.name = "struct my_frame",
                                        .size = sizeof(struct my_frame),
                                        .align = _Alignof(struct my_frame),
                                        .format = my_frame_text};

static inline weir_decoded my_frame_decode(void *state, const unsigned char *bytes, size_t n,
                                           bool last, void *out, weir_error *error)
{
    (void)state, (void)last;
    if (n && bytes[0] > 3 && bytes[0] < 0xf0) {
        weir_error_set(error, WEIR_E_CORRUPT, "a frame of kind %u", bytes[0]);
        return (weir_decoded){WEIR_FOUND_BAD, 0};
    }
    if (n < 3)
        return (weir_decoded){WEIR_FOUND_NEED, 3};
    size_t size = (size_t)bytes[1] << 8 | bytes[2];
    if (n < 3 + size)
        return (weir_decoded){WEIR_FOUND_NEED, 3 + size};
    if (bytes[0] == 0xff)
        return (weir_decoded){WEIR_FOUND_SKIP, 3 + size};
    if (bytes[0] == 0xf0) {
        weir_error_set(error, WEIR_E_CORRUPT, "a bad frame");
        error->byte = 1;
        return (weir_decoded){WEIR_FOUND_BAD, 3 + size};
    }
    *(struct my_frame *)out = (struct my_frame){bytes[0], {(const char *)bytes + 3, size}};
    return (weir_decoded){WEIR_FOUND_ITEM, 3 + size};
}

static const weir_decoder my_frame_decoder = {.size = sizeof my_frame_decoder,
                                              .name = "my_frame",
                                              .type = &my_frame_type,
                                              .decode = my_frame_decode};

static inline size_t my_frame_encode(void *state, const void *item, unsigned char *out, size_t size,
                                     weir_error *error)
{
    const struct my_frame *frame = item;
    size_t n = 3 + frame->body.size;
    (void)state;
    if (frame->kind > 3) {
        weir_error_set(error, WEIR_E_USER, "there is no kind %u", frame->kind);
        return 0;
    }
    if (n > size)
        return n;
    out[0] = frame->kind;
    out[1] = (unsigned char)(frame->body.size >> 8);
    out[2] = (unsigned char)frame->body.size;
    if (frame->body.size)
        memcpy(out + 3, frame->body.data, frame->body.size);
    return n;
}

static const weir_encoder my_frame_encoder = {.size = sizeof my_frame_encoder,
                                              .name = "my_frame",
                                              .type = &my_frame_type,
                                              .encode = my_frame_encode};

/* The last error of a stream that is read to its end. */
static inline weir_error error_of(weir_stream *stream)
{
    struct trace trace = {.no_pending = true};
    struct test_cx test;
    test_cx_init(&test);
    trace_run(&trace, stream, &test, 64);
    weir_drop(stream);
    test_cx_fini(&test);
    return trace.error;
}

#endif
