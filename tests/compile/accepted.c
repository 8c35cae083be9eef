/* Programs that must compile without a warning, in strict C11 too: pointers as items, functions and
 * types whose names the macros might use themselves, every way to say where a result goes. */

#include <string.h>

#include "weir.h"

/* ---- pointers as items: no qualifier may go to what they point at ---- */

struct req {
    struct req *next;
    int64_t bytes;
};

static bool is_large(struct req *req, void *arg)
{
    return req->bytes > *(int64_t *)arg;
}
WEIR_FILTER_FN(is_large_fn, is_large, struct req *)

static struct req *next_of(struct req *req, void *arg)
{
    (void)arg;
    return req->next;
}
WEIR_MAP_FN(next_of_fn, next_of, struct req *, struct req *)

static const char *name_of(struct req *req, void *arg)
{
    (void)arg;
    return req->bytes ? "some" : "none";
}
WEIR_MAP_FN(name_of_fn, name_of, struct req *, const char *)

static bool try_next(struct req *req, struct req **out, void *arg, weir_error *error)
{
    (void)arg;
    *out = req->next;
    if (!*out)
        weir_error_set(error, WEIR_E_USER, "it is the last");
    return *out != NULL;
}
WEIR_TRY_MAP_FN(try_next_fn, try_next, struct req *, struct req *)

static void follow(struct req **req, void *arg)
{
    (void)arg;
    *req = (*req)->next;
}
WEIR_UPDATE_FN(follow_fn, follow, struct req *)

static bool next_if(struct req *req, struct req **out, void *arg)
{
    (void)arg;
    *out = req->next;
    return *out != NULL;
}
WEIR_FILTER_MAP_FN(next_if_fn, next_if, struct req *, struct req *)

static bool pairwise(struct req **before, struct req *req, struct req **out)
{
    *out = *before;
    *before = req;
    return true;
}
WEIR_SCAN_FN(pairwise_fn, pairwise, struct req *, struct req *, struct req *)

static void largest(struct req **most, struct req *req, void *arg)
{
    (void)arg;
    if (!*most || (*most)->bytes < req->bytes)
        *most = req;
}
WEIR_FOLD_FN(largest_fn, largest, struct req *, struct req *)

static bool add_up(int64_t *sum, struct req *req, void *arg, weir_error *error)
{
    (void)arg;
    if (req->bytes < 0)
        weir_error_set(error, WEIR_E_USER, "less than nothing");
    *sum += req->bytes;
    return req->bytes >= 0;
}
WEIR_TRY_FOLD_FN(add_up_fn, add_up, int64_t, struct req *)

static int64_t more_bytes(struct req *req, int64_t more, void *arg)
{
    (void)arg;
    return req->bytes + more;
}
WEIR_PAIR_FN(more_bytes_fn, more_bytes, struct req *, int64_t, int64_t)

static int by_bytes(struct req *a, struct req *b, void *arg)
{
    (void)arg;
    return a->bytes < b->bytes ? -1 : a->bytes > b->bytes;
}
WEIR_COMPARE_FN(by_bytes_fn, by_bytes, struct req *)

static bool walk(struct req **at, struct req **out)
{
    *out = *at;
    *at = *at ? (*at)->next : NULL;
    return *out != NULL;
}
WEIR_UNFOLD_FN(walk_fn, walk, struct req *, struct req *)

static bool find(struct req **state, struct req **out, weir_error *error)
{
    (void)error;
    *out = *state;
    return *out != NULL;
}
WEIR_BLOCKING_FN(find_fn, find, struct req *, struct req *)

static void serve(struct req *req, void *arg)
{
    *(int64_t *)arg += req->bytes;
}
WEIR_EACH_FN(serve_fn, serve, struct req *)

static struct req *key_of(struct req *req, void *arg)
{
    (void)arg;
    return req->next;
}
WEIR_KEY_FN(key_of_fn, key_of, struct req *, struct req *)
extern const weir_key_fn *const key_function;
const weir_key_fn *const key_function = &key_of_fn;

static size_t choose_one(struct req *req, size_t n, void *arg)
{
    (void)arg;
    return (size_t)req->bytes % n;
}
WEIR_CHOOSE_FN(choose_fn, choose_one, struct req *)
extern const weir_choose_fn *const choose_function;
const weir_choose_fn *const choose_function = &choose_fn;

static weir_stream *answer(struct req *req, void *arg)
{
    (void)arg;
    return weir_range(0, req->bytes);
}
WEIR_THEN_FN(answer_fn, answer, struct req *, int64_t)

