/* into_stream: a stream of what a value holds. What it is the compiler has told (weir/into.h). */

#include "weir/into.h"
#include "weir/source.h"

static const weir_type char_type = WEIR_TYPE(char);

/* In the order of the enum. */
static const weir_type number_types[] = {
    WEIR_TYPE(int8_t),  WEIR_TYPE(uint8_t),  WEIR_TYPE(int16_t), WEIR_TYPE(uint16_t),
    WEIR_TYPE(int32_t), WEIR_TYPE(uint32_t), WEIR_TYPE(int64_t), WEIR_TYPE(uint64_t),
    WEIR_TYPE(float),   WEIR_TYPE(double),   WEIR_TYPE(bool)};
enum { NUMBER_TYPES = sizeof number_types / sizeof *number_types };
_Static_assert(NUMBER_TYPES == WEIR_INTO_BOOL - WEIR_INTO_I8 + 1, "one for each kind of array");

static weir_stream *of_bytes(const char *bytes, size_t n)
{
    return weir_iter(&char_type, bytes, n);
}

/* To its NUL, which an array of `most` need not have. */
static weir_stream *of_string(const char *text, size_t most)
{
    size_t n = 0;
    while (n < most && text[n])
        n++;
    return of_bytes(text, n);
}

static weir_stream *of_array(const void *items, size_t bytes, weir_into what)
{
    size_t i = (size_t)what - WEIR_INTO_I8;
    if (i >= NUMBER_TYPES)
        return weir_stream_refused(WEIR_E_ARGUMENT, NULL, "into_stream: kind %zu is not known",
                                   NULL, NULL, (size_t)what);
    return weir_iter(&number_types[i], items, bytes / number_types[i].size);
}

weir_stream *weir_into_stream_from(const void *value, size_t bytes, weir_into what)
{
    const weir_line *line = value;
    const weir_bounds *bounds = value;
    void *own = (void *)(uintptr_t)value;
    switch (what) {
    case WEIR_INTO_STREAM:
        return own;
    case WEIR_INTO_VEC:
        return weir_from_vec(own);
    case WEIR_INTO_STRING:
        return of_string(value, bytes);
    case WEIR_INTO_LINE:
        return of_bytes(line->data, line->size);
    case WEIR_INTO_BOUNDS:
        return weir_range(bounds->from, bounds->to);
    default:
        return of_array(value, bytes, what);
    }
}
