/* feed.h: bytes into lines: of a socket, or a file. */
#ifndef TOOL_FEED_H
#define TOOL_FEED_H

#include "json_line.h"

struct feed {
    char bytes[JSON_LINE_BYTES_MAX + 1];
    size_t n;
    bool beyond; /* the line is too long, and is thrown away up to its end */
};

/* The next whole line out of [*at, end), which begins behind it then; false: more bytes are needed.
 * One that was too long is given as "". */
bool feed_line(struct feed *feed, const char **at, const char *end, const char **line, size_t *n);
/* What stands behind the last newline; false: nothing. */
bool feed_rest(struct feed *feed, const char **line, size_t *n);

#endif
