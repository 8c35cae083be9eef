/* Text for people. A file name may hold anything, escape sequences for the terminal included. */
#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* Bytes of the UTF-8 character at `s`, its number in *code; 0: there is none. */
static size_t character(const unsigned char *s, uint32_t *code)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;

    if (n == 0 || s[0] >= 0xf8)
        return 0;
    *code = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (s[i] & 0x3fu);
    }
    return *code < least[n] || *code > 0x10ffff || (*code >> 11) == 0x1b ? 0 : n;
}

static bool steers(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
           (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

char *text_harmless(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    char *out = memory_zeroed(strlen(text) * 4 + 1, 1); /* each byte may become \xHH */
    char *to = out;

    while (*s) {
        uint32_t code = 0;
        size_t n = character(s, &code);
        if (n && !steers(code)) {
            memcpy(to, s, n);
            to += n;
            s += n;
            continue;
        }
        for (size_t left = n ? n : 1; left; left--)
            to += snprintf(to, 5, "\\x%02x", *s++);
    }
    return out;
}

void text_print(FILE *to, const char *text)
{
    char *harmless = text_harmless(text);
    fputs(harmless, to);
    free(harmless);
}

size_t text_columns(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* A number below 1000 or so with one digit behind the point where it helps. */
static const char *scaled(char *out, uint64_t value, uint64_t base, const char *const *units)
{
    uint64_t unit = 1;
    size_t i = 0;

    for (; units[i + 1] && value / unit >= base; i++)
        unit *= base;
    if (unit == 1 || value / unit >= 100 || value % unit == 0)
        snprintf(out, TEXT_NUMBER_BYTES, "%llu %s", (unsigned long long)(value / unit), units[i]);
    else
        snprintf(out, TEXT_NUMBER_BYTES, "%.1f %s", (double)value / (double)unit, units[i]);
    return out;
}

const char *text_memory(char out[TEXT_NUMBER_BYTES], uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", NULL};
    return scaled(out, bytes, 1024, units);
}

const char *text_amount(char out[TEXT_NUMBER_BYTES], uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", NULL};
    return scaled(out, bytes, 1000, units);
}

const char *text_duration(char out[TEXT_NUMBER_BYTES], uint64_t seconds)
{
    unsigned long long h = seconds / 3600, m = seconds / 60 % 60, s = seconds % 60;

    if (h)
        snprintf(out, TEXT_NUMBER_BYTES, "%llu:%02llu:%02llu", h, m, s);
    else
        snprintf(out, TEXT_NUMBER_BYTES, "%llu:%02llu", m, s);
    return out;
}
