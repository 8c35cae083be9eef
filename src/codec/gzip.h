/* What the two readers that compress have in common: in one piece (gzip.c), in blocks on several
 * threads (task/gzip_threads.c). */
#ifndef WEIR_CODEC_GZIP_H
#define WEIR_CODEC_GZIP_H

#include "codec/deflate.h"

/* NULL: the defaults. A smaller struct is an older program's: the rest is 0. */
weir_gzip_options weir_gzip_options_all(const weir_gzip_options *given);

/* From 0 to 9, or the default, of what stands in the options. */
int weir_gzip_zlib_level(int level);

/* The reader, or the refused one where the options have no such level. */
weir_reader *weir_gzip_expect_level(weir_reader *reader WEIR_TAKES, int level);

/* In one piece. */
weir_reader *weir_gzip_alone(weir_reader *source WEIR_TAKES, const weir_gzip_options *all);

#endif
