/* Newlines in bytes, 64 at a time. */
#ifndef WEIR_CODEC_NEWLINE_H
#define WEIR_CODEC_NEWLINE_H

#include "weir/base.h"

/* One set of functions for each level of processor (WEIR_CPU_x). None reads past bytes + n. */
typedef struct weir_newline_ops {
    /* Where the first newline stands; n: there is none. */
    size_t (*find)(const unsigned char *bytes, size_t n);
    /* How many bytes there are up to the last newline and with it; 0: there is none. */
    size_t (*last)(const unsigned char *bytes, size_t n);
    size_t (*count)(const unsigned char *bytes, size_t n);
    /* Where the first ends_max newlines stand. Returns how many there are. */
    size_t (*ends)(const unsigned char *bytes, size_t n, size_t *ends, size_t ends_max);
} weir_newline_ops;

const weir_newline_ops *weir_newline_at(int cpu_level);

#endif
