/* Text: whether bytes are UTF-8, and from where on they are not. */

#include "bytes/utf8.h"

#include <string.h>

/* The bytes behind the first one of a sequence, and the range of the second: that is where what is
 * written too long, surrogates and what is past U+10FFFF are told. */
struct lead {
    unsigned char more, from, to;
};

static struct lead lead_of(unsigned char byte)
{
    if (byte < 0x80)
        return (struct lead){0, 0, 0};
    if (byte >= 0xc2 && byte <= 0xdf)
        return (struct lead){1, 0x80, 0xbf};
    if (byte >= 0xe0 && byte <= 0xef)
        return (struct lead){2, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf};
    if (byte >= 0xf0 && byte <= 0xf4)
        return (struct lead){3, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf};
    return (struct lead){UINT8_MAX, 0, 0};
}

/* How many bytes the character takes that begins here; 0: none does. */
static size_t character(const unsigned char *bytes, size_t n)
{
    struct lead lead = lead_of(*bytes);
    if (lead.more >= n)
        return 0;
    if (lead.more && (bytes[1] < lead.from || bytes[1] > lead.to))
        return 0;
    for (size_t i = 2; i <= lead.more; i++)
        if (bytes[i] < 0x80 || bytes[i] > 0xbf)
            return 0;
    return lead.more + (size_t)1;
}

/* Eight bytes at a time as long as they are ASCII. */
static bool is_ascii(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return !(word & UINT64_C(0x8080808080808080));
}

/* Past the ASCII that stands here. */
static size_t pass_ascii(const unsigned char *bytes, size_t at, size_t n)
{
    while (n - at >= sizeof(uint64_t) && is_ascii(bytes + at))
        at += sizeof(uint64_t);
    while (at < n && bytes[at] < 0x80)
        at++;
    return at;
}

size_t weir_utf8_bytes(const unsigned char *bytes, size_t n)
{
    size_t at = 0;
    while ((at = pass_ascii(bytes, at, n)) < n) {
        size_t more = character(bytes + at, n - at);
        if (!more)
            return at;
        at += more;
    }
    return at;
}
