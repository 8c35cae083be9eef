/* Programs that must not compile: each #ifdef is one, and the comment behind it is what the
 * compiler must say. Without any of them it compiles. Run by refused.sh. */

#include "weir.h"

#ifdef MAP_FROM /* f has another signature than is said here */
static int64_t f(int32_t x, void *arg)
{
    (void)arg;
    return x;
}
WEIR_MAP_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef MAP_TO /* f has another signature than is said here */
static int32_t f(int64_t x, void *arg)
{
    (void)arg;
    return (int32_t)x;
}
WEIR_MAP_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef MAP_WITHOUT_ARG /* f has another signature than is said here */
static int64_t f(int64_t x)
{
    return x;
}
WEIR_MAP_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef TRY_MAP /* f has another signature than is said here */
static bool f(int64_t x, int64_t *out, void *arg)
{
    (void)arg;
    *out = x;
    return true;
}
WEIR_TRY_MAP_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef TRY_MAP_OUT /* here: bool (*)(int64_t, int64_t *, void *, weir_error *) */
static bool f(int64_t x, int32_t *out, void *arg, weir_error *error)
{
    (void)arg, (void)error;
    *out = (int32_t)x;
    return true;
}
WEIR_TRY_MAP_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef UPDATE_BY_VALUE /* f has another signature than is said here */
static void f(int64_t x, void *arg)
{
    (void)x, (void)arg;
}
WEIR_UPDATE_FN(f_fn, f, int64_t)
#endif

#ifdef UPDATE /* f has another signature than is said here */
static void f(int32_t *x, void *arg)
{
    (void)arg;
    *x = 0;
}
WEIR_UPDATE_FN(f_fn, f, int64_t)
#endif

#ifdef FILTER /* f has another signature than is said here: bool (*)(int64_t, void *) */
static bool f(double x, void *arg)
{
    (void)arg;
    return x > 0;
}
WEIR_FILTER_FN(f_fn, f, int64_t)
#endif

#ifdef FILTER_OF_INT /* f has another signature than is said here */
static int f(int64_t x, void *arg)
{
    (void)arg;
    return x > 0;
}
WEIR_FILTER_FN(f_fn, f, int64_t)
#endif

#ifdef FILTER_MAP /* f has another signature than is said here */
static bool f(int64_t x, double *out, void *arg)
{
    (void)arg;
    *out = (double)x;
    return true;
}
WEIR_FILTER_MAP_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef SCAN_STATE /* f has another signature than is said here */
static bool f(int32_t *state, int64_t x, int64_t *out)
{
    *state += (int32_t)x;
    *out = *state;
    return true;
}
WEIR_SCAN_FN(f_fn, f, int64_t, int64_t, int64_t)
#endif

#ifdef SCAN_FROM /* f has another signature than is said here */
static bool f(int64_t *state, int32_t x, int64_t *out)
{
    *state += x;
    *out = *state;
    return true;
}
WEIR_SCAN_FN(f_fn, f, int64_t, int64_t, int64_t)
#endif

#ifdef FOLD_BY_VALUE /* f has another signature than is said here */
static int64_t f(int64_t sum, int64_t x, void *arg)
{
    (void)arg;
    return sum + x;
}
WEIR_FOLD_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef FOLD_ACC /* f has another signature than is said here */
static void f(double *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += (double)x;
}
WEIR_FOLD_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef TRY_FOLD /* f has another signature than is said here */
static bool f(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
    return true;
}
WEIR_TRY_FOLD_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef INTO_A_POINTER /* weir_into_stream takes an array, whose length is known */
static weir_stream *f(const int64_t *numbers)
{
    return weir_into_stream(numbers);
}
weir_stream *(*const used)(const int64_t *) = f;
#endif

#ifdef INTO_STRUCTS /* not compatible with any association; with any generic association */
static struct point {
    int x, y;
} points[3];
weir_stream *f(void);
weir_stream *f(void)
{
    return weir_into_stream(points);
}
#endif

#ifdef INTO_LINES /* takes one such struct */
static weir_line two_lines[2];
weir_stream *f(void);
weir_stream *f(void)
{
    return weir_into_stream(two_lines);
}
#endif

#ifdef INTO_A_NUMBER /* not compatible with any association; with any generic association */
weir_stream *f(void);
weir_stream *f(void)
{
    return weir_into_stream(3);
}
#endif

