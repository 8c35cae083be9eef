/* Items that count themselves, and the text of items. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doubles.h"

unsigned tracked_live;
unsigned tracked_drops;

enum { TRACKED_MAX = 1 << 16 };
static bool alive[TRACKED_MAX];
static int64_t serial_next = 1;

void test_abort(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("test: ", stderr);
    vfprintf(stderr, format, list);
    fputs("\n", stderr);
    va_end(list);
    abort();
}

/* Serials go round, over those that are still alive. */
struct tracked tracked_make(int64_t value)
{
    for (int tries = 0; tries < TRACKED_MAX; tries++) {
        int64_t serial = serial_next++ % TRACKED_MAX;
        if (!serial || alive[serial])
            continue;
        alive[serial] = true;
        tracked_live++;
        return (struct tracked){value, serial};
    }
    test_abort("more than %d tracked items are alive", TRACKED_MAX);
}

void tracked_drop(struct tracked item)
{
    if (item.serial <= 0 || item.serial >= TRACKED_MAX)
        test_abort("drop of something that is no tracked item (value %lld)", (long long)item.value);
    if (!alive[item.serial])
        test_abort("item %lld is dropped twice", (long long)item.value);
    alive[item.serial] = false;
    tracked_live--;
    tracked_drops++;
}

static void tracked_type_drop(const weir_type *type, void *item)
{
    (void)type;
    struct tracked it;
    memcpy(&it, item, sizeof it);
    tracked_drop(it);
}

/* It takes memory for a moment, so that it may fail. */
static bool tracked_type_clone(const weir_type *type, void *out, const void *in)
{
    void *block = weir_allocate(1);
    (void)type;
    if (!block)
        return false;
    weir_release(block, 1);
    struct tracked copy = tracked_make(((const struct tracked *)in)->value);
    memcpy(out, &copy, sizeof copy);
    return true;
}

const weir_type tracked_type = {.name = "tracked",
                                .size = sizeof(struct tracked),
                                .align = _Alignof(struct tracked),
                                .drop = tracked_type_drop,
                                .clone = tracked_type_clone};

/* A place in the text that never runs over. */
struct text {
    char *out;
    size_t size;
    size_t n;
};

static void add(struct text *text, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t left = text->n < text->size ? text->size - text->n : 0;
    int n = vsnprintf(left ? text->out + text->n : NULL, left, format, list);
    va_end(list);
    text->n += n > 0 ? (size_t)n : 0;
}

static void add_item(struct text *text, const weir_type *type, const void *item);

static void add_plain(struct text *text, const weir_type *type, const void *item)
{
    int64_t number = 0;
    if (!strcmp(type->name, "unit"))
        add(text, "()");
    else if (type->size == sizeof(bool))
        add(text, "%s", *(const bool *)item ? "true" : "false");
    else if (type->size <= sizeof number) {
        memcpy(&number, item, type->size);
        if (type->size == 4)
            number = (int32_t)number;
        add(text, "%lld", (long long)number);
    } else
        add(text, "?%s", type->name);
}

static void add_vec(struct text *text, const weir_vec *vec)
{
    add(text, "[");
    for (size_t i = 0; i < vec->n; i++) {
        if (i)
            add(text, " ");
        add_item(text, vec->of, (char *)vec->items + i * vec->of->size);
    }
    add(text, "]");
}

/* Composite descriptors are made once per combination, so they can be recognised. */
static bool add_composite(struct text *text, const weir_type *type, const void *item)
{
    const weir_type *a = type->of[0];
    const weir_type *b = type->of[1];
    const char *second = (const char *)item + (a || b ? weir_type_second_offset(type) : 0);
    if (!strncmp(type->name, "pair", 4) && a && b) {
        add(text, "(");
        add_item(text, a, item);
        add(text, ",");
        add_item(text, b, second);
        add(text, ")");
        return true;
    }
    const weir_type *inner = b ? b : a;
    if (!strncmp(type->name, "indexed", 7) && inner) {
        add(text, "%llu:", (unsigned long long)*(const uint64_t *)item);
        add_item(text, inner, second);
        return true;
    }
    if (!strncmp(type->name, "option", 6) && inner) {
        if (*(const bool *)item)
            add_item(text, inner, second);
        else
            add(text, "none");
        return true;
    }
    if (!strncmp(type->name, "result", 6) && inner) {
        const weir_error *error = *(weir_error *const *)item;
        if (error)
            add(text, "%s%lld", error->fatal ? "!!" : "!", (long long)error->number);
        else
            add_item(text, inner, second);
        return true;
    }
    return false;
}

static void add_item(struct text *text, const weir_type *type, const void *item)
{
    if (type == &tracked_type || !strcmp(type->name, "tracked")) {
        add(text, "%lld", (long long)((const struct tracked *)item)->value);
    } else if (type == &weir_type_vec || !strncmp(type->name, "chunk", 5)) {
        add_vec(text, item);
    } else if (type == &weir_type_line || type == &weir_type_owned_line) {
        const weir_line *line = item;
        add(text, "'%.*s'", (int)line->size, line->size ? line->data : "");
    } else if (!add_composite(text, type, item)) {
        add_plain(text, type, item);
    }
}

size_t item_text(char *out, size_t size, const weir_type *type, const void *item)
{
    struct text text = {out, size, 0};
    if (size)
        out[0] = 0;
    add_item(&text, type, item);
    return text.n;
}
