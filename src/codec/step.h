/* What codec_reader and codec_writer hold a codec to. */
#ifndef WEIR_CODEC_STEP_H
#define WEIR_CODEC_STEP_H

#include "weir/codec.h"

/* Nobody is refused for what is little: from here on the ratio is looked at. */
enum { WEIR_RATIO_FREE_BYTES = 1 << 20 };

/* What stands for a state: also of a codec that has none. */
static inline size_t weir_step_state_bytes(const weir_codec *codec)
{
    return codec->state_size ? codec->state_size : 1;
}

static inline bool weir_step_init(const weir_codec *codec, void *state, const void *options,
                                  weir_error *error)
{
    return !codec->init || codec->init(state, options, error);
}

/* A step went outside of what it was given. */
static inline bool weir_step_strayed(const weir_span *before, const weir_span *after)
{
    return after->in_n > before->in_n || after->in != before->in + (before->in_n - after->in_n) ||
           after->out_n > before->out_n ||
           after->out != before->out + (before->out_n - after->out_n);
}

/* So much came out of so little that it was made to fill a memory or a disk: error is set. */
static inline bool weir_step_is_bomb(uint32_t ratio_max, uint64_t made, uint64_t used,
                                     weir_error *error)
{
    if (!ratio_max || made <= WEIR_RATIO_FREE_BYTES || made / ratio_max <= used)
        return false;
    weir_error_set(error, WEIR_E_LIMIT, "%llu bytes came out of %llu, more than %u out of each",
                   (unsigned long long)made, (unsigned long long)used, ratio_max);
    error->cure = "another ratio_max, where the sender is trusted";
    return true;
}

#endif
