/* json_line.h: JSON of one line, read where it stands: nothing is allocated, and what nobody asks
 * for is stepped over.
 *
 *     struct json object, name, value;
 *     if (json_read(&object, line, n))
 *         while (json_next(&object, &name, &value))
 */
#ifndef TOOL_JSON_LINE_H
#define TOOL_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_LINE_BYTES_MAX = 64 << 10, JSON_DEPTH_MAX = 16 };

/* A value, from its first byte to behind its last; at NULL: there is none. */
struct json {
    const char *at, *end;
};

/* The text is one value and nothing else, in the bounds above; false: it is not. Only what it has
 * found is given to the others. */
bool json_read(struct json *out, const char *text, size_t n);

/* Of an object the next name and value, of an array the next value; false: that was all, or it is
 * neither. `rest` holds the object or array at first, then what is left of it. */
bool json_next(struct json *rest, struct json *name, struct json *value);

/* A member of an object; none: at is NULL. Of several the first. */
struct json json_member(struct json object, const char *name);

/* It is this text. */
bool json_is(struct json value, const char *text);

/* A whole number; what is none, or is too large: `otherwise`. */
uint64_t json_u64(struct json value, uint64_t otherwise);
double json_double(struct json value, double otherwise);
bool json_true(struct json value);

/* A text, as UTF-8 with a NUL behind it, cut where size ends. What is no text is "". A NUL within,
 * and what is no character, becomes U+FFFD. Returns its bytes. */
size_t json_text(struct json value, char *out, size_t size);

#endif
