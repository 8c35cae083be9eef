/* weir/poll.h: the short way of what runs item by item, for the functions that the macros of
 * weir/fn.h make, for the library's stages and for yours. Everybody may call weir_poll_next()
 * instead. The recipe of a stage that gives one item for one:
 *
 *     weir_poll got = source->poll(source, cx, out, demand);
 *     if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
 *         return x_rest(stream, cx, out, demand, got);
 *     weir_count_one(source);
 *     ...update...
 *     return WEIR_POLL_ONE;
 *
 * Batches, waits, errors and ends are the business of x_rest, out of line, which begins with
 * got = weir_poll_rest(source, cx, out, demand, got). A stage that may reject an item drops it and
 * tries again: `do { ...as above, but return only what is kept... } while (weir_spend(cx)); return
 * (weir_poll){0, WEIR_READY};`, and its x_rest moves the kept ones to the front and lowers got.n.
 * Its constructor passes on what it does not change, after it looked for weir_stage_failed():
 * `stream->stage.one = source->stage.one`. examples/own_combinator.c is a whole one. What stands
 * here is compiled into programs: the first 96 bytes of weir_stream are part of the ABI. */
#ifndef WEIR_POLL_H
#define WEIR_POLL_H

#include <string.h>

#include "weir/implement.h"

WEIR_BEGIN_C

/* Out of line: {1, READY} and nothing else goes past it. */
#define WEIR_COLD __attribute__((noinline, cold))
#define WEIR_ASIDE __attribute__((noinline))

/* {n >= 1, READY} in one comparison: READY is 0 and stands in the upper half.
 *
 * Example:
 *     p(weir_poll_some((weir_poll){3, WEIR_READY})); // -> true
 *     p(weir_poll_some((weir_poll){0, WEIR_PENDING})); // -> false
 */
static inline bool weir_poll_some(weir_poll got)
{
    uint64_t bits;
    memcpy(&bits, &got, sizeof bits);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return bits - 1 < UINT32_MAX;
#else
    return got.n && got.state == WEIR_READY;
#endif
}

/* {1, READY}
 *
 * Example:
 *     p(weir_poll_is_one((weir_poll){1, WEIR_READY})); // -> true
 *     p(weir_poll_is_one((weir_poll){1, WEIR_END})); // -> false
 */
static inline bool weir_poll_is_one(weir_poll got)
{
    uint64_t bits;
    memcpy(&bits, &got, sizeof bits);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return bits == 1;
#else
    return got.n == 1 && got.state == WEIR_READY;
#endif
}

/* One item came: the answer that nearly every poll at demand 1 gives. A constant, so that the
 * answer of the source need not be kept while a function runs. */
#define WEIR_POLL_ONE ((weir_poll){1, WEIR_READY})

/* Counters have one writer and may be read by other threads at any time. */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define WEIR_TALLY(counter, k) __asm__("addq %1, %0" : "+m"(counter) : "er"((uint64_t)(k)) : "cc")
#else
#define WEIR_TALLY(counter, k)                                                                     \
    __atomic_store_n(&(counter), (counter) + (uint64_t)(k), __ATOMIC_RELAXED)
#endif

/* A poll of `stream` answered {1, READY}.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 9);
 *     weir_count_one(s);
 *     p(weir_stage_n(&s->stage)); // -> 1
 *     weir_drop(s);
 */
static inline void weir_count_one(weir_stream *stream)
{
    WEIR_TALLY(stream->stage.n, 1);
}

/* A poll of it answered that many, and READY.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 9);
 *     weir_count_some(s, 4);
 *     p(weir_stage_n(&s->stage)); // -> 4
 *     p(weir_stage_polls(&s->stage)); // -> 1
 *     weir_drop(s);
 */
static inline void weir_count_some(weir_stream *stream, uint32_t n)
{
    WEIR_TALLY(stream->stage.n, n);
    WEIR_TALLY(stream->stage.polls_less_n, 1 - (uint64_t)n);
}

/* Everything that is not "here are some": counts, latches, calls again on {0, READY}.
 *
 * Example:
 *     int64_t x;
 *     weir_stream *s = weir_range(7, 9);
 *     p(weir_poll_settle(s, cx(), &x, 1, (weir_poll){0, WEIR_READY})); // -> READY 1
 *     p(x); // -> 7
 *     weir_drop(s);
 */
