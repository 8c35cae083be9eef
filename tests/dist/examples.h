/* What the examples of the headers are compiled with. `p(x)` prints x: a stream or reader to its
 * end, each item behind a space, an error as ! and its code; a vec in [], a pair in (). Nothing
 * behind an arrow: nothing is printed. */
#ifndef EXAMPLES_H
#define EXAMPLES_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "weir.h"
#include "weir/check.h"
#include "weir/implement.h"
#include "weir/into.h"
#include "weir/lock.h"
#include "weir/pipe.h"
#include "weir/scope.h"
#include "weir/sim.h"

/* ---- functions that the examples use ---- */

enum { MS = 1000000 };

static int64_t square(int64_t x, void *arg)
{
    (void)arg;
    return x * x;
}
WEIR_MAP_FN(square_fn, square, int64_t, int64_t)

static void negate(int64_t *x, void *arg)
{
    (void)arg;
    *x = -*x;
}
WEIR_UPDATE_FN(negate_fn, negate, int64_t)

/* Fails for odd numbers. */
static bool halve(int64_t x, int64_t *out, void *arg, weir_error *error)
{
    (void)arg;
    *out = x / 2;
    return x % 2 == 0 || (weir_error_set(error, WEIR_E_USER, "%lld is odd", (long long)x), false);
}
WEIR_TRY_MAP_FN(halve_fn, halve, int64_t, int64_t)

static bool is_even(int64_t x, void *arg)
{
    (void)arg;
    return x % 2 == 0;
}
WEIR_FILTER_FN(is_even_fn, is_even, int64_t)

static bool is_below_3(int64_t x, void *arg)
{
    (void)arg;
    return x < 3;
}
WEIR_FILTER_FN(is_below_3_fn, is_below_3, int64_t)

/* 10 * x of those below 3. */
static bool tens(int64_t x, int64_t *out, void *arg)
{
    (void)arg;
    *out = 10 * x;
    return x < 3;
}
WEIR_FILTER_MAP_FN(tens_fn, tens, int64_t, int64_t)

/* Twice as much, up to 100. */
static bool twice(int64_t x, int64_t *out, void *arg)
{
    (void)arg;
    *out = 2 * x;
    return *out <= 100;
}
WEIR_FILTER_MAP_FN(twice_fn, twice, int64_t, int64_t)

static bool sum_so_far(int64_t *sum, int64_t x, int64_t *out)
{
    *out = *sum += x;
    return true;
}
WEIR_SCAN_FN(sum_so_far_fn, sum_so_far, int64_t, int64_t, int64_t)

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static int by_last_digit(int64_t a, int64_t b, void *arg)
{
    (void)arg;
    return (int)(a % 10 - b % 10);
}
WEIR_COMPARE_FN(by_last_digit_fn, by_last_digit, int64_t)

static uint64_t last_digit(int64_t x, void *arg)
{
    (void)arg;
    return (uint64_t)(x % 10);
}
WEIR_KEY_FN(last_digit_fn, last_digit, int64_t, uint64_t)

static uint64_t parity(int64_t x, void *arg)
{
    (void)arg;
    return (uint64_t)(x % 2);
}
WEIR_KEY_FN(parity_fn, parity, int64_t, uint64_t)

/* x, x - 1 ... 1 */
static bool count_down(int64_t *left, int64_t *out)
{
    *out = (*left)--;
    return *out > 0;
}
WEIR_UNFOLD_FN(count_down_fn, count_down, int64_t, int64_t)

/* 1, 2, 3 ... by the counter that arg is. */
static int64_t next_number(void *arg)
{
    return ++*(int64_t *)arg;
}
WEIR_MAKE_FN(next_number_fn, next_number, int64_t)

/* Adds to the sum that arg is. */
static void add_to(int64_t x, void *arg)
{
    *(int64_t *)arg += x;
}
WEIR_EACH_FN(add_to_fn, add_to, int64_t)

static weir_stream *below(int64_t x, void *arg)
{
    (void)arg;
    return weir_range(0, x);
}
WEIR_THEN_FN(below_fn, below, int64_t, int64_t)

/* A future of x, after x milliseconds. */
static weir_stream *after_ms(int64_t x, void *arg)
{
    (void)arg;
    return weir_delay(weir_once(&weir_type_i64, &x), (uint64_t)x * MS, 1);
}
WEIR_THEN_FN(after_ms_fn, after_ms, int64_t, int64_t)

