/* The order of items: a function's, or their own. */

#include "stream/order.h"

#include <string.h>

weir_number_kind weir_number_of(const weir_type *type)
{
    static const weir_type numbers[] = {
        WEIR_TYPE(int64_t), WEIR_TYPE(int32_t),  WEIR_TYPE(int16_t),  WEIR_TYPE(int8_t),
        WEIR_TYPE(char),    WEIR_TYPE(uint64_t), WEIR_TYPE(uint32_t), WEIR_TYPE(uint16_t),
        WEIR_TYPE(uint8_t), WEIR_TYPE(bool),     WEIR_TYPE(double),   WEIR_TYPE(float)};
    enum { FIRST_UNSIGNED = 5, FIRST_REAL = 10, NUMBERS = sizeof numbers / sizeof *numbers };
    for (int i = 0; i < NUMBERS; i++)
        if (weir_type_fits(type, &numbers[i]))
            return i < FIRST_UNSIGNED ? WEIR_SIGNED : i < FIRST_REAL ? WEIR_UNSIGNED : WEIR_REAL;
    return WEIR_NO_NUMBER;
}

struct weir_order weir_order_of(const weir_type *type, const weir_compare_fn *fn, void *arg)
{
    return (struct weir_order){fn, arg, type, fn ? WEIR_NO_NUMBER : weir_number_of(type)};
}

/* Sign and size of a number are its type's. */
static int64_t as_signed(const void *item, size_t size)
{
    int8_t one;
    int16_t two;
    int32_t four;
    int64_t eight;
    switch (size) {
    case 1:
        return memcpy(&one, item, 1), one;
    case 2:
        return memcpy(&two, item, 2), two;
    case 4:
        return memcpy(&four, item, 4), four;
    default:
        return memcpy(&eight, item, 8), eight;
    }
}

static uint64_t as_unsigned(const void *item, size_t size)
{
    uint64_t all = (uint64_t)as_signed(item, size);
    return size == 8 ? all : all & (((uint64_t)1 << 8 * size) - 1);
}

static double as_real(const void *item, size_t size)
{
    float small;
    double real;
    if (size == sizeof real)
        memcpy(&real, item, sizeof real);
    else
        real = (memcpy(&small, item, sizeof small), small);
    return real;
}

static int signed_pair(const void *a, const void *b, size_t size)
{
    int64_t x = as_signed(a, size), y = as_signed(b, size);
    return x < y ? -1 : x > y;
}

static int unsigned_pair(const void *a, const void *b, size_t size)
{
    uint64_t x = as_unsigned(a, size), y = as_unsigned(b, size);
    return x < y ? -1 : x > y;
}

static int real_pair(const void *a, const void *b, size_t size)
{
    double x = as_real(a, size), y = as_real(b, size);
    return x < y ? -1 : x > y ? 1 : x == y ? 0 : WEIR_UNORDERED;
}

int weir_order_pair(const struct weir_order *order, const void *a, const void *b)
{
    size_t size = order->type->size;
    switch (order->number) {
    case WEIR_SIGNED:
        return signed_pair(a, b, size);
    case WEIR_UNSIGNED:
        return unsigned_pair(a, b, size);
    case WEIR_REAL:
        return real_pair(a, b, size);
    default:
        break;
    }
    int order_of =
        order->fn ? order->fn->one(a, b, order->arg) : order->type->compare(order->type, a, b);
    return order_of < 0 ? -1 : order_of > 0;
}

int weir_order_same(const struct weir_order *order, const void *a, const void *b)
{
    const weir_type *type = order->type;
    if (order->fn || order->number || !type->same)
        return weir_order_pair(order, a, b);
    return type->same(type, a, b) ? 0 : WEIR_UNORDERED;
}

static weir_stream *no_order(weir_stream *source, const char *stage, const char *format)
{
    weir_fault fault = {WEIR_E_TYPE, "a WEIR_COMPARE_FN, or a .compare in their descriptor",
                        format,      {stage, source->type->name, weir_stage_name(&source->stage)},
                        0,           stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_order(weir_stream *source, const char *stage, const weir_compare_fn *fn)
{
    if (fn) {
        source = weir_expect_type(source, stage, fn->name, fn->of);
        return weir_expect_size(source, stage, fn->name, fn->of, fn->of_size);
    }
    bool known =
        weir_stage_failed(&source->stage) || source->type->compare || weir_number_of(source->type);
    return known ? source
                 : no_order(source, stage, "%s: no order is known of '%s', which '%s' yields");
}

weir_stream *weir_expect_same(weir_stream *source, const char *stage, const weir_compare_fn *fn)
{
    if (!fn && !weir_stage_failed(&source->stage) && source->type->same)
        return source;
    return weir_expect_order(source, stage, fn);
}
