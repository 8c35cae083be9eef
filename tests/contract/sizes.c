/* Items of every size and alignment through the stages that move, hold or make items: what comes
 * out is what went in, whole and where its type wants to stand; also with no more scratch than the
 * chain says that it needs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "laws.h"

enum { ITEMS = 40, DEMAND_MAX = 64 };

/* ---- an item: its number, and bytes that follow from it ---- */

static void fill(unsigned char *bytes, size_t size, unsigned number)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(number + i);
}

static bool whole(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != (unsigned char)(bytes[0] + i))
            return false;
    return true;
}

struct sized {
    const weir_type *type;
    const weir_map_fn *same;
    const weir_map_fn *to_number;
    const weir_map_fn *from_number;
    const weir_map_fn *to_future;
    const weir_map_fn *may_fail;
    const weir_filter_fn *odd;
    const weir_filter_map_fn *pick;
    const weir_scan_fn *step;
    const weir_async_fn *machine;
    const weir_each_fn *see;
};

static unsigned broken;

#define SIZED(n, a)                                                                                \
    struct item_##n {                                                                              \
        _Alignas(a) unsigned char bytes[n];                                                        \
    };                                                                                             \
    static const weir_type type_##n = WEIR_TYPE(struct item_##n);                                  \
    static struct item_##n same_##n(struct item_##n x, void *arg)                                  \
    {                                                                                              \
        (void)arg;                                                                                 \
        broken += !whole(x.bytes, n);                                                              \
        return x;                                                                                  \
    }                                                                                              \
    WEIR_MAP_FN(same_fn_##n, same_##n, struct item_##n, struct item_##n)                           \
    static int64_t number_##n(struct item_##n x, void *arg)                                        \
    {                                                                                              \
        (void)arg;                                                                                 \
        broken += !whole(x.bytes, n);                                                              \
        return x.bytes[0];                                                                         \
    }                                                                                              \
    WEIR_MAP_FN(number_fn_##n, number_##n, struct item_##n, int64_t)                               \
    static struct item_##n make_##n(int64_t number, void *arg)                                     \
    {                                                                                              \
        struct item_##n x;                                                                         \
        (void)arg;                                                                                 \
        fill(x.bytes, n, (unsigned)number);                                                        \
        return x;                                                                                  \
    }                                                                                              \
    WEIR_MAP_FN(make_fn_##n, make_##n, int64_t, struct item_##n)                                   \
    static weir_stream *future_##n(struct item_##n x, void *arg)                                   \
    {                                                                                              \
        (void)arg;                                                                                 \
        return weir_once(&type_##n, &x);                                                           \
    }                                                                                              \
    WEIR_MAP_FN(future_fn_##n, future_##n, struct item_##n, weir_stream *)                         \
    static bool try_##n(struct item_##n x, struct item_##n *out, void *arg, weir_error *error)     \
    {                                                                                              \
        (void)arg, (void)error;                                                                    \
        *out = x;                                                                                  \
        return true;                                                                               \
    }                                                                                              \
    WEIR_TRY_MAP_FN(try_fn_##n, try_##n, struct item_##n, struct item_##n)                         \
    static bool odd_##n(struct item_##n x, void *arg)                                              \
    {                                                                                              \
        (void)arg;                                                                                 \
        broken += !whole(x.bytes, n);                                                              \
        return x.bytes[0] % 2;                                                                     \
    }                                                                                              \
    WEIR_FILTER_FN(odd_fn_##n, odd_##n, struct item_##n)                                           \
    static bool pick_##n(struct item_##n x, struct item_##n *out, void *arg)                       \
    {                                                                                              \
        *out = x;                                                                                  \
        return odd_##n(x, arg);                                                                    \
    }                                                                                              \
    WEIR_FILTER_MAP_FN(pick_fn_##n, pick_##n, struct item_##n, struct item_##n)                    \
    static bool step_##n(struct item_##n *state, struct item_##n x, struct item_##n *out)          \
    {                                                                                              \
        broken += !whole(state->bytes, n) || !whole(x.bytes, n);                                   \
        *state = *out = x;                                                                         \
        return true;                                                                               \
    }                                                                                              \
    WEIR_SCAN_FN(step_fn_##n, step_##n, struct item_##n, struct item_##n, struct item_##n)         \
    static void start_##n(struct item_##n *state, struct item_##n x, void *arg)                    \
    {                                                                                              \
        (void)arg;                                                                                 \
        broken += (uintptr_t)state % a != 0;                                                       \
        *state = x;                                                                                \
    }                                                                                              \
    static weir_poll poll_##n(struct item_##n *state, weir_cx *cx, struct item_##n *out)           \
    {                                                                                              \
        (void)cx;                                                                                  \
        *out = *state;                                                                             \
        return (weir_poll){1, WEIR_END};                                                           \
    }                                                                                              \
    WEIR_ASYNC_FN(machine_fn_##n, start_##n, poll_##n, struct item_##n, struct item_##n,           \
                  struct item_##n)                                                                 \
    static void see_##n(struct item_##n x, void *arg)                                              \
    {                                                                                              \
        (void)arg;                                                                                 \
        broken += !whole(x.bytes, n);                                                              \
    }                                                                                              \
    WEIR_EACH_FN(see_fn_##n, see_##n, struct item_##n)

#define SIZES(X)                                                                                   \
    X(1, 1)                                                                                        \
    X(2, 2)                                                                                        \
    X(4, 4)                                                                                        \
    X(8, 8)                                                                                        \
    X(12, 4)                                                                                       \
    X(16, 16)                                                                                      \
    X(24, 8)                                                                                       \
    X(32, 32)                                                                                      \
    X(48, 16)                                                                                      \
    X(64, 64)                                                                                      \
    X(100, 4)                                                                                      \
    X(256, 64)                                                                                     \
    X(1024, 16)                                                                                    \
    X(4096, 64)                                                                                    \
    X(20000, 32)
SIZES(SIZED)

static const struct sized sizes[] = {
#define ROW(n, a)                                                                                  \
    {&type_##n,   &same_fn_##n, &number_fn_##n, &make_fn_##n,    &future_fn_##n, &try_fn_##n,      \
     &odd_fn_##n, &pick_fn_##n, &step_fn_##n,   &machine_fn_##n, &see_fn_##n},
    SIZES(ROW)
#undef ROW
};
enum { SIZES_N = sizeof sizes / sizeof *sizes };

/* ---- a source that looks where it is told to put items ---- */

struct counting {
    weir_stream stream;
    unsigned next;
};

static weir_poll counting_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct counting *self = WEIR_SELF(struct counting, stream);
    uint32_t n = 0;
    (void)cx;
    broken += (uintptr_t)out % stream->type->align != 0;
    for (; n < demand && self->next < ITEMS; n++)
        fill((unsigned char *)out + n * stream->type->size, stream->type->size, self->next++);
    return (weir_poll){n, n ? WEIR_READY : WEIR_END};
}

static weir_stream *counting(const weir_type *type)
{
    static const weir_stream_ops ops = {
        .size = sizeof ops, .name = "counting", .poll_next = counting_poll_next};
    return weir_source_new(sizeof(struct counting), &ops, type);
}

/* ---- the chains ---- */

static weir_stream *merged(weir_stream *s, const struct sized *z)
{
    weir_stream *three[] = {s, counting(z->type), counting(z->type)};
    return weir_merge(three, 3);
}

static weir_stream *scanned(weir_stream *s, const struct sized *z)
{
    unsigned char *state = aligned_alloc(64, 20032);
    fill(state, z->type->size, 0);
    s = weir_scan(s, z->step, state);
    free(state);
    return s;
}

static weir_stream *selected(weir_stream *s, const struct sized *z)
{
    weir_set *set;
    weir_stream *stream = weir_select_all(z->type, 2, &set);
    bool pushed = weir_set_push(set, s) && weir_set_push(set, counting(z->type));
    assert_true(pushed);
    return stream;
}

static weir_stream *keyed(weir_stream *s, const struct sized *z)
{
    weir_keyed *map;
    weir_stream *stream = weir_stream_map(z->type, 2, &map);
    bool pushed = weir_stream_map_insert(map, 1, s, NULL) &&
                  weir_stream_map_insert(map, 2, counting(z->type), NULL);
    assert_true(pushed);
    return stream;
}

static weir_stream *joined(weir_stream *s, const struct sized *z)
{
    weir_stream *two[] = {weir_take(s, 1), weir_take(counting(z->type), 1)};
    return weir_join(weir_join_all(z->type, two, 2), weir_take(counting(z->type), 1));
}

static weir_stream *raced(weir_stream *s, const struct sized *z)
{
    weir_stream *two[] = {weir_take(weir_empty(z->type), 1), weir_take(s, 1)};
    return weir_race(two, 2);
}

static weir_stream *with_state(weir_stream *s, const struct sized *z)
{
    unsigned char *state = aligned_alloc(64, 20032);
    fill(state, z->type->size, 0);
    s = weir_stateful_map(s, z->step, NULL, state);
    free(state);
    return s;
}

static weir_stream *interspersed(weir_stream *s)
{
    static _Alignas(64) unsigned char part[20032];
    fill(part, sizeof part, 0);
    return weir_intersperse(s, part, part, part);
}

#define CHAINS(X)                                                                                  \
    X(map, ITEMS, weir_map(s, z->same, NULL))                                                      \
    X(map_sized, ITEMS, weir_map(weir_map(s, z->to_number, NULL), z->from_number, NULL))           \
    X(try_map, ITEMS, weir_map(s, z->may_fail, NULL))                                              \
    X(filter, ITEMS / 2, weir_filter(s, z->odd, NULL))                                             \
    X(filter_sized, ITEMS / 2,                                                                     \
      weir_filter(weir_map(weir_map(s, z->to_number, NULL), z->from_number, NULL), z->odd, NULL))  \
    X(filter_map, ITEMS / 2, weir_filter_map(s, z->pick, NULL))                                    \
    X(scan, ITEMS, scanned(s, z))                                                                  \
    X(inspect, ITEMS, weir_inspect(s, z->see, NULL))                                               \
    X(skip_while, ITEMS, weir_skip_while(s, z->odd, NULL))                                         \
    X(chunks, 14, weir_chunks(s, 3))                                                               \
    X(collect, 1, weir_collect(s, ITEMS))                                                          \
    X(enumerate, ITEMS, weir_enumerate(s))                                                         \
    X(zip, ITEMS, weir_zip(s, counting(z->type)))                                                  \
    X(zip_numbers, ITEMS, weir_zip(weir_range(0, ITEMS), s))                                       \
    X(zip_chunks, 20, weir_chunks(weir_zip(s, counting(z->type)), 2))                              \
    X(select, 2 * ITEMS, weir_select(s, counting(z->type)))                                        \
    X(merge, 3 * ITEMS, merged(s, z))                                                              \
    X(chain, 2 * ITEMS, weir_chain(s, counting(z->type)))                                          \
    X(ahead, ITEMS, weir_ahead(s, 7))                                                              \
    X(map_while, 1, weir_map_while(weir_skip(s, 1), z->pick, NULL))                                \
    X(step_by, 14, weir_step_by(s, 3))                                                             \
    X(limit, ITEMS, weir_limit(s, ITEMS))                                                          \
    X(stateful_map, ITEMS, with_state(s, z))                                                       \
    X(dedup, ITEMS, weir_dedup(s))                                                                 \
    X(intersperse, 2 * ITEMS + 1, interspersed(s))                                                 \
    X(ready_chunks, 14, weir_ready_chunks(s, 3))                                                   \
    X(sliding, 38, weir_sliding(s, 3, 1))                                                          \
    X(sliding_gaps, 8, weir_sliding(s, 2, 5))                                                      \
    X(flatten_vecs, ITEMS, weir_flatten_vecs(weir_chunks(s, 3), z->type))                          \
    X(notify_close, ITEMS, weir_take(weir_notify_close(s), ITEMS))                                 \
    X(peekable, ITEMS, weir_peekable(s))                                                           \
    X(results, ITEMS, weir_errors(weir_results(s)))                                                \
    X(buffered, ITEMS, weir_buffered(weir_map(s, z->to_future, NULL), z->type, 3))                 \
    X(buffer_unordered, ITEMS, weir_buffer_unordered(weir_map(s, z->to_future, NULL), z->type, 3)) \
    X(flatten, ITEMS, weir_flatten(weir_map(s, z->to_future, NULL), z->type))                      \
    X(flatten_unordered, ITEMS,                                                                    \
      weir_flatten_unordered(weir_map(s, z->to_future, NULL), z->type, 3))                         \
    X(select_all, 2 * ITEMS, selected(s, z))                                                       \
    X(stream_map, 2 * ITEMS, keyed(s, z))                                                          \
    X(join, 1, joined(s, z))                                                                       \
    X(race, 1, raced(s, z))                                                                        \
    X(map_async, ITEMS, weir_map_async(s, z->machine, NULL, 3))                                    \
    X(map_async_ordered, ITEMS, weir_map_async_ordered(s, z->machine, NULL, 3))                    \
    X(then_async, ITEMS, weir_then_async(s, z->machine, NULL))

#define BUILD(name, n, expression)                                                                 \
    static weir_stream *chain_##name(weir_stream *s, const struct sized *z)                        \
    {                                                                                              \
        (void)z;                                                                                   \
        return expression;                                                                         \
    }                                                                                              \
    enum { items_of_##name = n };
CHAINS(BUILD)

static const struct chain {
    const char *name;
    unsigned items;
    weir_stream *(*build)(weir_stream *s WEIR_TAKES, const struct sized *z);
} chains[] = {
#define ROW(name, n, expression) {#name, items_of_##name, chain_##name},
    CHAINS(ROW)
#undef ROW
};
enum { CHAINS_N = sizeof chains / sizeof *chains };

/* ---- what comes out ---- */

static void look(const weir_type *type, const unsigned char *item)
{
    broken += (uintptr_t)item % type->align != 0;
    if (type == &weir_type_vec || (type->of[0] && !type->of[1])) {
        const weir_vec *vec = (const void *)item;
        for (size_t i = 0; i < vec->n; i++)
            look(vec->of, (unsigned char *)vec->items + i * vec->of->size);
    } else if (type->of[1]) {
        look(type->of[0], item);
        look(type->of[1], item + weir_type_second_offset(type));
    } else if (!type->detached) {
        broken += !whole(item, type->size);
    }
}

/* Scratch as a worker's: enough, or as the chain says, anywhere that malloc might give. */
static void set_scratch(struct test_cx *test, const weir_stream *stream, unsigned char *place,
                        bool least)
{
    size_t need = stream->stage.scratch_need;
    test->cx.scratch = place + WEIR_ALIGN;
    test->cx.scratch_size = least ? need : 2 * need + WEIR_SCRATCH_BYTES;
}

static void run_sized(const struct chain *chain, const struct sized *z, size_t demand, bool least)
{
    static struct test_cx test;
    weir_stream *stream = chain->build(counting(z->type), z);
    size_t room = 2 * stream->stage.scratch_need + WEIR_SCRATCH_BYTES + 128;
    unsigned char *scratch = aligned_alloc(64, (room + 63) / 64 * 64);
    unsigned char *out = aligned_alloc(64, (demand * stream->type->size + 63) / 64 * 64);
    weir_poll got = {0, WEIR_READY};
    unsigned items = 0;
    broken = 0;
    test_cx_init(&test);
    for (unsigned polls = 0; got.state != WEIR_END && got.state != WEIR_ERROR; polls++) {
        test_cx_turn(&test);
        set_scratch(&test, stream, scratch, least);
        got = weir_poll_next(stream, &test.cx, out, demand);
        for (uint32_t i = 0; i < got.n; i++)
            look(stream->type, out + i * stream->type->size);
        weir_type_drop_items(stream->type, out, got.n);
        items += got.n;
        if (polls == 1000)
            break;
    }
    if (got.state != WEIR_END || items != chain->items || broken || test.cx.scratch_used)
        fail_msg("%s of %zu bytes, demand %zu, %s scratch: %u items, %u broken, answer %d %s",
                 chain->name, z->type->size, demand, least ? "least" : "plenty of", items, broken,
                 (int)got.state, test.cx.error.message);
    weir_drop(stream);
    test_cx_fini(&test);
    free(scratch);
    free(out);
}

void test_sizes(void **state)
{
    (void)state;
    for (size_t c = 0; c < CHAINS_N; c++)
        for (size_t i = 0; i < SIZES_N; i++)
            for (size_t demand = 1; demand <= DEMAND_MAX; demand *= 8)
                for (int least = 0; least <= 1; least++)
                    run_sized(&chains[c], &sizes[i], demand, least);
}