#ifdef PAIR /* f has another signature than is said here */
static int64_t f(int64_t first, int second, void *arg)
{
    (void)arg;
    return first + second;
}
WEIR_PAIR_FN(f_fn, f, int64_t, int64_t, int64_t)
#endif

#ifdef COMPARE /* f has another signature than is said here */
static int f(const int64_t *a, const int64_t *b, void *arg)
{
    (void)arg;
    return *a < *b ? -1 : *a > *b;
}
WEIR_COMPARE_FN(f_fn, f, int64_t)
#endif

#ifdef UNFOLD /* f has another signature than is said here */
static bool f(int64_t *state, int32_t *out)
{
    *out = (int32_t)*state;
    return false;
}
WEIR_UNFOLD_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef BLOCKING /* f has another signature than is said here */
static bool f(int64_t *state, double *out)
{
    *out = (double)*state;
    return false;
}
WEIR_BLOCKING_FN(f_fn, f, int64_t, double)
#endif

#ifdef EACH /* f has another signature than is said here */
static void f(const int64_t *x, void *arg)
{
    (void)x, (void)arg;
}
WEIR_EACH_FN(f_fn, f, int64_t)
#endif

#ifdef EACH_OF_LINES /* f has another signature than is said here */
static void f(weir_owned_line line, void *arg)
{
    (void)line, (void)arg;
}
WEIR_EACH_FN(f_fn, f, weir_line)
#endif

#ifdef KEY /* f has another signature than is said here */
static int32_t f(int64_t x, void *arg)
{
    (void)arg;
    return (int32_t)x;
}
WEIR_KEY_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef KEY_OF_A_POINTER /* f has another signature than is said here */
static uint64_t f(const int64_t *x, void *arg)
{
    (void)arg;
    return (uint64_t)*x;
}
WEIR_KEY_FN(f_fn, f, int64_t, uint64_t)
#endif

#ifdef CHOOSE /* f has another signature than is said here */
static int f(int64_t x, size_t n, void *arg)
{
    (void)x, (void)n, (void)arg;
    return -1;
}
WEIR_CHOOSE_FN(f_fn, f, int64_t)
#endif

