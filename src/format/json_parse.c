/* What yyjson reads, and what it has no limits for: its memory, depth, and the length of numbers.
 */

#ifdef WEIR_HAVE_YYJSON
#include "format/json_parse.h"

#include <yyjson.h>

static void *json_parse_take(void *pool, size_t n)
{
    return weir_json_pool_take(pool, n);
}

static void *resize(void *pool, void *old, size_t old_n, size_t n)
{
    return weir_json_pool_resize(pool, old, old_n, n);
}

static void json_parse_give_back(void *pool, void *old)
{
    (void)pool;
    (void)old; /* all goes with the next reset */
}

/* ---- what was refused ---- */

/* Where the list or object begins that is one too deep. */
static size_t too_deep_at(const char *bytes, size_t n)
{
    size_t depth = 0, at = 0;
    for (; at < n && depth <= WEIR_JSON_DEPTH_MAX; at++) {
        if (bytes[at] == '"')
            for (at++; bytes[at] != '"'; at++)
                at += bytes[at] == '\\';
        else if (bytes[at] == '{' || bytes[at] == '[')
            depth++;
        else if (bytes[at] == '}' || bytes[at] == ']')
            depth--;
    }
    return at - 1;
}

static void json_parse_refuse_text(const weir_json_pool *pool, const yyjson_read_err *why, size_t n,
                                   weir_error *error)
{
    if (why->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION && pool->full) {
        weir_error_set(error, WEIR_E_LIMIT,
                       "the values of %zu bytes of text take more than json_bytes_max = %zu", n,
                       pool->bytes_max);
        error->cure = "a larger limit, if such values are meant to be there";
    } else if (why->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for the values of %zu bytes of text", n);
    } else if (why->code == YYJSON_READ_ERROR_UNEXPECTED_END) {
        weir_error_set(error, WEIR_E_TRUNCATED, "JSON that ends inside of a value")->cure =
            "a whole copy of it, if there is one";
    } else {
        bool behind = why->code == YYJSON_READ_ERROR_UNEXPECTED_CONTENT;
        weir_error_set(error, WEIR_E_CORRUPT, "not JSON: %s", why->msg);
        error->cure =
            behind ? "one value on each line, and weir_ndjson()" : "a look at what stands there";
    }
}

/* ---- depth and digits: the values stand in a row, in the order of the text ---- */

struct json_parse_walk {
    const char *bytes; /* the text */
    size_t n;
    const yyjson_val *ends[WEIR_JSON_DEPTH_MAX]; /* of those that are open */
    size_t depth;
    weir_error *error;
    size_t *at;
};

static bool refuse_depth(const struct json_parse_walk *walk)
{
    weir_error_set(walk->error, WEIR_E_LIMIT, "more than %d lists and objects in each other",
                   (int)WEIR_JSON_DEPTH_MAX)
        ->cure = "a flatter value";
    *walk->at = too_deep_at(walk->bytes, walk->n);
    return false;
}

static bool look_at_value(struct json_parse_walk *walk, const yyjson_val *value, const char *copy)
{
    while (walk->depth && value == walk->ends[walk->depth - 1])
        walk->depth--;
    if (unsafe_yyjson_is_ctn((void *)(uintptr_t)value)) {
        if (walk->depth == WEIR_JSON_DEPTH_MAX)
            return refuse_depth(walk);
        walk->ends[walk->depth++] =
            (const yyjson_val *)(const void *)((const char *)value + value->uni.ofs);
        return true;
    }
    size_t size = unsafe_yyjson_get_len((void *)(uintptr_t)value);
    if (unsafe_yyjson_get_type((void *)(uintptr_t)value) != YYJSON_TYPE_RAW ||
        size <= WEIR_JSON_DIGITS_MAX)
        return true;
    weir_error_set(walk->error, WEIR_E_LIMIT, "a number of %zu bytes; at most %d are read", size,
                   (int)WEIR_JSON_DIGITS_MAX)
        ->cure = "such a number in quotes";
    *walk->at = (size_t)(value->uni.str - copy);
    return false;
}

static bool is_within(const yyjson_doc *doc, struct json_parse_walk *walk)
{
    walk->depth = 0;
    for (size_t i = 0; i < doc->val_read; i++)
        if (!look_at_value(walk, doc->root + i, doc->str_pool))
            return false;
    return true;
}

const void *weir_json_parse(weir_json_pool *pool, const void *bytes, size_t n, weir_error *error,
                            size_t *at)
{
    const yyjson_alc memory = {json_parse_take, resize, json_parse_give_back, pool};
    yyjson_read_err why;
    char *text = (char *)(uintptr_t)bytes; /* it is copied: without INSITU nothing is written */
    const yyjson_doc *doc = yyjson_read_opts(text, n, YYJSON_READ_NUMBER_AS_RAW, &memory, &why);
    if (!doc) {
        *at = why.pos;
        json_parse_refuse_text(pool, &why, n, error);
        return NULL;
    }
    if (n < 2 * WEIR_JSON_DEPTH_MAX)
        return doc->root; /* neither limit can be passed */
    struct json_parse_walk walk;
    walk.bytes = bytes;
    walk.n = n;
    walk.error = error;
    walk.at = at;
    return is_within(doc, &walk) ? doc->root : NULL;
}
#endif