struct machine {
    struct req *req;
};
static void start(struct machine *self, struct req *req, void *arg)
{
    (void)arg;
    self->req = req;
}
static weir_poll go(struct machine *self, weir_cx *cx, struct req **out)
{
    (void)cx;
    *out = self->req;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(machine_fn, start, go, struct machine, struct req *, struct req *)

/* A function that waits, with each of its words, and in ifs and loops without braces. */
struct waiter {
    struct req *req;
    weir_stream *loop, *future;
    int64_t x;
};
static weir_poll wait_for_all(struct waiter *self, weir_co *co, struct req **out)
{
    weir_poll got;
    weir_co_begin(co);
    if (self->req)
        weir_co_for (co, self->x, self->loop, weir_range(0, self->req->bytes))
            if (self->x % 2)
                weir_co_yield(co, out, self->req);
            else
                continue;
    else
        weir_co_wait_turn(co);
    while (self->x--)
        weir_co_wait_turn(co);
    self->future = weir_next(self->loop);
    weir_co_await(co, got, self->future, &self->x);
    if (got.state == WEIR_ERROR)
        weir_co_pass(co);
    else if (got.state == WEIR_END)
        weir_co_stop(co);
    else
        weir_co_next(co, got, self->loop, &self->x);
    weir_co_poll(co, got, self->x ? WEIR_POLL_ONE : weir_wait_turn(co->cx));
    if (!self->x)
        weir_co_fail(co, WEIR_E_USER, "%s: %d", "none", 0);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(wait_for_all_fn, wait_for_all, struct waiter, struct req *)

struct kinds {
    unsigned bits : 3;
    float number;
};
static weir_poll give_kinds(struct kinds *self, weir_co *co, double *out)
{
    weir_co_begin(co);
    weir_co_yield(co, out, self->bits);
    weir_co_yield(co, out, self->number);
    weir_co_yield(co, out, 1);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(give_kinds_fn, give_kinds, struct kinds, double)

static weir_poll return_req(struct waiter *self, weir_co *co, struct req *out)
{
    weir_co_begin(co);
    if (self->x)
        weir_co_return(co, out, (struct req){self->req, 3});
    else
        weir_co_return(co, out, *self->req);
    weir_co_end(co);
}
WEIR_CO_FN(return_req_fn, return_req, struct waiter, struct req)

/* ---- functions whose names the macros might use themselves ---- */

static int64_t in(int64_t x, void *arg)
{
    (void)arg;
    return x + 1;
}
WEIR_MAP_FN(in_fn, in, int64_t, int64_t)

static int32_t out(int64_t x, void *arg)
{
    (void)arg;
    return (int32_t)x;
}
WEIR_MAP_FN(out_fn, out, int64_t, int32_t)

static bool keep(int64_t x, void *arg)
{
    (void)arg;
    return x > 0;
}
WEIR_FILTER_FN(keep_fn, keep, int64_t)

static bool n(int64_t x, int64_t *result, void *arg)
{
    (void)arg;
    *result = x;
    return true;
}
WEIR_FILTER_MAP_FN(n_fn, n, int64_t, int64_t)

static void arg(int64_t *x, void *argument)
{
    (void)argument;
    *x = 0;
}
WEIR_UPDATE_FN(arg_fn, arg, int64_t)

static bool state(int64_t *sum, int64_t x, int64_t *result)
{
    *result = *sum += x;
    return true;
}
WEIR_SCAN_FN(state_fn, state, int64_t, int64_t, int64_t)

static void sum(int64_t *total, int64_t x, void *argument)
{
    (void)argument;
    *total += x;
}
WEIR_FOLD_FN(sum_fn, sum, int64_t, int64_t)

static void item(int64_t x, void *argument)
{
    (void)x, (void)argument;
}
WEIR_EACH_FN(item_fn, item, int64_t)

static double item_(int64_t x, void *argument)
{
    (void)argument;
    return (double)x;
}
WEIR_MAP_FN(item_too_fn, item_, int64_t, double)

static bool to_(int64_t x, double *result, void *argument)
{
    (void)argument;
    *result = (double)x;
    return true;
}
WEIR_FILTER_MAP_FN(to_too_fn, to_, int64_t, double)

static void sum_(double *total, int64_t x, void *argument)
{
    (void)argument;
    *total += (double)x;
}
WEIR_FOLD_FN(sum_too_fn, sum_, double, int64_t)

/* ---- types that are macros, of several words, or very large ---- */

#define real double
#define record struct req
struct page {
    unsigned char bytes[4096];
};

static real half(real x, void *argument)
{
    (void)argument;
    return x / 2;
}
WEIR_MAP_FN(half_fn, half, real, real)

static bool is_last(record r, void *argument)
{
    (void)argument;
    return !r.next;
}
WEIR_FILTER_FN(is_last_fn, is_last, record)

static unsigned long long widen(unsigned char x, void *argument)
{
    (void)argument;
    return x;
}
WEIR_MAP_FN(widen_fn, widen, unsigned char, unsigned long long)

static bool is_set(bool x, void *argument)
{
    (void)argument;
    return x;
}
WEIR_FILTER_FN(is_set_fn, is_set, bool)

static int64_t first_of(struct page page, void *argument)
{
    (void)argument;
    return page.bytes[0];
}
WEIR_MAP_FN(first_of_fn, first_of, struct page, int64_t)

static void all_bytes(struct page *all, struct page page, void *argument)
{
    (void)argument;
    memcpy(all, &page, sizeof page);
}
WEIR_FOLD_FN(all_bytes_fn, all_bytes, struct page, struct page)

/* What is said at the end replaces what the macro would say. */
static const weir_type row_type = WEIR_TYPE_VIEW(struct req);
static struct req row_of(weir_line line, void *argument)
{
    (void)argument;
    return (struct req){NULL, (int64_t)line.size};
}
WEIR_MAP_FN(row_of_fn, row_of, weir_line, struct req, .to = &row_type, .detached = true)

/* Those of a header, which this file does not need. */
WEIR_PAIR(int64_t, bool, pair_of_a_header)
WEIR_INDEXED(bool, indexed_of_a_header)
WEIR_RESULT(bool, result_of_a_header)

WEIR_PAIR(int64_t, struct req *, numbered)
WEIR_INDEXED(double, indexed_real)
WEIR_RESULT(weir_line, line_or_error)
static int64_t first_of_pair(struct numbered pair, void *argument)
{
    (void)argument;
    return pair.first;
}
WEIR_MAP_FN(first_of_pair_fn, first_of_pair, struct numbered, int64_t, .from = &numbered_type)
static bool is_line(struct line_or_error result, void *argument)
{
    (void)argument;
    return !result.error;
}
WEIR_FILTER_FN(is_line_fn, is_line, struct line_or_error, .of = &line_or_error_type)
static double of_indexed(struct indexed_real item, void *argument)
{
    (void)argument;
    return item.item + (double)item.index;
}
WEIR_MAP_FN(of_indexed_fn, of_indexed, struct indexed_real, double, .from = &indexed_real_type)

/* Each of them is used, or the compiler would warn of that. */
/* ---- functions with a stack of their own ---- */

struct countdown {
    int64_t left;
};
struct span {
    int64_t bounds[2];
};

/* The yield in each place where an expression may stand, and values with commas in them. */
static bool count_down(struct countdown *state, weir_error *error)
{
    bool on = weir_yield(struct span, {{state->left, 0}});
    for (; on && weir_yield(struct span, {{state->left, 1}}); state->left--)
        on = state->left > 0 ? weir_yield(struct span, *(struct span[1]){{{1, 2}}}) : false;
    if (!weir_pause())
        weir_error_set(error, WEIR_E_STOPPED, "dropped");
    return error->code == WEIR_OK;
}
WEIR_GENERATOR_FN(count_down_fn, count_down, struct countdown, struct span)

static bool wait_and_count(struct countdown *state, int64_t *out, weir_error *error)
{
    (void)error;
    for (*out = 0; *out < state->left && weir_pause(); ++*out)
        ;
    return true;
}

static void countdown_drop(void *state)
{
    ((struct countdown *)state)->left = 0;
}
WEIR_FIBER_FN(wait_and_count_fn, wait_and_count, struct countdown, int64_t, .drop = countdown_drop,
              .to = &weir_type_i64)

static bool bounds_of(struct span *state, int64_t *out, weir_error *error)
{
    (void)error;
    *out = state->bounds[1] - state->bounds[0];
    return true;
}
WEIR_FIBER_FN(bounds_fn, bounds_of, struct span, int64_t)
WEIR_BLOCKING_FN(bounds_aside_fn, bounds_of, struct span, int64_t)

static bool yield_bound(struct span *state, weir_error *error)
{
    (void)error;
    return weir_yield(int64_t, state->bounds[0]);
}
WEIR_GENERATOR_FN(bound_fn, yield_bound, struct span, int64_t)

static weir_poll give_low(struct span *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_return(co, out, self->bounds[0]);
    weir_co_end(co);
}
WEIR_CO_FN(low_fn, give_low, struct span, int64_t)

extern const void *const all_functions[];
const void *const all_functions[] = {
    &is_large_fn,   &next_of_fn,      &name_of_fn,       &try_next_fn,
    &follow_fn,     &next_if_fn,      &pairwise_fn,      &largest_fn,
    &walk_fn,       &serve_fn,        &answer_fn,        &machine_fn,
    &in_fn,         &out_fn,          &keep_fn,          &n_fn,
    &arg_fn,        &state_fn,        &sum_fn,           &item_fn,
    &item_too_fn,   &to_too_fn,       &sum_too_fn,       &half_fn,
    &is_last_fn,    &widen_fn,        &is_set_fn,        &first_of_fn,
    &all_bytes_fn,  &row_of_fn,       &first_of_pair_fn, &is_line_fn,
    &of_indexed_fn, &wait_for_all_fn, &give_kinds_fn,    &return_req_fn,
    &find_fn,       &count_down_fn,   &wait_and_count_fn};

/* ---- where a result goes ---- */

/* ---- what sources are made of ---- */

static struct req *no_request(void *arg)
{
    (void)arg;
    return NULL;
}
WEIR_MAKE_FN(no_request_fn, no_request, struct req *)

static bool begin(struct req *req, void *arg, weir_error *error)
{
    (void)arg, (void)error;
    req->bytes = 3;
    return true;
}

static weir_state next_request(struct req *req, struct req **out, weir_error *error)
{
    (void)error;
    *out = req;
    return req->bytes-- ? WEIR_READY : WEIR_END;
}

static void end(struct req *req)
{
    req->next = NULL;
}
WEIR_RESOURCE_FN(requests_fn, begin, next_request, end, struct req, struct req *)

int main(void)
{
    struct result {
        uint64_t count;
        uint64_t sums[2];
        int64_t item;
        char bytes[16];
    } result = {0, {0, 0}, 0, ""};
    weir_error error;
    void *anywhere = &result.count;
    uint64_t *typed = &result.sums[1], sums[4];
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .budget = 1), &error);
    weir_stream *range = weir_range(0, 3);
    weir_state states[] = {
        weir_run(weir_count(weir_range(0, 1)), NULL, NULL),
        weir_run(weir_count(weir_range(0, 1)), anywhere, &error),
        weir_run(weir_count(weir_range(0, 1)), typed, &error),
        weir_run(weir_count(weir_range(0, 1)), &result.sums[1], NULL),
        weir_run(weir_count(weir_range(0, 1)), sums, &error),
        weir_rt_run(rt, weir_count(weir_range(0, 1)), NULL, NULL),
        weir_rt_run(rt, weir_count(weir_range(0, 1)), &result.count, &error),
        weir_rt_run(rt, weir_count(weir_range(0, 1)), sums + 1, &error),
        weir_rt_next(rt, range, &result.item, &error),
        weir_rt_next(rt, range, &result.bytes, &error),
        weir_rt_next(rt, range, anywhere, NULL),
    };
    weir_drop(range);
    const weir_compare_fn *compare = &by_bytes_fn;
    weir_drop(weir_map(weir_zip(weir_range(0, 1), weir_range(0, 1)), &more_bytes_fn, NULL));
    states[0] = compare->one ? states[0] : WEIR_ERROR;
    weir_drop(weir_repeat_with(&no_request_fn, NULL));
    weir_drop(weir_using(&requests_fn, NULL));
    int64_t numbers[] = {1, 2, 3};
    const unsigned char few[] = {1, 2};
    weir_line text = {"text", 4};
    weir_drop(weir_into_stream(numbers));
    weir_drop(weir_into_stream(few));
    weir_drop(weir_into_stream("text"));
    weir_drop(weir_into_stream(&text));
    weir_drop(weir_into_stream(&(weir_bounds){0, 3}));
    weir_drop(weir_into_stream(weir_range(0, 3)));
    weir_drop(weir_min_by(weir_range(0, 1), &by_bytes_fn, NULL));
    weir_drop(weir_fold(weir_range(0, 1), &add_up_fn, &(int64_t){0}, NULL));
    weir_drop(weir_generator(&count_down_fn, &(struct countdown){3}, NULL));
    weir_drop(weir_fiber(&wait_and_count_fn, NULL, &WEIR_FIBER_OPTIONS(.stack_bytes = 1 << 20)));
    weir_drop(weir_go(&bounds_fn, &(struct span){{1, 2}}, NULL));
    weir_drop(
        weir_generator(&bound_fn, &(struct span){{1, 2}}, &WEIR_FIBER_OPTIONS(.ahead = true)));
    weir_drop(weir_spawn_blocking(&bounds_aside_fn, &(struct span){{1, 2}}));
    weir_drop(weir_co(&low_fn, &(struct span){{1, 2}}));
    weir_writer *nowhere = weir_null_writer();
    weir_ignore(weir_await_close(nowhere, NULL));
    weir_drop(nowhere);
    weir_rt_drop(rt);
    return states[0] == WEIR_READY ? 0 : 1;
}
