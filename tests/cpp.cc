// A C++ program that uses the library: its headers compile, its functions link, its constants are
// the same, and chains of every kind are dropped with one name. The macros that make descriptors of
// functions are C's.

#include <weir.h>

#include <cstdio>
#include <cstring>

static const char text[] = "one\ntwo\nthree\nfour\n";

static weir_reader *bytes()
{
    return weir_memory_reader(text, sizeof text - 1);
}

static bool lines_are_counted()
{
    weir_stream *stream = weir_lines(bytes(), WEIR_LINE_MAX_DEFAULT);
    uint64_t n = 0;
    weir_error error;
    if (weir_run(weir_count(weir_take(stream, 3)), &n, &error) != WEIR_READY)
        std::fprintf(stderr, "%s\n", error.message);
    return n == 3;
}

static bool lent_lines_are_refused()
{
    weir_vec all;
    weir_error error;
    weir_stream *lines = weir_lines(bytes(), WEIR_LINE_MAX_DEFAULT);
    return weir_run(weir_collect(lines, 10), &all, &error) == WEIR_ERROR &&
           error.code == WEIR_E_TYPE;
}

static bool a_runtime_is_made()
{
    weir_rt_options options = weir_rt_options();
    options.size = sizeof options;
    options.driver = "epoll";
    weir_error error;
    weir_rt *rt = weir_rt_new(&options, &error);
    weir_line line;
    int n = 0;
    weir_stream *lines = weir_lines(bytes(), 100);
    while (weir_rt_next(rt, lines, &line, &error) == WEIR_READY)
        n += line.size > 0;
    weir_drop(lines);
    weir_rt_drop(rt);
    return n == 4;
}

// One name for the three kinds, as in C.
static bool each_kind_is_dropped()
{
    weir_stream *stream = weir_range(0, 3);
    weir_reader *reader = weir_gunzip(weir_gzip(bytes(), WEIR_GZIP_LEVEL_DEFAULT));
    weir_writer *writer = weir_null_writer();
    weir_drop(stream);
    weir_drop(reader);
    weir_drop(writer);
    weir_drop(static_cast<weir_stream *>(nullptr));
    return true;
}

// A future of the program's own, and descriptors that come from the library.
static weir_poll seven(void *arg, weir_cx *cx, void *out, size_t)
{
    (void)cx;
    *static_cast<int64_t *>(out) = *static_cast<int *>(arg);
    weir_poll got = {1, WEIR_END};
    return got;
}

static bool a_function_polls()
{
    int arg = 7;
    int64_t item = 0;
    weir_stream *future = weir_future_fn(&weir_type_i64, seven, &arg);
    return weir_run(future, &item, NULL) == WEIR_READY && item == 7;
}

// On another thread, and after a while.
static bool negate(void *state, void *out, weir_error *)
{
    *static_cast<int64_t *>(out) = -*static_cast<int64_t *>(state);
    return true;
}

static bool a_thread_works()
{
    weir_blocking_fn fn = weir_blocking_fn();
    fn.size = sizeof fn;
    fn.name = "negate";
    fn.state = fn.of = &weir_type_i64;
    fn.one = negate;
    int64_t seven = 7, item = 0;
    return weir_run(weir_sleep(1000), NULL, NULL) == WEIR_READY &&
           weir_run(weir_spawn_blocking(&fn, &seven), &item, NULL) == WEIR_READY && item == -7;
}

// ---- loops: the stream is dropped once, whatever the way out ----

struct counted {
    weir_stream stream;
    int64_t next, fail_at;
};
static int made, dropped;

static weir_poll counted_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t)
{
    counted *self = reinterpret_cast<counted *>(stream);
    weir_poll got = {1, WEIR_READY};
    if (self->next == self->fail_at)
        return weir_fail(cx, WEIR_E_USER, "item %d is bad", static_cast<int>(self->next));
    *static_cast<int64_t *>(out) = self->next++;
    return got;
}

static void counted_fini(weir_stream *)
{
    dropped++;
}

// 0, 1, 2 ... without an end, or with an error.
static weir_stream *count_from_0(int64_t fail_at)
{
    static weir_stream_ops ops = weir_stream_ops();
    ops.size = sizeof ops;
    ops.name = "counted";
    ops.poll_next = counted_poll_next;
    ops.fini = counted_fini;
    weir_stream *stream = weir_source_new(sizeof(counted), &ops, &weir_type_i64);
    reinterpret_cast<counted *>(stream)->fail_at = fail_at;
    made++;
    return stream;
}

static int64_t first_over(int64_t n)
{
    weir_for_await (int64_t, x, count_from_0(-1))
        if (x > n)
            return x;
    return -1;
}

static bool loops_are_left()
{
    int64_t sum = 0;
    weir_for_await_indexed (i, int64_t, x, count_from_0(-1)) {
        if (x == 1)
            continue;
        if (i == 4)
            break;
        sum += x;
    }
    weir_for (int64_t, x, weir_range(0, 3))
        sum += 10 * x;
    return sum == 5 + 30 && first_over(3) == 4 && made == dropped;
}