WEIR_API weir_poll weir_poll_settle(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                    weir_poll got) WEIR_MUST_USE;

/* What stream->poll answered and is not {1, READY}: counted and settled.
 *
 * Example:
 *     int64_t items[4];
 *     weir_stream *s = weir_range(0, 9);
 *     p(weir_poll_rest(s, cx(), items, 4, s->poll(s, cx(), items, 4))); // -> READY 4
 *     weir_drop(s);
 */
static inline weir_poll weir_poll_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                       weir_poll got)
{
    if (WEIR_UNLIKELY(!weir_poll_some(got)))
        return weir_poll_settle(stream, cx, out, demand, got);
    weir_count_some(stream, got.n);
    return got;
}

/* weir_poll_next(), inlined. demand: 1 to UINT32_MAX.
 *
 * Example:
 *     int64_t items[4];
 *     weir_stream *s = weir_range(0, 9);
 *     p(weir_poll_through(s, cx(), items, 4)); // -> READY 4
 *     weir_drop(s);
 */
static inline weir_poll weir_poll_through(weir_stream *stream, weir_cx *cx, void *out,
                                          size_t demand)
{
    weir_poll got = stream->poll(stream, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return weir_poll_rest(stream, cx, out, demand, got);
    weir_count_one(stream);
    return got;
}

/* What stages of one function begin with: the polls that WEIR_x_FN makes find `arg` here. */
struct weir_typed {
    weir_stream stream;
    void *arg;
};

/* The `arg` of a stage that begins so.
 *
 * Example:
 *     int64_t sum = 0;
 *     weir_stream *s = weir_inspect(weir_range(1, 4), &add_to_fn, &sum);
 *     p(yes(weir_arg_of(s) == &sum)); // -> yes
 *     weir_drop(s);
 */
static inline void *weir_arg_of(const weir_stream *stream)
{
    return ((const struct weir_typed *)(const void *)stream)->arg;
}

/* ---- the parts of the library's stages that are not the one-item path ---- */

/* What the polls that WEIR_x_FN makes call where not one item came at once: _rest looks at the
 * answer of the source, _many and _resized do what is asked for in batches. Nobody else calls them.
 *
 * Example:
 *     int64_t items[4];
 *     weir_stream *s = weir_map(weir_range(1, 9), &square_fn, NULL);
 *     p(weir_poll_next(s, cx(), items, 4)); // -> READY 4
 *     p(items[3]); // -> 16
 *     weir_drop(s);
 */
WEIR_API weir_poll weir_map_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                 weir_poll got);
WEIR_API weir_poll weir_map_resized(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
WEIR_API weir_poll weir_map_resized_rest(weir_stream *stream, weir_cx *cx, void *out, void *in,
                                         weir_poll got);
WEIR_API weir_poll weir_filter_rest(weir_stream *stream, weir_cx *cx, void *out, weir_poll got);
WEIR_API weir_poll weir_filter_many(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
WEIR_API weir_poll weir_filter_map_rest(weir_stream *stream, weir_cx *cx, void *out, void *in,
                                        weir_poll got);
WEIR_API weir_poll weir_filter_map_many(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
WEIR_API weir_poll weir_scan_rest(weir_stream *stream, weir_cx *cx, void *out, void *in,
                                  weir_poll got);
WEIR_API weir_poll weir_scan_many(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
WEIR_API weir_poll weir_inspect_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                     weir_poll got);

struct weir_folding {
    struct weir_typed typed;
    void *acc;
    uint32_t demand;
    bool given; /* acc is the consumer's now */
};
/* The same of a fold: what its source answered besides items, and an error of its function.
 *
 * Example:
 *     p(weir_fold(weir_range(1, 5), &add_fn, &(int64_t){0}, NULL)); // -> 10
 */
WEIR_API weir_poll weir_fold_rest(weir_stream *stream, weir_cx *cx, void *items, size_t demand,
                                  weir_poll got);
WEIR_API weir_poll weir_fold_failed(weir_stream *stream, weir_cx *cx);

WEIR_END_C

#endif
