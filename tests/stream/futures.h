/* Streams of scripted futures, for buffered and buffer_unordered. Defined in buffered.c. */
#ifndef WEIR_TESTS_FUTURES_H
#define WEIR_TESTS_FUTURES_H

#include "stages.h"

enum { FUTURES_MAX = 9 };
extern struct script futures[FUTURES_MAX];
extern struct script futures_source;

/* The source's items are numbers of `texts`: each is the script of one future. */
weir_stream *futures_stream(const char *source_text, const char *const *texts);

#endif
