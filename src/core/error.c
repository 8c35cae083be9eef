/* Errors: filled without allocating, and made into text. */

#include "weir/error.h"

#include <string.h>

#include "core/format.h"

weir_error *weir_error_set(weir_error *error, weir_code code, const char *format, ...)
{
    *error =
        (weir_error){.code = code, .fatal = true, .byte = WEIR_NOWHERE, .record = WEIR_NOWHERE};
    va_list args;
    va_start(args, format);
    weir_format_list(error->message, sizeof error->message, format, args);
    va_end(args);
    return error;
}

struct text {
    char *out;
    size_t size;
    size_t n;
};

static void add(struct text *text, const char *format, ...)
{
    size_t at = text->n < text->size ? text->n : text->size;
    va_list args;
    va_start(args, format);
    text->n += weir_format_list(text->out ? text->out + at : NULL, text->size - at, format, args);
    va_end(args);
}

static void add_place(struct text *text, const weir_error *error)
{
    const char *gap = "\n  at ";
    if (error->place[0]) {
        add(text, "%s%s", gap, error->place);
        gap = ", ";
    }
    if (error->byte != WEIR_NOWHERE) {
        add(text, "%sbyte %llu", gap, (unsigned long long)error->byte);
        gap = ", ";
    }
    if (error->record != WEIR_NOWHERE)
        add(text, "%srecord %llu", gap, (unsigned long long)error->record);
}

size_t weir_error_text(const weir_error *error, char *out, size_t size)
{
    struct text text = {out, size, 0};
    if (size)
        out[0] = '\0';
    add(&text, "%s", error->message);
    add_place(&text, error);
    for (unsigned i = 0; i < error->trail_n; i++)
        add(&text, "%s%s", i ? " ! " : "\n  in ", error->trail[i]);
    if (error->cure)
        add(&text, "\n  try %s", error->cure);
    return text.n;
}
