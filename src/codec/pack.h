/* What the compressors have in common. */
#ifndef WEIR_CODEC_PACK_H
#define WEIR_CODEC_PACK_H

#include "codec/unpack.h"
#include "core/stage.h"

/* False: there is no such level, and error says so. */
static inline bool weir_pack_level_is(const char *format, int level, int least, int most,
                                      const char *cure, weir_error *error)
{
    if (level >= least && level <= most)
        return true;
    weir_error_set(error, WEIR_E_ARGUMENT, "%s has no level %d", format, level);
    error->cure = cure;
    return false;
}

#endif
