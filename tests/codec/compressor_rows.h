/* The compressors, a row each: what all of them are held to. */
#ifndef WEIR_TESTS_COMPRESSOR_ROWS_H
#define WEIR_TESTS_COMPRESSOR_ROWS_H

#include "codec_run.h"

enum { LEVELS_MAX = 4 };

struct compressor {
    const char *name;
    const weir_codec *pack, *unpack;
    weir_reader *(*packed)(weir_reader *source WEIR_TAKES, int level);
    weir_reader *(*flushed)(weir_reader *source WEIR_TAKES); /* NULL: it can not flush */
    weir_reader *(*unpacked)(weir_reader *source WEIR_TAKES,
                             const weir_decompress_options *options);
    int levels[LEVELS_MAX]; /* the lowest, the default, the highest, and one that is quick */
    int refused[3];         /* levels that it does not have */
    const char *frame;      /* what a frame is called */
    bool several;           /* frames may follow each other */
    bool slow;              /* at its default level */
    bool vague;   /* how the input is cut shows in what comes before an error, and its byte */
    bool checked; /* damage does not pass as other bytes */
};
enum { LEVEL_LOWEST, LEVEL_DEFAULT, LEVEL_HIGHEST, LEVEL_QUICK };

extern const struct compressor
    compressors[]; /* those that this build has; without a name: the end */

/* All of it, packed; malloc memory. */
struct bytes pack(const struct compressor *row, int level, const void *bytes, size_t n);
struct bytes unpack(const struct compressor *row, const void *bytes, size_t n,
                    const weir_decompress_options *options, weir_error *error);

/* The same as from a peer. */
weir_reader *remote_reader(const void *bytes WEIR_KEEPS, size_t n);

#endif
