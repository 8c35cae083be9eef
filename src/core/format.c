/* A printf for messages that needs no libc: %s %c %d %u %x %zu %lld %llu %%. From any other
 * conversion on the format is put as it stands. */

#include <stdarg.h>

#include "core/format.h"

struct sink {
    char *out;
    size_t size;
    size_t n; /* what the whole text needs so far */
};

static void format_put(struct sink *sink, char c)
{
    if (sink->n + 1 < sink->size)
        sink->out[sink->n] = c;
    sink->n++;
}

static void format_put_text(struct sink *sink, const char *text)
{
    for (text = text ? text : "(null)"; *text; text++)
        format_put(sink, *text);
}

static void format_put_number(struct sink *sink, uint64_t number, unsigned base)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[n++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    while (n)
        format_put(sink, digits[--n]);
}

static void put_signed(struct sink *sink, int64_t number)
{
    if (number < 0)
        format_put(sink, '-');
    format_put_number(sink, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10);
}

/* What stands between the % and the letter says how wide the argument is. */
enum width { WIDTH_INT, WIDTH_LONG, WIDTH_LONG_LONG, WIDTH_SIZE };

static enum width take_width(const char **format)
{
    enum width width = WIDTH_INT;
    for (; **format == 'l' || **format == 'z'; ++*format)
        width = **format == 'z' ? WIDTH_SIZE : width == WIDTH_INT ? WIDTH_LONG : WIDTH_LONG_LONG;
    return width;
}

static uint64_t take_unsigned(va_list *args, enum width width)
{
    switch (width) {
    case WIDTH_SIZE:
        return va_arg(*args, size_t);
    case WIDTH_LONG_LONG:
        return va_arg(*args, unsigned long long);
    case WIDTH_LONG:
        return va_arg(*args, unsigned long);
    default:
        return va_arg(*args, unsigned);
    }
}

static int64_t take_signed(va_list *args, enum width width)
{
    switch (width) {
    case WIDTH_SIZE:
        return (int64_t)va_arg(*args, ptrdiff_t);
    case WIDTH_LONG_LONG:
        return va_arg(*args, long long);
    case WIDTH_LONG:
        return va_arg(*args, long);
    default:
        return va_arg(*args, int);
    }
}

/* False: it knows no such conversion, and so not what stands behind it in the arguments. */
static bool format_put_one(struct sink *sink, char letter, enum width width, va_list *args)
{
    switch (letter) {
    case 's':
        format_put_text(sink, va_arg(*args, const char *));
        break;
    case 'c':
        format_put(sink, (char)va_arg(*args, int));
        break;
    case 'd':
        put_signed(sink, take_signed(args, width));
        break;
    case 'u':
    case 'x':
        format_put_number(sink, take_unsigned(args, width), letter == 'x' ? 16 : 10);
        break;
    case '%':
        format_put(sink, '%');
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
            format_put(&sink, *format);
            continue;
        }
        const char *conversion = format++;
        enum width width = take_width(&format);
        if (format_put_one(&sink, *format, width, &args))
            continue;
        format_put_text(&sink, conversion);
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

/* ---- times ---- */

struct unit {
    uint64_t ns;
    const char *name;
};

/* Hours and minutes have no decimals that people would say. */
static struct unit unit_of(uint64_t ns)
{
    static const struct unit whole[] = {{3600000000000, "h"}, {60000000000, "min"}};
    static const struct unit parts[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (ns && ns % whole[i].ns == 0)
            return whole[i];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (ns >= parts[i].ns)
            return parts[i];
    return (struct unit){1, "ns"};
}

static void put_decimals(struct sink *sink, unsigned thousandths)
{
    if (thousandths)
        format_put(sink, '.');
    for (unsigned place = 100; thousandths; place /= 10) {
        format_put(sink, (char)('0' + thousandths / place));
        thousandths %= place;
    }
}

const char *weir_time_text(uint64_t ns, char *out)
{
    struct unit unit = unit_of(ns);
    struct sink sink = {out, WEIR_TIME_TEXT_BYTES, 0};
    format_put_number(&sink, ns / unit.ns, 10);
    put_decimals(&sink, (unsigned)(ns % unit.ns * 1000 / unit.ns));
    format_put(&sink, ' ');
    format_put_text(&sink, unit.name);
    out[sink.n] = '\0';
    return out;
}
