/* What a worker copies, where somebody taps one of its rows. */

#include "inspect/tap.h"

#include <string.h>

#include "core/format.h"
#include "inspect/look.h"
#include "weir/alloc.h"

/* ---- an item as text ---- */

static size_t tap_put_bytes(const char *bytes, size_t n, char *out, size_t size)
{
    n = n < size ? n : size;
    memcpy(out, bytes, n);
    return n;
}

static size_t tap_put(char *out, size_t size, const char *format, ...) WEIR_PRINTF(3, 4);
static size_t tap_put(char *out, size_t size, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t n = weir_format_list(out, size, format, list);
    va_end(list);
    return n < size ? n : size - 1;
}

static bool is(const weir_type *type, const char *name, size_t size)
{
    return type->size == size && !strcmp(type->name, name);
}

/* True: it is one, of this type. */
#define NUMBER(T, format, as)                                                                      \
    if (is(type, #T, sizeof(T))) {                                                                 \
        T number;                                                                                  \
        memcpy(&number, item, sizeof number);                                                      \
        return tap_put(out, size, format, (as)number);                                             \
    }

size_t weir_tap_text(const weir_type *type, const void *item, char *out, size_t size)
{
    if (type == &weir_type_line || type == &weir_type_owned_line) {
        const weir_line *line = item; /* both begin so */
        return tap_put_bytes(line->data, line->size, out, size);
    }
    NUMBER(int64_t, "%lld", long long)
    NUMBER(uint64_t, "%llu", unsigned long long)
    NUMBER(int32_t, "%d", int)
    NUMBER(uint32_t, "%u", unsigned)
    NUMBER(int16_t, "%d", int)
    NUMBER(uint16_t, "%u", unsigned)
    NUMBER(int8_t, "%d", int)
    NUMBER(uint8_t, "%u", unsigned)
    NUMBER(bool, "%d", int)
    return tap_put(out, size, "(%s, %zu bytes)", type->name, type->size);
}

/* ---- the ring ---- */

void weir_tap_put(struct weir_tap *tap, const weir_type *type, const void *item, uint64_t at_ns)
{
    uint64_t at = atomic_load_explicit(&tap->put, memory_order_relaxed);
    if (at - atomic_load_explicit(&tap->taken, memory_order_acquire) >= WEIR_TAP_ITEMS_MAX)
        return;
    struct weir_tapped *tapped = &tap->items[at % WEIR_TAP_ITEMS_MAX];
    tapped->at_ns = at_ns;
    tapped->n = weir_tap_text(type, item, tapped->text, sizeof tapped->text);
    atomic_store_explicit(&tap->put, at + 1, memory_order_release);
}

bool weir_tap_take(struct weir_tap *tap, struct weir_tapped *out)
{
    uint64_t at = atomic_load_explicit(&tap->taken, memory_order_relaxed);
    if (at == atomic_load_explicit(&tap->put, memory_order_acquire))
        return false;
    *out = tap->items[at % WEIR_TAP_ITEMS_MAX];
    atomic_store_explicit(&tap->taken, at + 1, memory_order_release);
    return true;
}

/* ---- of a worker ---- */

struct weir_tap *weir_inspect_tap(weir_rt *rt, size_t worker)
{
    struct weir_looking *look = weir_looking_at(rt, worker);
    return look ? weir_looking_keep(&look->tap, sizeof(struct weir_tap)) : NULL;
}

void weir_tap_drop(struct weir_tap *tap)
{
    weir_release(tap, sizeof *tap);
}

void weir_tap_set(weir_rt *rt, size_t worker, const weir_inspect_row *row)
{
    struct weir_looking *look = weir_looking_at(rt, worker);
    struct weir_tap *tap = row    ? weir_inspect_tap(rt, worker)
                           : look ? atomic_load(&look->tap)
                                  : NULL;
    const struct weir_account_row *of = NULL;
    if (!tap)
        return;
    size_t i = row ? weir_accounts_find(&look->accounts, row->place, row->stage, row->index)
                   : WEIR_INSPECT_ROWS_MAX;
    if (i < WEIR_INSPECT_ROWS_MAX)
        of = &look->accounts.rows[i];
    atomic_store_explicit(&tap->row, of, memory_order_release);
}