static void cube_start(int64_t *state, int64_t x, void *arg)
{
    (void)arg;
    *state = x * x * x;
}
static weir_poll cube_poll(int64_t *state, weir_cx *cx, int64_t *out)
{
    (void)cx;
    *out = *state;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(cube_fn, cube_start, cube_poll, int64_t, int64_t, int64_t)

static int64_t minus(int64_t a, int64_t b, void *arg)
{
    (void)arg;
    return a - b;
}
WEIR_PAIR_FN(minus_fn, minus, int64_t, int64_t, int64_t)

static weir_stream *squares_of(weir_stream *source, void *arg)
{
    return weir_map(source, &square_fn, arg);
}

static weir_stream *one_to_three(void *arg)
{
    (void)arg;
    return weir_range(1, 4);
}

static uint64_t line_size(weir_line line, void *arg)
{
    (void)arg;
    return line.size;
}
WEIR_MAP_FN(line_size_fn, line_size, weir_line, uint64_t)

#define yes(x) ((x) ? "yes" : "no")

static weir_reader *text(const char *said)
{
    return weir_memory_reader(said, strlen(said));
}

static weir_stream *lines(const char *said)
{
    return weir_lines(text(said), 4096);
}

/* numbers(3, 1, 2): these. */
#define numbers(...)                                                                               \
    weir_iter(&weir_type_i64, (int64_t[]){__VA_ARGS__},                                            \
              sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t))

/* Halves of from, from + 1 ... to - 1, with an error for each odd one. */
static weir_stream *halves(int64_t from, int64_t to)
{
    return weir_map(weir_range(from, to), &halve_fn, NULL);
}

/* A future that fails. */
static weir_stream *failing(void)
{
    return weir_take(halves(1, 2), 1);
}

/* As another language would give them (weir/bind.h). */
static int double_it(const void *in, void *out, void *arg, weir_error *error)
{
    (void)arg, (void)error;
    *(int64_t *)out = 2 * *(const int64_t *)in;
    return 1;
}

static int is_one(const void *in, void *out, void *arg, weir_error *error)
{
    (void)out, (void)arg, (void)error;
    return *(const int64_t *)in == 1;
}

/* A future of the same number. */
static int later_it(const void *in, void *out, void *arg, weir_error *error)
{
    (void)arg, (void)error;
    int64_t x = *(const int64_t *)in;
    *(weir_stream **)out = weir_take(weir_range(x, x + 1), 1);
    return 1;
}

/* A stream of streams, or of futures: streams(a, b). */
static weir_stream *streams_of(weir_stream **streams, size_t n)
{
    weir_vec vec = {weir_allocate(n * sizeof *streams), n, n, &weir_type_stream};
    memcpy(vec.items, streams, n * sizeof *streams);
    return weir_from_vec(&vec);
}
#define streams(...)                                                                               \
    streams_of((weir_stream *[]){__VA_ARGS__},                                                     \
               sizeof(weir_stream *[]){__VA_ARGS__} / sizeof(weir_stream *))

static weir_side second_first(void *arg)
{
    (void)arg;
    return WEIR_SIDE_SECOND;
}

/* The number that arg is, and those below it, as a poll. */
static weir_poll poll_down(void *arg, weir_cx *cx, void *out, size_t demand)
{
    int64_t *left = arg;
    (void)cx, (void)demand;
    *(int64_t *)out = *left;
    return *left ? (*left)--, (weir_poll){1, WEIR_READY} : (weir_poll){0, WEIR_END};
}

static weir_poll poll_seven(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)cx, (void)demand;
    *(int64_t *)out = 7;
    return (weir_poll){1, WEIR_END};
}

/* Three letters that must be opened and closed. */
static bool letters_open(int64_t *at, void *arg, weir_error *error)
{
    (void)arg, (void)error;
    return *at = 'a', true;
}
static weir_state letters_next(int64_t *at, char *out, weir_error *error)
{
    (void)error;
    *out = (char)(*at)++;
    return *out <= 'c' ? WEIR_READY : WEIR_END;
}
static void letters_close(int64_t *at)
{
    *at = 0;
}
WEIR_RESOURCE_FN(letters_fn, letters_open, letters_next, letters_close, int64_t, char)

/* 0 and 1, and then it fails; the third time it does not. */
static weir_stream *third_time(void *arg, uint32_t restarts, const weir_error *why)
{
    (void)arg, (void)why;
    weir_stream *two = weir_range(0, 2);
    return restarts == 2 ? two : weir_chain(two, weir_stop_on_error(halves(1, 2)));
}

static void say_timeout(weir_error *error, void *arg)
{
    (void)arg;
    error->code = WEIR_E_TIMEOUT;
}

static void count_error(const weir_error *error, void *arg)
{
    (void)error;
    ++*(int *)arg;
}

