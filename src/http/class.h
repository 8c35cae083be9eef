/* Which bytes may stand where, as RFC 9110 has it: one look a byte. */
#ifndef WEIR_HTTP_CLASS_H
#define WEIR_HTTP_CLASS_H

#include "weir/base.h"

enum {
    WEIR_HTTP_TOKEN = 1,   /* of a method, a name, a member of a list */
    WEIR_HTTP_VISIBLE = 2, /* of a target: ASCII that is seen */
    WEIR_HTTP_VALUE = 4,   /* of a value: that, blanks, and what is above ASCII */
    WEIR_HTTP_NAME = 8     /* of a host's name */
};

extern const uint8_t weir_http_class[256];

static inline bool weir_http_is(unsigned char c, uint8_t class)
{
    return (weir_http_class[c] & class) != 0;
}

static inline bool weir_http_is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

static inline bool weir_http_is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static inline unsigned char weir_http_fold(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* [bytes, n) is the word, which is in small letters, in whatever case. */
static inline bool weir_http_same(const unsigned char *bytes, size_t n, const char *word)
{
    size_t i = 0;
    while (i < n && word[i] && weir_http_fold(bytes[i]) == (unsigned char)word[i])
        i++;
    return i == n && !word[i];
}

#endif
