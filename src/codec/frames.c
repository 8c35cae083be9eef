/* frames: runs of bytes behind their length, as items and back. */

#include "weir/frames.h"

#include <string.h>

#include "core/stage.h"
#include "weir/decode.h"

static size_t head_of(const weir_frames_options *options)
{
    return options->offset + options->width;
}

static weir_frames_options frames_taken(const weir_frames_options *given)
{
    enum { FIRST_BYTES = offsetof(weir_frames_options, frame_bytes_max) + sizeof(size_t) };
    weir_frames_options options;
    weir_options_take(&options, sizeof options, given, FIRST_BYTES);
    if (!options.width)
        options.width = 4;
    if (!options.frame_bytes_max)
        options.frame_bytes_max = WEIR_FRAME_BYTES_MAX_DEFAULT;
    return options;
}

static bool frames_begin(void *state, const void *given, weir_error *error)
{
    const weir_frames_options *options = given;
    memcpy(state, options, sizeof *options);
    if (options->width > WEIR_FRAME_WIDTH_MAX)
        weir_error_set(error, WEIR_E_ARGUMENT, "a length has 1 to %d bytes, not %u",
                       WEIR_FRAME_WIDTH_MAX, options->width);
    else if (options->offset > WEIR_FRAME_OFFSET_MAX)
        weir_error_set(error, WEIR_E_ARGUMENT, "before a length stand 0 to %d bytes, not %u",
                       WEIR_FRAME_OFFSET_MAX, options->offset);
    else
        return true;
    return false;
}

/* ---- lengths ---- */

static uint64_t length_at(const weir_frames_options *options, const unsigned char *bytes)
{
    uint64_t length = 0;
    size_t width = options->width;
    for (size_t i = 0; i < width; i++)
        length = length << 8 | bytes[options->little_endian ? width - 1 - i : i];
    return length;
}

static void put_length(const weir_frames_options *options, unsigned char *out, uint64_t length)
{
    size_t width = options->width;
    for (size_t i = 0; i < width; i++, length >>= 8)
        out[options->little_endian ? i : width - 1 - i] = (unsigned char)length;
}

static bool frames_has_room(const weir_frames_options *options, uint64_t length)
{
    return options->width == WEIR_FRAME_WIDTH_MAX || !(length >> 8 * options->width);
}

/* ---- frames ---- */

/* The bytes behind the header. false: error was set. */
static bool frame_bytes(const weir_frames_options *options, uint64_t length, size_t *n,
                        weir_error *error)
{
    uint64_t bytes = length + (uint64_t)options->adjustment;
    bool below = options->adjustment < 0 && length < -(uint64_t)options->adjustment;
    bool wraps = options->adjustment > 0 && bytes < length;
    *n = (size_t)bytes;
    if (!below && !wraps && bytes <= options->frame_bytes_max)
        return true;
    if (below) {
        weir_error_set(error, WEIR_E_CORRUPT,
                       "a frame's length is %llu, with an adjustment of %lld",
                       (unsigned long long)length, (long long)options->adjustment);
        return false;
    }
    weir_error_set(error, WEIR_E_LIMIT, "a frame of %llu bytes; frame_bytes_max = %zu",
                   (unsigned long long)(wraps ? UINT64_MAX : bytes), options->frame_bytes_max);
    error->cure = "a larger limit, if such frames are meant to be there";
    return false;
}

static weir_decoded frames_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                                  void *out, weir_error *error)
{
    const weir_frames_options *options = state;
    size_t head = head_of(options), size;
    (void)last;
    if (n < head)
        return (weir_decoded){WEIR_FOUND_NEED, head};
    if (!frame_bytes(options, length_at(options, bytes + options->offset), &size, error))
        return (weir_decoded){WEIR_FOUND_BAD, 0};
    if (n < head + size)
        return (weir_decoded){WEIR_FOUND_NEED, head + size};
    size_t from = options->keep_header ? 0 : head;
    *(weir_line *)out = (weir_line){(const char *)bytes + from, head + size - from};
    return (weir_decoded){WEIR_FOUND_ITEM, head + size};
}

static const weir_decoder frames_decoder = {.size = sizeof frames_decoder,
                                            .name = "frames",
                                            .type = &weir_type_line,
                                            .state_size = sizeof(weir_frames_options),
                                            .decode = frames_decode,
                                            .init = frames_begin};

/* With its header a frame may be over the limit of a decoder's frames: that is one of the buffer.
 */
weir_stream *weir_frames(weir_reader *source, const weir_frames_options *given)
{
    weir_frames_options options = frames_taken(given);
    size_t most = options.frame_bytes_max;
    if (most < WEIR_MIN_MAX)
        most = most + head_of(&options) < WEIR_MIN_MAX ? most + head_of(&options) : WEIR_MIN_MAX;
    return weir_decode(source, &frames_decoder, &options, most);
}

/* ---- and back ---- */

static bool begin_back(void *state, const void *given, weir_error *error)
{
    const weir_frames_options *options = given;
    if (!frames_begin(state, given, error))
        return false;
    if (!options->offset && !options->keep_header)
        return true;
    weir_error_set(error, WEIR_E_ARGUMENT, "to_frames: what stands before a length is not known");
    error->cure = "weir_into_reader(), for lines that have their header";
    return false;
}

static size_t frames_encode(void *state, const void *item, unsigned char *out, size_t size,
                            weir_error *error)
{
    const weir_frames_options *options = state;
    const weir_line *line = item;
    uint64_t length = line->size - (uint64_t)options->adjustment;
    bool below = options->adjustment > 0 && line->size < (uint64_t)options->adjustment;
    bool above = line->size > options->frame_bytes_max;
    if (below || above || !frames_has_room(options, length)) {
        weir_error_set(error, WEIR_E_LIMIT,
                       "a frame of %zu bytes; its length has %u bytes, frame_bytes_max = %zu",
                       line->size, options->width, options->frame_bytes_max)
            ->cure = above   ? "a larger limit, if such frames are meant to be there"
                     : below ? "a smaller adjustment"
                             : "a larger width";
        return 0;
    }
    size_t n = options->width + line->size;
    if (n > size)
        return n;
    put_length(options, out, length);
    if (line->size)
        memcpy(out + options->width, line->data, line->size);
    return n;
}

#define TO_FRAMES(type_)                                                                           \
    {                                                                                              \
        .size = sizeof(weir_encoder), .name = "to_frames", .type = (type_),                        \
        .state_size = sizeof(weir_frames_options), .encode = frames_encode, .init = begin_back     \
    }
static const weir_encoder of_lines = TO_FRAMES(&weir_type_line);
static const weir_encoder of_owned_lines = TO_FRAMES(&weir_type_owned_line);

weir_reader *weir_to_frames(weir_stream *source, const weir_frames_options *given)
{
    weir_frames_options options = frames_taken(given);
    size_t most = options.frame_bytes_max;
    if (most < WEIR_MIN_MAX - WEIR_FRAME_WIDTH_MAX)
        most += WEIR_FRAME_WIDTH_MAX;
    bool owned = weir_type_fits(source->type, &weir_type_owned_line);
    return weir_encode(source, owned ? &of_owned_lines : &of_lines, &options, most);
}
