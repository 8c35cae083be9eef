/* Errors: filled without allocating, and made into text. */

#include "weir/error.h"

#include <string.h>

#include "core/format.h"
#include "weir/alloc.h"

#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(weir_error) == 512, "users have it on their stacks; it may never grow");
#endif

weir_error *weir_error_set(weir_error *error, weir_code code, const char *format, ...)
{
    *error = (weir_error){.size = sizeof *error,
                          .code = code,
                          .fatal = true,
                          .byte = WEIR_NOWHERE,
                          .record = WEIR_NOWHERE};
    va_list args;
    va_start(args, format);
    weir_format_list(error->message, sizeof error->message, format, args);
    va_end(args);
    return error;
}

struct error_text {
    char *out;
    size_t size;
    size_t n;
};

static void error_add(struct error_text *text, const char *format, ...)
{
    size_t at = text->n < text->size ? text->n : text->size;
    va_list args;
    va_start(args, format);
    text->n += weir_format_list(text->out ? text->out + at : NULL, text->size - at, format, args);
    va_end(args);
}

static void add_place(struct error_text *text, const weir_error *error)
{
    const char *gap = "\n  at ";
    if (error->place[0]) {
        error_add(text, "%s%s", gap, error->place);
        gap = ", ";
    }
    if (weir_error_has_byte(error)) {
        error_add(text, "%sbyte %llu", gap, (unsigned long long)error->byte);
        gap = ", ";
    }
    if (error->record != WEIR_NOWHERE)
        error_add(text, "%srecord %llu", gap, (unsigned long long)error->record);
}

static void add_line(struct error_text *text, const weir_error *error)
{
    if (!error->line)
        return;
    error_add(text, "\n  on line %llu", (unsigned long long)error->line);
    if (error->column)
        error_add(text, ", column %llu", (unsigned long long)error->column);
}

const char *weir_site_file(const weir_site *site)
{
    const char *file = site->file;
    while (file[0] == '.' && file[1] == '.' && file[2] == '/')
        file += 3;
    return file;
}

static void add_spawned(struct error_text *text, const weir_site *site)
{
    if (site)
        error_add(text, "\n  spawned at %s:%u, in %s", weir_site_file(site), site->line,
                  site->function);
}

size_t weir_error_text(const weir_error *error, char *out, size_t size)
{
    struct error_text text = {out, size, 0};
    if (size)
        out[0] = '\0';
    if (error->code == WEIR_OK) { /* a wait that went well sets nothing else */
        error_add(&text, "no error");
        return text.n;
    }
    error_add(&text, "%s", error->message);
    add_place(&text, error);
    add_line(&text, error);
    for (unsigned i = 0; i < error->trail_n; i++)
        error_add(&text, "%s%s", i ? " ! " : "\n  in ", error->trail[i]);
    add_spawned(&text, error->spawned);
    if (error->cure)
        error_add(&text, "\n  try %s", error->cure);
    if (error->more)
        error_add(&text, "\n  and %u more that are not shown", error->more);
    return text.n;
}

const char *weir_error_text_in(const weir_error *error, char *out, size_t size)
{
    weir_error_text(error, out, size);
    return out;
}

void weir_error_drop(weir_error *error)
{
    weir_release(error, sizeof *error);
}
