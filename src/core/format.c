/* A printf for messages that needs no libc: %s %c %d %u %x %zu %lld %llu %%. From any other
 * conversion on the format is put as it stands. */

#include <stdarg.h>

#include "core/format.h"

struct sink {
    char *out;
    size_t size;
    size_t n; /* what the whole text needs so far */
};

static void put(struct sink *sink, char c)
{
    if (sink->n + 1 < sink->size)
        sink->out[sink->n] = c;
    sink->n++;
}

static void put_text(struct sink *sink, const char *text)
{
    for (text = text ? text : "(null)"; *text; text++)
        put(sink, *text);
}

static void put_number(struct sink *sink, uint64_t number, unsigned base)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[n++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    while (n)
        put(sink, digits[--n]);
}

static void put_signed(struct sink *sink, int64_t number)
{
    if (number < 0)
        put(sink, '-');
    put_number(sink, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10);
}

/* How many letters l or z stand here: 0 for int, 2 for long long or size_t. */
static int wideness(const char **format)
{
    int wide = 0;
    for (; **format == 'l' || **format == 'z'; ++*format)
        wide += **format == 'z' ? 2 : 1;
    return wide;
}

/* False: it knows no such conversion, and so not what stands behind it in the arguments. */
static bool put_one(struct sink *sink, char letter, int wide, va_list *args)
{
    switch (letter) {
    case 's':
        put_text(sink, va_arg(*args, const char *));
        break;
    case 'c':
        put(sink, (char)va_arg(*args, int));
        break;
    case 'd':
        put_signed(sink, wide ? va_arg(*args, long long) : va_arg(*args, int));
        break;
    case 'u':
    case 'x':
        put_number(sink, wide ? va_arg(*args, unsigned long long) : va_arg(*args, unsigned),
                   letter == 'x' ? 16 : 10);
        break;
    case '%':
        put(sink, '%');
        break;
    default:
        return false;
    }
    return true;
}

size_t weir_format_list(char *out, size_t size, const char *format, va_list list)
{
    struct sink sink = {out, size, 0};
    va_list args;
    va_copy(args, list);
    for (; *format; format++) {
        if (*format != '%') {
            put(&sink, *format);
            continue;
        }
        const char *conversion = format++;
        int wide = wideness(&format);
        if (put_one(&sink, *format, wide, &args))
            continue;
        put_text(&sink, conversion);
        break;
    }
    va_end(args);
    if (size)
        out[sink.n < size ? sink.n : size - 1] = '\0';
    return sink.n;
}

size_t weir_format(char *out, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t n = weir_format_list(out, size, format, args);
    va_end(args);
    return n;
}
