/* One JSON text, by yyjson. */
#ifndef WEIR_FORMAT_JSON_PARSE_H
#define WEIR_FORMAT_JSON_PARSE_H

#include "format/json_pool.h"
#include "weir/json.h"

/* The value that all n (> 0) bytes are, in the pool, for weir_json.root. NULL: error was set, and
 * *at is where in the bytes: CORRUPT; TRUNCATED where they end inside of the value, or have none;
 * LIMIT; MEMORY. */
const void *weir_json_parse(weir_json_pool *pool, const void *bytes, size_t n, weir_error *error,
                            size_t *at);

/* Stages in a library that was built without JSON. */
#define WEIR_JSON_MISSING "no JSON: built without yyjson"
#define WEIR_JSON_CURE "a library that was built with -Djson=enabled (scripts/install-yyjson)"

#endif
