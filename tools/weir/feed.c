/* Bytes into lines, none longer than a session's are. */
#include "feed.h"

#include <string.h>

bool feed_line(struct feed *feed, const char **at, const char *end, const char **line, size_t *n)
{
    size_t there = (size_t)(end - *at);
    const char *newline = memchr(*at, '\n', there);
    size_t more = newline ? (size_t)(newline - *at) : there;

    if (more > JSON_LINE_BYTES_MAX - feed->n)
        feed->beyond = true;
    if (!feed->beyond) {
        memcpy(feed->bytes + feed->n, *at, more);
        feed->n += more;
    }
    *at += more + (newline != NULL);
    if (!newline)
        return false;
    *line = feed->bytes;
    *n = feed->beyond ? 0 : feed->n;
    feed->n = 0;
    feed->beyond = false;
    return true;
}

bool feed_rest(struct feed *feed, const char **line, size_t *n)
{
    bool there = feed->n || feed->beyond;

    *line = feed->bytes;
    *n = feed->beyond ? 0 : feed->n;
    feed->n = 0;
    feed->beyond = false;
    return there;
}
