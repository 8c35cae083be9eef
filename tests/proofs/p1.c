/* What a source only lends never gets out of its chain, nor into a state between two items: runs,
 * spawns, scans, folds and structs of views are refused, or give what is still lent. */

#include "proofs.h"

/* ---- those who lend: lines, found lines, and a type of the user's own ---- */

static const char text[] = "the longest line of all\nline 1\nline 2\nline 3\n";

static weir_stream *lines(void)
{
    return weir_lines(weir_memory_reader(text, sizeof text - 1), 100);
}

static weir_stream *lines_matching(void)
{
    return weir_lines_matching(weir_memory_reader(text, sizeof text - 1), 100, "line", 4);
}

static weir_stream *joined(void)
{
    return weir_chain(lines(), weir_select(lines(), weir_take(lines_matching(), 2)));
}

static weir_stream *inner(int64_t x, void *arg)
{
    (void)x;
    (void)arg;
    return lines();
}
WEIR_THEN_FN(inner_fn, inner, int64_t, weir_line)

static weir_stream *flat(void)
{
    return weir_flat_map(weir_range(0, 2), &inner_fn, NULL);
}

typedef struct word {
    const char *at;
    size_t bytes;
} word;
static const weir_type word_type = {
    .name = "word", .size = sizeof(word), .align = _Alignof(word), .lent = true};

static weir_poll next_word(void *arg, weir_cx *cx, void *out, size_t demand)
{
    static char buffer[16];
    int *n = arg;
    (void)cx;
    (void)demand;
    if (++*n > 4) {
        *n = 0;
        return (weir_poll){0, WEIR_END};
    }
    memset(buffer, 'a' + *n, sizeof buffer);
    *(word *)out = (word){buffer, (size_t)*n};
    return (weir_poll){1, WEIR_READY};
}

static weir_stream *words(void)
{
    static int n;
    n = 0;
    return weir_poll_fn(&word_type, next_word, &n);
}

/* ---- what users write over them, for both types ---- */

typedef struct row {
    const char *name, *age;
} row;

typedef struct copied {
    char bytes[8];
} copied;

