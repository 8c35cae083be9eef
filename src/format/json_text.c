/* Strings, eight or sixteen bytes at a time as long as nothing in them wants a look. */

#include "format/json_text.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "bytes/utf8.h"

void weir_json_put(weir_json_out *to, const void *bytes, size_t n)
{
    if (n && to->n <= to->size && n <= to->size - to->n)
        memcpy(to->out + to->n, bytes, n);
    to->n += n;
}

/* ---- what wants no look ---- */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not 0 where one of eight bytes is below a space, a quote, a backslash, or not ASCII. */
static inline uint64_t odd_of(uint64_t bytes)
{
    uint64_t quote = (bytes ^ EACH('"')) - EACH(1);
    uint64_t backslash = (bytes ^ EACH('\\')) - EACH(1);
    return (bytes | (bytes - EACH(' ')) | quote | backslash) & EACH(0x80);
}

static inline uint64_t copy_eight(unsigned char *out, const char *from)
{
    uint64_t bytes;
    memcpy(&bytes, from, sizeof bytes);
    memcpy(out, &bytes, sizeof bytes);
    return odd_of(bytes);
}

/* Both ends of 4 to 7 bytes. */
static inline uint64_t copy_four(unsigned char *out, const char *from, size_t n)
{
    uint32_t first, last;
    memcpy(&first, from, sizeof first);
    memcpy(&last, from + n - sizeof last, sizeof last);
    memcpy(out, &first, sizeof first);
    memcpy(out + n - sizeof last, &last, sizeof last);
    return odd_of((uint64_t)last << 32 | first);
}

/* The first, the middle and the last of 1 to 3 bytes are all of them. */
static inline uint64_t copy_few(unsigned char *out, const char *from, size_t n)
{
    unsigned char first = (unsigned char)from[0], middle = (unsigned char)from[n / 2];
    unsigned char last = (unsigned char)from[n - 1];
    out[0] = first;
    out[n / 2] = middle;
    out[n - 1] = last;
    uint64_t bytes = first | (uint64_t)middle << 8 | (uint64_t)last << 16;
    return odd_of(bytes | EACH(' ') << 24);
}

#ifdef __SSE2__
/* As signed numbers, bytes that are not ASCII are below a space too. */
static inline __m128i copy_sixteen(unsigned char *out, const char *from)
{
    __m128i bytes = _mm_loadu_si128((const void *)from);
    _mm_storeu_si128((void *)out, bytes);
    __m128i odd = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                               _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return _mm_or_si128(odd, _mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')));
}

/* Of 16 and more. */
static inline bool copy_many(unsigned char *out, const char *from, size_t n)
{
    __m128i odd = copy_sixteen(out + n - 16, from + n - 16);
    for (size_t i = 0; i + 16 < n; i += 16)
        odd = _mm_or_si128(odd, copy_sixteen(out + i, from + i));
    return !_mm_movemask_epi8(odd);
}
#else
static inline bool copy_many(unsigned char *out, const char *from, size_t n)
{
    uint64_t odd = copy_eight(out + n - 8, from + n - 8);
    for (size_t i = 0; i + 8 < n; i += 8)
        odd |= copy_eight(out + i, from + i);
    return !odd;
}
#endif

/* Copies n bytes; false: they want a look, and are copied for nothing. */
static inline bool copy_plain(unsigned char *out, const char *from, size_t n)
{
    if (n >= 16)
        return copy_many(out, from, n);
    if (n >= 8)
        return !(copy_eight(out, from) | copy_eight(out + n - 8, from + n - 8));
    if (n >= 4)
        return !copy_four(out, from, n);
    return !n || !copy_few(out, from, n);
}

/* ---- what does ---- */

/* A byte that has to be escaped. */
static void put_escape(weir_json_out *to, unsigned char byte)
{
    static const char known[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    static const char digits[] = "0123456789abcdef";
    char text[] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    for (size_t i = 0; i + 1 < sizeof known; i += 2)
        if ((unsigned char)known[i] == byte) {
            text[1] = known[i + 1];
            weir_json_put(to, text, 2);
            return;
        }
    weir_json_put(to, text, sizeof text);
}

/* How many bytes there are before one that is escaped. */
static size_t plain_run(const unsigned char *bytes, size_t n)
{
    size_t at = 0;
    while (at < n && bytes[at] >= ' ' && bytes[at] != '"' && bytes[at] != '\\')
        at++;
    return at;
}

static bool json_text_put_escaped(weir_json_out *to, weir_text text, size_t *wrong)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    *wrong = text.size ? weir_utf8_bytes(bytes, text.size) : 0;
    if (*wrong < text.size)
        return false;
    weir_json_put_byte(to, '"');
    for (size_t at = 0; at < text.size;) {
        size_t run = plain_run(bytes + at, text.size - at);
        weir_json_put(to, bytes + at, run);
        at += run;
        if (at < text.size)
            put_escape(to, bytes[at++]);
    }
    weir_json_put_byte(to, '"');
    return true;
}

bool weir_json_put_text(weir_json_out *to, weir_text text, size_t *wrong)
{
    size_t room = to->n <= to->size ? to->size - to->n : 0;
    if (room < text.size || room - text.size < 2)
        return json_text_put_escaped(to, text, wrong);
    unsigned char *out = to->out + to->n;
    if (!copy_plain(out + 1, text.data, text.size))
        return json_text_put_escaped(to, text, wrong);
    out[0] = '"';
    out[text.size + 1] = '"';
    to->n += text.size + 2;
    return true;
}
