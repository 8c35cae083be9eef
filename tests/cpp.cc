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
        !each_kind_is_dropped() || !a_function_polls() || !a_thread_works() || !inlines_agree())
        return 1;
    std::puts("a C++ program runs");
}
