/* What the tests of pipelines share. */
#ifndef WEIR_TESTS_PIPELINE_RIG_H
#define WEIR_TESTS_PIPELINE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"
#include "weir/pipeline.h"

/* NULL: refused, and `said` holds the note. */
extern weir_note said;
weir_pipeline *parsed(const char *text, const weir_parse_options *options);

/* It is refused with these words, under these bytes of it; NULL: nowhere. */
void refused(const char *text, const weir_parse_options *options, const char *at,
             const char *message);

/* All that it makes of the bytes, for free(). It must go well. */
char *made_of(const char *text, const char *input);

#endif
