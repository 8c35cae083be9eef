/* What the adapters decode and encode share: the limit of a frame, and what becomes of a format
 * that breaks its contract. */
#ifndef WEIR_CODEC_ADAPTER_H
#define WEIR_CODEC_ADAPTER_H

#include "core/stage.h"
#include "weir/reader.h"

#define WEIR_FRAME_BYTES_CURE "a limit from 1 to WEIR_MIN_MAX bytes"
#define WEIR_FRAME_BYTES_TEXT "%s: the limit 'frame_bytes_max' is %zu bytes"
#define WEIR_DID_NOT_BEGIN "could not begin and described no error"

static inline bool weir_frame_bytes_fit(size_t bytes)
{
    return bytes && bytes <= WEIR_MIN_MAX;
}

/* What it made is not to be trusted, so this ends it. */
static inline void weir_codec_broken(const char *name, const char *what, const char *breach,
                                     weir_error *error)
{
    if (WEIR_CHECKS)
        weir_misuse(name, breach);
    weir_error_set(error, WEIR_E_CORRUPT, "the %s can not go on: it %s", what, breach);
}

struct weir_decoder;

/* The state of a decoder from its stream; NULL: it is no stream of that decoder's. */
void *weir_decode_state(const weir_stream *stream, const struct weir_decoder *decoder);

#endif