#ifdef THEN /* f has another signature than is said here */
static weir_stream *f(int32_t x, void *arg)
{
    (void)arg;
    return weir_range(0, x);
}
WEIR_THEN_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef ASYNC_START /* start has another signature than is said here */
struct machine {
    int64_t x;
};
static void start(struct machine *self, int32_t x, void *arg)
{
    (void)arg;
    self->x = x;
}
static weir_poll go(struct machine *self, weir_cx *cx, int64_t *out)
{
    (void)cx;
    *out = self->x;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(f_fn, start, go, struct machine, int64_t, int64_t)
#endif

#ifdef ASYNC_POLL /* go has another signature than is said here */
struct machine {
    int64_t x;
};
static void start(struct machine *self, int64_t x, void *arg)
{
    (void)arg;
    self->x = x;
}
static weir_poll go(struct machine *self, weir_cx *cx, int32_t *out)
{
    (void)cx;
    *out = (int32_t)self->x;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(f_fn, start, go, struct machine, int64_t, int64_t)
#endif

#ifdef MAKE /* f has another signature than is said here */
static int32_t f(void *arg)
{
    (void)arg;
    return 0;
}
WEIR_MAKE_FN(f_fn, f, int64_t)
#endif

#ifdef RESOURCE_OPEN /* open_it has another signature than is said here */
static bool open_it(int32_t *self, void *arg, weir_error *error)
{
    (void)self, (void)arg, (void)error;
    return true;
}
static weir_state next_of(int64_t *self, int64_t *out, weir_error *error)
{
    (void)error;
    *out = *self;
    return WEIR_READY;
}
static void close_it(int64_t *self)
{
    (void)self;
}
WEIR_RESOURCE_FN(f_fn, open_it, next_of, close_it, int64_t, int64_t)
#endif

#ifdef RESOURCE_NEXT /* next_of has another signature than is said here */
static bool open_it(int64_t *self, void *arg, weir_error *error)
{
    (void)self, (void)arg, (void)error;
    return true;
}
static bool next_of(int64_t *self, int64_t *out, weir_error *error)
{
    (void)error;
    *out = *self;
    return true;
}
static void close_it(int64_t *self)
{
    (void)self;
}
WEIR_RESOURCE_FN(f_fn, open_it, next_of, close_it, int64_t, int64_t)
#endif

#ifdef CO_ITEM /* f has another signature than is said here */
static weir_poll f(int64_t *state, weir_co *co, int32_t *out)
{
    weir_co_begin(co);
    weir_co_yield(co, out, (int32_t)*state);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef CO_STATE /* f has another signature than is said here */
struct counter {
    int64_t n;
};
static weir_poll f(int64_t *state, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_return(co, out, *state);
    weir_co_end(co);
}
WEIR_CO_FN(f_fn, f, struct counter, int64_t)
#endif

#ifdef CO_YIELD_REAL /* a floating number where the function gives something else: cast it */
static weir_poll f(double *state, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_yield(co, out, *state);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(f_fn, f, double, int64_t)
#endif

#ifdef CO_YIELD_STRUCT /* incompatible type */
static weir_poll f(weir_line *state, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_yield(co, out, *state);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(f_fn, f, weir_line, int64_t)
#endif

#ifdef CO_TWO_WAITS_A_LINE /* duplicate case value */
static weir_poll f(int64_t *state, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    /* clang-format off */
    weir_co_yield(co, out, 1); weir_co_yield(co, out, *state);
    /* clang-format on */
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef FIBER /* f has another signature than is said here */
static bool f(int64_t *state, int32_t *out, weir_error *error)
{
    (void)error;
    *out = (int32_t)*state;
    return true;
}
WEIR_FIBER_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef FIBER_WITHOUT_ERROR /* f has another signature than is said here */
static bool f(int64_t *state, int64_t *out)
{
    *out = *state;
    return true;
}
WEIR_FIBER_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef GENERATOR /* f has another signature than is said here */
static bool f(int32_t *state, weir_error *error)
{
    (void)error;
    return weir_yield(int64_t, *state);
}
WEIR_GENERATOR_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef GENERATOR_WITH_OUT /* f has another signature than is said here */
static bool f(int64_t *state, int64_t *out, weir_error *error)
{
    (void)error;
    *out = *state;
    return true;
}
WEIR_GENERATOR_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef YIELD_UNSEEN /* ignoring return value */
void f(void)
{
    weir_yield(int64_t, 1);
}
#endif

#ifdef PAUSE_UNSEEN /* ignoring return value */
void f(void)
{
    weir_pause();
}
#endif

#ifdef ERROR_UNSEEN /* ignoring return value */
void f(weir_error *error)
{
    weir_take_error(error);
}
#endif

#ifdef SPAWNED_UNSEEN /* ignoring return value */
void f(weir_stream *future)
{
    weir_spawn(future);
}
#endif

#ifdef STREAM_UNSEEN /* ignoring return value */
void f(weir_stream *source)
{
    weir_take(source, 3);
}
#endif

#ifdef READER_UNSEEN /* ignoring return value */
void f(void)
{
    weir_file_reader("a.txt");
}
#endif

#ifdef POLL_UNSEEN /* ignoring return value */
void f(weir_stream *source, weir_cx *cx, void *out)
{
    weir_poll_next(source, cx, out, 1);
}
#endif

#ifdef CLOSE_UNSEEN /* ignoring return value */
void f(weir_writer *writer)
{
    weir_await_close(writer, NULL);
}
#endif

#ifdef AWAIT_READER /* incompatible pointer type */
weir_state f(weir_reader *reader, int64_t *out)
{
    return weir_await(reader, out, NULL);
}
#endif

#ifdef AWAIT_NEXT_OF_NUMBER /* makes pointer from integer; incompatible integer to pointer */
weir_state f(long stream, int64_t *out)
{
    return weir_await_next(stream, out, NULL);
}
#endif

#ifdef LOOP_OVER_READER /* incompatible pointer type */
int f(weir_reader *reader)
{
    int n = 0;
    weir_for_await (int64_t, x, reader)
        n += x > 0;
    return n;
}
#endif

#ifdef GOTO_INTO_LOOP /* jump skips variable initialization; cannot jump from this goto */
int f(int n)
{
    if (n)
        goto inside;
    weir_for_await (int64_t, x, weir_range(0, 3)) {
        n += (int)x;
    inside:
        n++;
    }
    return n;
}
#endif

#ifdef PIPE_STEP /* WEIR_EACH_STEP_IN_PARENTHESES_ */
weir_stream *f(weir_stream *source)
{
    return weir_pipe(source, weir_skip, 3);
}
#endif