static bool errors_end_loops()
{
    weir_error error, taken;
    int n = 0;
    weir_for_try (int64_t, x, count_from_0(3), error)
        n += x >= 0;
    weir_for_await (double, x, count_from_0(-1))
        n += x >= 0;
    return n == 3 && error.code == WEIR_E_USER && weir_take_error(&taken) &&
           taken.code == WEIR_E_TYPE && made == dropped;
}

static int thrown_out(int64_t at)
{
    try {
        weir_for_await (int64_t, x, count_from_0(-1))
            weir_for_await (int64_t, y, count_from_0(-1))
                if (y == at)
                    throw static_cast<int>(x + y);
    } catch (int seen) {
        return made == dropped ? seen : -1;
    }
    return -2;
}

// On the stack of a fiber too, as long as it is caught there.
static bool throws(void *state, void *out, weir_error *)
{
    *static_cast<int64_t *>(out) = thrown_out(*static_cast<int64_t *>(state));
    return weir_pause();
}

static bool exceptions_leave_loops()
{
    weir_fiber_fn fn = weir_fiber_fn();
    fn.size = sizeof fn;
    fn.name = "throws";
    fn.to = &weir_type_i64;
    fn.state_size = fn.state_align = sizeof(int64_t);
    fn.run = throws;
    int64_t at = 7, seen = 0;
    weir_error error;
    return thrown_out(5) == 5 &&
           weir_await(weir_fiber(&fn, &at, NULL), &seen, &error) == WEIR_READY && seen == 7;
}

static bool items_are_awaited()
{
    int64_t item = 0, n = 0;
    weir_error error;
    weir_stream *numbers = weir_range(5, 8);
    while (weir_await_next(numbers, &item, &error) == WEIR_READY)
        n += item;
    weir_drop(numbers);
    double real = 1.5;
    char bytes[16];
    void *anywhere = &item;
    numbers = weir_range(5, 8);
    if (weir_await_next(numbers, &real, &error) != WEIR_ERROR || error.code != WEIR_E_TYPE ||
        weir_await_next(numbers, bytes, &error) != WEIR_ERROR || real < 1.5 ||
        weir_await_next(numbers, &bytes, &error) != WEIR_READY ||
        weir_await_next(numbers, nullptr, &error) != WEIR_READY ||
        weir_await_next(numbers, anywhere, &error) != WEIR_READY || item != 7)
        return false;
    weir_drop(numbers);
    uint64_t count = 0;
    return weir_await(weir_count(weir_range(5, 8)), &count, &error) == WEIR_READY && count == 3 &&
           n == 18;
}

// ---- scopes, locks and guards are left by exceptions too ----

static weir_lock lock;

static bool leaves_all(weir_token *token, bool by_exception)
{
    try {
        weir_token_guard(guard, weir_token_ref(token));
        weir_scope (s) {
            weir_scope_spawn(&s, weir_count(count_from_0(-1)));
            weir_scope_spawn(&s, weir_until_cancelled(weir_sleep(UINT64_MAX), token));
            weir_locked (&lock)
                if (by_exception)
                    throw 1;
            break;
        }
    } catch (int) {
    }
    bool is_free = weir_lock_try(&lock);
    if (is_free)
        weir_lock_give(&lock);
    return is_free && made == dropped;
}

static bool scopes_are_left()
{
    weir_error error;
    weir_token *kept = weir_token_new(nullptr), *gone = weir_token_new(kept);
    weir_tracker *tracker = weir_tracker_new();
    bool good = leaves_all(gone, true) && weir_token_is_cancelled(gone) &&
                !weir_token_is_cancelled(kept) && leaves_all(kept, false);
    weir_scope (s)
        weir_scope_spawn(&s, weir_tracker_track(tracker, weir_count(count_from_0(3))));
    good = good && weir_take_error(&error) && error.code == WEIR_E_USER && made == dropped;
    weir_tracker_close(tracker);
    good = good && weir_await(weir_tracker_wait(tracker), nullptr, &error) == WEIR_READY;
    weir_tracker_drop(tracker);
    weir_token_drop(kept);
    weir_token_drop(gone);
    return good;
}

// What is inline in the headers.
static bool inlines_agree()
{
    weir_stream *stream = weir_range(0, 1);
    weir_owned_line owned = weir_owned_line_new("abc", 3);
    bool good = !weir_is_done(stream) && !weir_stage_failed(&stream->stage) &&
                weir_line_of(owned).size == 3 && sizeof(weir_error) == 512;
    weir_owned_line_drop(&owned);
    weir_drop(stream);
    return good;
}

int main()
{
    if (!lines_are_counted() || !lent_lines_are_refused() || !a_runtime_is_made() ||
        !each_kind_is_dropped() || !a_function_polls() || !a_thread_works() || !loops_are_left() ||
        !errors_end_loops() || !exceptions_leave_loops() || !items_are_awaited() ||
        !scopes_are_left() || !inlines_agree())
        return 1;
    std::puts("a C++ program runs");
}
