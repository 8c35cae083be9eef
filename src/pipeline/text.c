/* Text for people. A file name may hold anything, escape sequences for the terminal included. */
#include "pipeline/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/system_text.h"
#include "pipeline/room.h"
#include "pipeline/utf8.h"

/* Controls, and marks that turn the writing direction. */
static bool steers(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
           (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* Nothing is seen of it, or terminals differ: a blank without width, a byte order mark, tags. What
 * joins letters (200c, 200d) and emoji is seen in what it joins. */
static bool is_unseen(uint32_t code)
{
    return code == 0xad || code == 0x180e || code == 0x200b || (code >= 0x2060 && code <= 0x206f) ||
           code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe007f);
}

void weir_pl_text_put_harmless(const char *text, char *to)
{
    while (*text) {
        uint32_t code = 0;
        size_t n = weir_pl_utf8_read(text, &code);
        if (n && !steers(code) && !is_unseen(code)) {
            memcpy(to, text, n);
            to += n;
            text += n;
            continue;
        }
        for (size_t left = n ? n : 1; left; left--)
            to += snprintf(to, 5, "\\x%02x", (unsigned char)*text++);
    }
    *to = 0;
}

char *weir_pl_text_harmless(const char *text)
{
    char *out = weir_pl_room_zeroed(4 * strlen(text) + 1, 1); /* each byte may become \xHH */

    if (out)
        weir_pl_text_put_harmless(text, out);
    return out;
}

const char *weir_pl_text_reason(int number)
{
    static _Thread_local char reason[128];

    snprintf(reason, sizeof reason, "%s", weir_errno_text(number));
    reason[0] = (char)tolower((unsigned char)reason[0]);
    return reason;
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

const char *weir_pl_text_memory(char out[TEXT_NUMBER_BYTES], uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", NULL};
    return scaled(out, bytes, 1024, units);
}

const char *weir_pl_text_amount(char out[TEXT_NUMBER_BYTES], uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", NULL};
    return scaled(out, bytes, 1000, units);
}

const char *weir_pl_text_duration(char out[TEXT_NUMBER_BYTES], uint64_t seconds)
{
    unsigned long long h = seconds / 3600, m = seconds / 60 % 60, s = seconds % 60;

    if (h)
        snprintf(out, TEXT_NUMBER_BYTES, "%llu:%02llu:%02llu", h, m, s);
    else
        snprintf(out, TEXT_NUMBER_BYTES, "%llu:%02llu", m, s);
    return out;
}
