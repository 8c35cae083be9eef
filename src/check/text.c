/* The text of an item, for tests and reports. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check/text.h"
#include "weir/implement.h"

/* A place in the text that never runs over. */
struct text_text {
    char *out;
    size_t size;
    size_t n;
};

static void text_add(struct text_text *text, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t left = text->n < text->size ? text->size - text->n : 0;
    int n = vsnprintf(left ? text->out + text->n : NULL, left, format, list);
    va_end(list);
    text->n += n > 0 ? (size_t)n : 0;
}

static void add_item(struct text_text *text, const weir_type *type, const void *item);

static void add_plain(struct text_text *text, const weir_type *type, const void *item)
{
    int64_t number = 0;
    if (!strcmp(type->name, "unit"))
        text_add(text, "()");
    else if (type->drop == weir_type_stream.drop) /* where it stands differs from run to run */
        text_add(text, "<%s>", weir_stage_name(&(*(weir_stream *const *)item)->stage));
    else if (!strcmp(type->name, "double"))
        text_add(text, "%g", *(const double *)item);
    else if (type->size == sizeof(bool))
        text_add(text, "%s", *(const bool *)item ? "true" : "false");
    else if (type->size <= sizeof number) {
        size_t front = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof number - type->size : 0;
        memcpy((char *)&number + front, item, type->size);
        if (type->size == 4)
            number = (int32_t)number;
        text_add(text, "%lld", (long long)number);
    } else
        text_add(text, "?%s", type->name);
}

static void add_vec(struct text_text *text, const weir_vec *vec)
{
    text_add(text, "[");
    for (size_t i = 0; i < vec->n; i++) {
        if (i)
            text_add(text, " ");
        add_item(text, vec->of, (char *)vec->items + i * vec->of->size);
    }
    text_add(text, "]");
}

/* Composite descriptors are made once per combination, so they can be recognised. */
static bool add_composite(struct text_text *text, const weir_type *type, const void *item)
{
    const weir_type *a = type->of[0];
    const weir_type *b = type->of[1];
    const char *second = (const char *)item + (a || b ? weir_type_second_offset(type) : 0);
    if (!strncmp(type->name, "pair", 4) && a && b) {
        text_add(text, "(");
        add_item(text, a, item);
        text_add(text, ",");
        add_item(text, b, second);
        text_add(text, ")");
        return true;
    }
    const weir_type *inner = b ? b : a;
    if (!strncmp(type->name, "indexed", 7) && inner) {
        text_add(text, "%llu:", (unsigned long long)*(const uint64_t *)item);
        add_item(text, inner, second);
        return true;
    }
    if (!strncmp(type->name, "result", 6) && inner) {
        const weir_error *error = *(weir_error *const *)item;
        if (error)
            text_add(text, "%s%lld", error->fatal ? "!!" : "!", (long long)error->number);
        else
            add_item(text, inner, second);
        return true;
    }
    if (!strncmp(type->name, "option", 6) && inner) {
        if (*(const bool *)item)
            add_item(text, inner, second);
        else
            text_add(text, "none");
        return true;
    }
    return false;
}

static void add_item(struct text_text *text, const weir_type *type, const void *item)
{
    if (type->format) {
        size_t left = text->n < text->size ? text->size - text->n : 0;
        text->n += type->format(type, item, left ? text->out + text->n : NULL, left);
    } else if (type == &weir_type_vec || !strncmp(type->name, "chunk", 5)) {
        add_vec(text, item);
    } else if (type == &weir_type_line || type == &weir_type_owned_line) {
        const weir_line *line = item;
        text_add(text, "'%.*s'", (int)line->size, line->size ? line->data : "");
    } else if (!add_composite(text, type, item)) {
        add_plain(text, type, item);
    }
}

size_t weir_item_text(char *out, size_t size, const weir_type *type, const void *item)
{
    struct text_text text = {out, size, 0};
    if (size)
        out[0] = 0;
    add_item(&text, type, item);
    return text.n;
}
