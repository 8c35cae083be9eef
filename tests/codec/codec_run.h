/* Runs a codec by hand with its input and output cut in given ways, and compares the outcomes. */
#ifndef WEIR_TESTS_CODEC_RUN_H
#define WEIR_TESTS_CODEC_RUN_H

#include "doubles.h"

/* How input and output are cut: `piece` bytes at a time (0: all), or random pieces up to it. */
struct cut {
    size_t in_piece;
    size_t out_piece;
    bool random;
    bool last_alone; /* that nothing follows is said by a step without input, as the adapter does */
};

struct outcome {
    unsigned char *data;
    size_t n;
    size_t room;            /* at data */
    weir_codec_state state; /* DONE or BAD */
    weir_error error;
    size_t used; /* bytes of the input that were taken */
};

/* Aborts when the codec stands still, or makes more than out_max bytes. */
struct outcome codec_run(const weir_codec *codec, const void *options, const void *in, size_t n,
                         struct cut cut, size_t out_max);
void outcome_fini(struct outcome *outcome);
void assert_same_outcome(const struct outcome *a, const struct outcome *b);

/* How the bytes of a ragged reader come. */
struct ragged {
    size_t piece_max; /* each read brings 1 to so many */
    size_t waits_max; /* and is preceded by 0 to so many PENDINGs in a row, woken at once */
    bool yields;      /* these PENDINGs say that the turn is over, and not that nothing is there */
};
weir_reader *ragged_reader(const void *bytes WEIR_KEEPS, size_t n, struct ragged how,
                           uint64_t seed);

/* A made-up source of numbers; the same seed gives the same. */
uint64_t draw(uint64_t *seed);
size_t draw_below(uint64_t *seed, size_t limit);
/* Bytes of a kind that changes from seed to seed: text, zeros, noise. malloc memory. */
unsigned char *draw_bytes(uint64_t *seed, size_t n);

/* zlib's own answer. malloc memory. */
unsigned char *reference_gzip(const void *in, size_t n, int level, size_t *out_n);
unsigned char *reference_gunzip(const void *in, size_t n, size_t out_max, size_t *out_n);

#endif