#define OVER(T, data_, size_)                                                                      \
    static bool T##_longest(T *best, T item, T *out)                                               \
    {                                                                                              \
        if (item.size_ > best->size_)                                                              \
            *best = item;                                                                          \
        *out = *best;                                                                              \
        return true;                                                                               \
    }                                                                                              \
    WEIR_SCAN_FN(T##_scan_fn, T##_longest, T, T, T, .state = T##_AS, .from = T##_AS, .to = T##_AS) \
    static bool T##_previous(row *state, T item, int64_t *out)                                     \
    {                                                                                              \
        state->name = item.data_;                                                                  \
        *out = (int64_t)item.size_;                                                                \
        return true;                                                                               \
    }                                                                                              \
    WEIR_SCAN_FN(T##_keep_fn, T##_previous, row, T, int64_t, .from = T##_AS)                       \
    static bool T##_passed(int64_t *sum, T item, T *out)                                           \
    {                                                                                              \
        *sum += (int64_t)item.size_;                                                               \
        *out = item;                                                                               \
        return true;                                                                               \
    }                                                                                              \
    WEIR_SCAN_FN(T##_pass_fn, T##_passed, int64_t, T, T, .from = T##_AS, .to = T##_AS)             \
    static void T##_last(T *last, T item, void *arg)                                               \
    {                                                                                              \
        (void)arg;                                                                                 \
        *last = item;                                                                              \
    }                                                                                              \
    WEIR_FOLD_FN(T##_fold_fn, T##_last, T, T, .acc = T##_AS, .of = T##_AS)                         \
    static void T##_held(row *last, T item, void *arg)                                             \
    {                                                                                              \
        (void)arg;                                                                                 \
        last->name = item.data_;                                                                   \
    }                                                                                              \
    WEIR_FOLD_FN(T##_fold_row_fn, T##_held, row, T, .of = T##_AS)                                  \
    static void T##_summed(int64_t *sum, T item, void *arg)                                        \
    {                                                                                              \
        (void)arg;                                                                                 \
        *sum += (int64_t)item.size_;                                                               \
    }                                                                                              \
    WEIR_FOLD_FN(T##_sum_fn, T##_summed, int64_t, T, .of = T##_AS)                                 \
    static row T##_row(T item, void *arg)                                                          \
    {                                                                                              \
        (void)arg;                                                                                 \
        return (row){item.data_, item.data_ + item.size_ / 2};                                     \
    }                                                                                              \
    WEIR_MAP_FN(T##_row_fn, T##_row, T, row, .from = T##_AS)                                       \
    static bool T##_try_row(T item, row *out, void *arg, weir_error *error)                        \
    {                                                                                              \
        (void)error;                                                                               \
        *out = T##_row(item, arg);                                                                 \
        return true;                                                                               \
    }                                                                                              \
    WEIR_TRY_MAP_FN(T##_try_fn, T##_try_row, T, row, .from = T##_AS)                               \
    static bool T##_some_row(T item, row *out, void *arg)                                          \
    {                                                                                              \
        *out = T##_row(item, arg);                                                                 \
        return true;                                                                               \
    }                                                                                              \
    WEIR_FILTER_MAP_FN(T##_some_fn, T##_some_row, T, row, .from = T##_AS)                          \
    static const char *T##_pointer(T item, void *arg)                                              \
    {                                                                                              \
        (void)arg;                                                                                 \
        return item.data_;                                                                         \
    }                                                                                              \
    WEIR_MAP_FN(T##_pointer_fn, T##_pointer, T, text_at, .from = T##_AS)                           \
    static int64_t T##_size(T item, void *arg)                                                     \
    {                                                                                              \
        (void)arg;                                                                                 \
        return (int64_t)item.size_;                                                                \
    }                                                                                              \
    WEIR_MAP_FN(T##_size_fn, T##_size, T, int64_t, .from = T##_AS)                                 \
    static copied T##_copy(T item, void *arg)                                                      \
    {                                                                                              \
        (void)arg;                                                                                 \
        copied made = {{0}};                                                                       \
        memcpy(made.bytes, item.data_, item.size_ < 7 ? item.size_ : 7);                           \
        return made;                                                                               \
    }                                                                                              \
    WEIR_MAP_FN(T##_copy_fn, T##_copy, T, copied, .from = T##_AS, .detached = true)                \
    static weir_poll T##_polled(row *state, weir_cx *cx, int64_t *out)                             \
    {                                                                                              \
        (void)cx;                                                                                  \
        *out = (int64_t)state->name[0];                                                            \
        return (weir_poll){1, WEIR_END};                                                           \
    }                                                                                              \
    static void T##_started(row *state, T item, void *arg)                                         \
    {                                                                                              \
        (void)arg;                                                                                 \
        state->name = item.data_;                                                                  \
    }                                                                                              \
    WEIR_ASYNC_FN(T##_async_fn, T##_started, T##_polled, row, T, int64_t, .from = T##_AS)

typedef const char *text_at;
#define weir_line_AS (&weir_type_line)
#define word_AS (&word_type)
OVER(weir_line, data, size)
OVER(word, at, bytes)

struct lender {
    weir_stream *(*make)(void);
    const weir_scan_fn *scan, *keep, *pass;
    const weir_fold_fn *fold, *fold_row, *sum;
    const weir_map_fn *to_row, *try_row, *pointer, *number, *copy;
    const weir_filter_map_fn *some_row;
    const weir_async_fn *async;
};

#define WITH(make_, T)                                                                             \
    {                                                                                              \
        make_, &T##_scan_fn, &T##_keep_fn, &T##_pass_fn, &T##_fold_fn, &T##_fold_row_fn,           \
            &T##_sum_fn, &T##_row_fn, &T##_try_fn, &T##_pointer_fn, &T##_size_fn, &T##_copy_fn,    \
            &T##_some_fn, &T##_async_fn                                                            \
    }

static const struct lender lenders[] = {WITH(lines, weir_line), WITH(lines_matching, weir_line),
                                        WITH(joined, weir_line), WITH(flat, weir_line),
                                        WITH(words, word)};

#define EACH_LENDER(one)                                                                           \
    for (const struct lender *one = lenders; one < lenders + sizeof lenders / sizeof *lenders;     \
         one++)

/* ---- the doors ---- */

static void test_roots(void **state)
{
    (void)state;
    EACH_LENDER(one)
    {
        weir_stream *source = one->make();
        proof_fails(weir_next(source), WEIR_E_TYPE, "would be gone before it is used");
        weir_drop(source);
        source = one->make();
        proof_fails(weir_next(source), WEIR_E_TYPE, "weir_own()");
        weir_drop(source);
        proof_fails(one->make(), WEIR_E_TYPE, "takes futures, but");
    }
}

static void test_spawned(void **state)
{
    (void)state;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), NULL); /* sim draws the order */
    EACH_LENDER(one)
    {
        weir_error error;
        assert_false(weir_rt_spawn(rt, one->make()));
        weir_stream *source = one->make();
        assert_true(weir_rt_spawn(rt, weir_next(source))); /* it says so when it runs */
        assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 1)), NULL, NULL), WEIR_READY);
        assert_int_equal(weir_rt_task_errors(rt, &error), 1);
        proof_says(&error, WEIR_E_TYPE, "would be gone");
        weir_drop(source);
    }
    weir_rt_drop(rt);
}

/* A state that could hold what is lent, and items that a state hands out again. */
static void test_scans(void **state)
{
    (void)state;
    const row no_row = {NULL, NULL};
    const weir_line none = {NULL, 0}; /* a word has the same layout */
    const int64_t zero = 0;
    EACH_LENDER(one)
    {
        proof_fails(weir_count(weir_scan(one->make(), one->scan, &none)), WEIR_E_TYPE,
                    "between items");
        proof_fails(weir_count(weir_scan(one->make(), one->keep, &no_row)), WEIR_E_TYPE,
                    "keeps a 'row'");
        proof_fails(weir_collect(weir_scan(one->make(), one->pass, &zero), 99), WEIR_E_TYPE,
                    "only lends");
        weir_stream *sizes = weir_map(weir_scan(one->make(), one->pass, &zero), one->number, NULL);
        assert_int_equal(weir_run(weir_count(sizes), NULL, NULL), WEIR_READY);
    }
}

static void test_folds(void **state)
{
    (void)state;
    const row no_row = {NULL, NULL};
    const weir_line none = {NULL, 0};
    const int64_t zero = 0;
    EACH_LENDER(one)
    {
        proof_fails(weir_fold(one->make(), one->fold, &none, NULL), WEIR_E_TYPE, "between items");
        proof_fails(weir_fold(one->make(), one->fold_row, &no_row, NULL), WEIR_E_TYPE,
                    "keeps a 'row'");
        int64_t sum = 0;
        assert_int_equal(weir_run(weir_fold(one->make(), one->sum, &zero, NULL), &sum, NULL),
                         WEIR_READY);
        assert_true(sum > 0);
    }
}

/* A struct of views, a pointer: lent as what it was made of. */
static weir_stream *rows(const struct lender *one, int how)
{
    switch (how) {
    case 0:
        return weir_map(one->make(), one->to_row, NULL);
    case 1:
        return weir_map(one->make(), one->try_row, NULL);
    case 2:
        return weir_filter_map(one->make(), one->some_row, NULL);
    case 3:
        return weir_map(one->make(), one->pointer, NULL);
    case 4:
        return weir_take(weir_skip(weir_map(one->make(), one->to_row, NULL), 1), 2);
    default:
        return weir_enumerate(weir_map(one->make(), one->to_row, NULL));
    }
}

static void test_structs_of_views(void **state)
{
    (void)state;
    EACH_LENDER(one)
    for (int how = 0; how < 6; how++) {
        proof_fails(weir_collect(rows(one, how), 99), WEIR_E_TYPE, "only lends");
        proof_fails(weir_count(weir_chunks(rows(one, how), 2)), WEIR_E_TYPE, ".detached = true");
        proof_fails(weir_count(weir_peekable(rows(one, how))), WEIR_E_TYPE, "only lends");
        proof_fails(weir_count(weir_ahead(rows(one, how), 2)), WEIR_E_TYPE, "only lends");
        proof_fails(weir_count(weir_zip(rows(one, how), weir_range(0, 9))), WEIR_E_TYPE,
                    "only lends");
        proof_fails(weir_count(weir_zip(weir_range(0, 9), rows(one, how))), WEIR_E_TYPE,
                    "only lends");
        weir_stream *source = rows(one, how);
        proof_fails(weir_next(source), WEIR_E_TYPE, "would be gone");
        weir_drop(source);
        assert_int_equal(weir_run(weir_count(rows(one, how)), NULL, NULL), WEIR_READY);
    }
}

static void test_machines(void **state)
{
    (void)state;
    EACH_LENDER(one)
    {
        proof_fails(weir_count(weir_map_async(one->make(), one->async, NULL, 2)), WEIR_E_TYPE,
                    "only lends");
        proof_fails(weir_count(weir_map_async_ordered(one->make(), one->async, NULL, 2)),
                    WEIR_E_TYPE, "only lends");
    }
}

/* What is a number, or says that it is detached, may be held. */
static void test_detached(void **state)
{
    (void)state;
    EACH_LENDER(one)
    {
        weir_vec all;
        assert_int_equal(
            weir_run(weir_collect(weir_map(one->make(), one->number, NULL), 99), &all, NULL),
            WEIR_READY);
        assert_true(all.n >= 4);
        weir_vec_drop(&all);
        assert_int_equal(
            weir_run(weir_collect(weir_map(one->make(), one->copy, NULL), 99), &all, NULL),
            WEIR_READY);
        assert_true(((copied *)all.items)[0].bytes[0] != 0);
        weir_vec_drop(&all);
    }
}

/* The longest line, as it is meant to be written. */
static void longest(weir_owned_line *best, weir_owned_line line, void *arg)
{
    (void)arg;
    weir_owned_line shorter = line.size > best->size ? *best : line;
    if (line.size > best->size)
        *best = line;
    weir_owned_line_drop(&shorter);
}
WEIR_FOLD_FN(longest_fn, longest, weir_owned_line, weir_owned_line)

static void test_longest_line(void **state)
{
    (void)state;
    weir_owned_line best = {NULL, 0};
    assert_int_equal(weir_run(weir_fold(weir_own(lines()), &longest_fn, &best, NULL), &best, NULL),
                     WEIR_READY);
    assert_string_equal(best.data, "the longest line of all");
    weir_owned_line_drop(&best);
}

int proofs_p1(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots),    cmocka_unit_test(test_spawned),
        cmocka_unit_test(test_scans),    cmocka_unit_test(test_folds),
        cmocka_unit_test(test_machines), cmocka_unit_test(test_structs_of_views),
        cmocka_unit_test(test_detached), cmocka_unit_test(test_longest_line)};
    return cmocka_run_group_tests_name("p1", tests, NULL, NULL);
}
