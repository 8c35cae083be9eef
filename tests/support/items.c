/* Items that count themselves. */

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

size_t tracked_format(const weir_type *type, const void *item, char *out, size_t size)
{
    struct tracked it;
    (void)type;
    memcpy(&it, item, sizeof it);
    return (size_t)snprintf(out, size, "%lld", (long long)it.value);
}

const weir_type tracked_type = {.name = "tracked",
                                .size = sizeof(struct tracked),
                                .align = _Alignof(struct tracked),
                                .drop = tracked_type_drop,
                                .clone = tracked_type_clone,
                                .format = tracked_format};