/* A stream of one 0. */
static weir_stream *zero_instead(const weir_error *error, void *arg)
{
    (void)error, (void)arg;
    return weir_range(0, 1);
}

static void note_done(weir_done how, const weir_error *error, void *arg)
{
    (void)error;
    *(weir_done *)arg = how;
}

static size_t last_digit_of(int64_t x, size_t n, void *arg)
{
    (void)arg;
    return (size_t)(x % 10) % n;
}
WEIR_CHOOSE_FN(last_digit_of_fn, last_digit_of, int64_t)

/* A future of x that takes so long. */
static weir_stream *later(int64_t x, uint64_t ms)
{
    return weir_delay(weir_once(&weir_type_i64, &x), ms * MS, 1);
}

/* 0 to n - 1, the first at once and the others so long after each other. */
static weir_stream *each_ms(uint64_t ms, int64_t n)
{
    return weir_throttle(weir_range(0, n), ms * MS);
}

/* A fiber that waits as long as its state says, in milliseconds, and gives that. */
static bool nap(int64_t *ms, int64_t *out, weir_error *error)
{
    *out = *ms;
    return weir_await(weir_sleep((uint64_t)*ms * MS), NULL, error) != WEIR_ERROR;
}
WEIR_FIBER_FN(nap_fn, nap, int64_t, int64_t)

/* The squares from its state on, for ever. */
static bool squares(int64_t *from, weir_error *error)
{
    (void)error;
    for (int64_t n = *from; weir_yield(int64_t, n * n); n++)
        ;
    return true;
}
WEIR_GENERATOR_FN(squares_fn, squares, int64_t, int64_t)

/* The same without a stack: the numbers below n. */
struct below {
    int64_t n, next;
};
static weir_poll numbers_below(struct below *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    for (; self->next < self->n; self->next++)
        weir_co_yield(co, out, self->next);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(numbers_below_fn, numbers_below, struct below, int64_t)

static weir_poll seven(struct below *self, weir_co *co, int64_t *out)
{
    (void)self;
    weir_co_begin(co);
    weir_co_return(co, out, 7);
    weir_co_end(co);
}
WEIR_CO_FN(seven_fn, seven, struct below, int64_t)

/* Twice each number of a stream, errors in their places. */
struct doubling {
    weir_stream *numbers;
    int64_t x;
};
static weir_poll doubled(struct doubling *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_next(co, got, self->numbers, &self->x);
        if (got.state == WEIR_END)
            weir_co_stop(co);
        if (got.state == WEIR_READY)
            weir_co_yield(co, out, 2 * self->x);
        else
            weir_co_pass(co);
    }
    weir_co_end(co);
}
static void doubling_drop(void *state)
{
    weir_drop(((struct doubling *)state)->numbers);
}
WEIR_CO_GENERATOR_FN(doubled_fn, doubled, struct doubling, int64_t, .drop = doubling_drop)

/* The sum of the numbers below n; the others have their turn between two. It fails above 99. */
struct summing {
    int64_t n, x, sum;
    weir_stream *numbers;
};
static weir_poll sum_below(struct summing *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->x, self->numbers, weir_range(0, self->n)) {
        self->sum += self->x;
        weir_co_wait_turn(co);
    }
    if (self->sum > 99)
        weir_co_fail(co, WEIR_E_LIMIT, "%lld is above 99", (long long)self->sum);
    weir_co_return(co, out, self->sum);
    weir_co_end(co);
}
WEIR_CO_FN(sum_below_fn, sum_below, struct summing, int64_t)

/* What a future gives, and how many bytes of a reader are there behind it. */
struct waiting {
    weir_stream *future;
    weir_reader *reader;
    int64_t x;
};
static weir_poll wait_for_both(struct waiting *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    weir_co_await(co, got, self->future, &self->x);
    weir_co_poll(co, got, weir_poll_fill(self->reader, co->cx, 1));
    weir_co_return(co, out, 100 * self->x + got.n);
    weir_co_end(co);
}
static void waiting_drop(void *state)
{
    struct waiting *self = state;
    weir_drop(self->future);
    weir_drop(self->reader);
}
WEIR_CO_FN(wait_for_both_fn, wait_for_both, struct waiting, int64_t, .drop = waiting_drop)

/* What may block its thread. */
static bool slow_square(int64_t *x, int64_t *out, weir_error *error)
{
    (void)error;
    *out = *x * *x;
    return true;
}
WEIR_BLOCKING_FN(slow_square_fn, slow_square, int64_t, int64_t)

/* The body of a parallel loop, and a member of a crew: both add to the sum that arg is. */
WEIR_PAR_FN(par_add_fn, int64_t, x, int64_t *, sum)
{
    *sum += x;
}
WEIR_CREW_FN(crew_add_fn, int64_t, items, int64_t *, sum)
{
    weir_for_await (int64_t, x, items)
        *sum += x;
}

/* Writes a text to a file, and its name. */
static const char *file(const char *path, const char *said)
{
    weir_ignore(weir_run(weir_copy(text(said), weir_file_writer(path, NULL)), NULL, NULL));
    return path;
}

/* A struct with named members, and numbers for protobuf. */
struct person {
    weir_text name;
    int64_t age;
};
WEIR_RECORD(person_record, struct person, WEIR_MEMBER(struct person, name, 1),
            WEIR_MEMBER(struct person, age, 2))

/* How often a waker was called. */
static int wakes;
static void count_wake(weir_waker *waker)
{
    (void)waker;
    wakes++;
}
static void let_go(weir_waker *waker)
{
    (void)waker;
}
static const weir_waker_ops counting_waker = {sizeof counting_waker, count_wake, let_go};

/* What a meter tells: how many bytes passed. */
static void note_bytes(void *arg, const weir_metered *metered)
{
    *(uint64_t *)arg = metered->bytes;
}

/* Numbers of two digits without anything between them, and the way back. */
static weir_decoded pair_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                                void *out, weir_error *error)
{
    (void)state, (void)last, (void)error;
    if (n < 2)
        return (weir_decoded){WEIR_FOUND_NEED, n ? 2 : 0};
    *(int64_t *)out = (bytes[0] - '0') * 10 + bytes[1] - '0';
    return (weir_decoded){WEIR_FOUND_ITEM, 2};
}
static const weir_decoder pairs = {
    .size = sizeof pairs, .name = "pairs", .type = &weir_type_i64, .decode = pair_decode};
static size_t pair_encode(void *state, const void *item, unsigned char *out, size_t size,
                          weir_error *error)
{
    int64_t x = *(const int64_t *)item;
    (void)state;
    if (x < 0 || x > 99)
        return weir_error_set(error, WEIR_E_USER, "%lld has not two digits", (long long)x), 0;
    if (size >= 2)
        out[0] = (unsigned char)('0' + x / 10), out[1] = (unsigned char)('0' + x % 10);
    return 2;
}
static const weir_encoder to_pairs = {
    .size = sizeof to_pairs, .name = "to_pairs", .type = &weir_type_i64, .encode = pair_encode};

/* A collection: its items go into the sum that it is. */
static bool sum_add(void *into, void *item, weir_error *error)
{
    (void)error;
    *(int64_t *)into += *(int64_t *)item;
    return true;
}
static const weir_into_ops sum_into = {
    .size = sizeof sum_into, .name = "sum", .of = &weir_type_i64, .add = sum_add};

/* The sum, behind the last item. */
static bool sum_once(int64_t *sum, int64_t *out)
{
    *out = *sum;
    *sum = 0;
    return *out;
}
WEIR_UNFOLD_FN(sum_once_fn, sum_once, int64_t, int64_t)

/* What a server does with a connection: it sends back what comes. */
static weir_stream *echo(weir_duplex near, void *arg)
{
    (void)arg;
    return weir_copy(near.reader, near.writer);
}
WEIR_THEN_FN(echo_fn, echo, weir_duplex, uint64_t, .from = &weir_type_duplex)

/* A server that says hello to every request. */
static weir_stream *hello(weir_exchange *x, void *arg)
{
    (void)arg;
    static const weir_response ok = WEIR_RESPONSE(200, "content-type: text/plain\r\n");
    return weir_respond_bytes(x, &ok, "Hello", 5);
}
WEIR_HTTP_FN(hello_fn, hello)

static weir_stream *serve_hello(weir_duplex connection, void *arg)
{
    return weir_http_serve(connection, &hello_fn, arg, NULL);
}
WEIR_CONNECTION_FN(serve_hello_fn, serve_hello)

const char *hello_url(void); /* it runs beside the examples */

/* What is polled with, where nobody waits: a cx of the program's own, its budget renewed. */
weir_cx *cx(void);

static const char *const nowhere = "127.0.0.1:1"; /* where nobody listens */
const char *why(weir_stream *stream);             /* its first error in words; it is dropped */

/* The bytes of a vec as text. */
static weir_line as_text(weir_vec vec)
{
    return (weir_line){vec.items, vec.n};
}

/* Counts the bytes that it sees in the number that arg is. */
static void count_bytes(void *arg, const void *bytes, size_t n)
{
    (void)bytes;
    *(size_t *)arg += n;
}

/* ---- printing ---- */
#include "examples_print.h"

#endif
