/* Runs the examples of the headers, and says of each line that printed something else what it
 * printed. tests/dist/examples.h has what they use. */
#include "examples.h"

#include <stdarg.h>
#include <unistd.h>

static char printed[4096];
static size_t printed_n;
static int wrong;

static void say(const char *format, ...) WEIR_PRINTF(1, 2);
static void say(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = vsnprintf(printed + printed_n, sizeof printed - printed_n, format, list);
    va_end(list);
    printed_n = n < 0 || (size_t)n >= sizeof printed - printed_n ? sizeof printed - 1
                                                                 : printed_n + (size_t)n;
}

/* Between two things that are printed stands a space. */
static void space(void)
{
    if (printed_n && !strchr("([ ", printed[printed_n - 1]))
        say(" ");
}

void same_as(const char *place, const char *wanted)
{
    if (strcmp(printed, wanted)) {
        printf("%s: '%s' is printed, not '%s'\n", place, printed, wanted);
        wrong++;
    }
    printed[printed_n = 0] = 0;
}

/* ---- what is not given back ---- */

static _Atomic size_t live; /* bytes */

static void *counted_allocate(void *self, size_t size, size_t align)
{
    (void)self;
    void *block = NULL;
    if (posix_memalign(&block, align, size))
        return NULL;
    live += size;
    return block;
}

static void counted_release(void *self, void *block, size_t size)
{
    (void)self;
    live -= size;
    free(block);
}

static void *counted_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    void *larger = counted_allocate(self, size, align);
    if (larger) {
        memcpy(larger, block, old_size < size ? old_size : size);
        counted_release(self, block, old_size);
    }
    return larger;
}

static const weir_alloc counted = {.size = sizeof counted,
                                   .allocate = counted_allocate,
                                   .resize = counted_resize,
                                   .release = counted_release};

/* What ends beside it, a process or a thread, does so in its time, on a busy machine after a while.
 */
static bool is_given_back(size_t before, unsigned ms)
{
    for (unsigned i = 0; i < ms && live > before; i++)
        usleep(1000);
    return live <= before;
}

/* At first things are made that stay for the next ones, and what ends beside it may be reaped by
 * the next: only what is lost is lost each time. */
static void run_example(const struct example *example)
{
    size_t before = 0;
    bool given_back = false;
    for (unsigned i = 0; i < 2 || (i < 12 && !given_back); i++) {
        before = live;
        example->run();
        if (printed_n)
            same_as(example->names, "");
        given_back = is_given_back(before, 1u << i);
    }
    if (!given_back) {
        printf("%s: %zu bytes were not given back\n", example->names, live - before);
        wrong++;
    }
}

int run_examples(const struct example *examples, size_t n)
{
    weir_alloc_set(&counted);
    for (size_t i = 0; i < n; i++)
        run_example(&examples[i]);
    weir_cx_drop(cx());
    weir_thread_end();
    printf("%zu examples, %d lines wrong\n", n, wrong);
    return wrong > 0;
}

const char *code_name(weir_code code)
{
    static const char *const names[] = {"OK",    "SYSTEM",  "MEMORY",    "ARGUMENT", "TYPE",
                                        "LIMIT", "CORRUPT", "TRUNCATED", "CLOSED",   "STOPPED",
                                        "USER",  "TIMEOUT", "CANCELLED"};
    return names[code];
}

static void print_item(const weir_type *type, const void *item);

static void print_second(const weir_type *type, const void *item)
{
    print_item(type->of[1], (const char *)item + weir_type_second_offset(type));
}

/* Types that are made of others. False: it is none. */
static bool print_made(const weir_type *type, const void *item)
{
    if (!type->of[0])
        return false;
    if (!strcmp(type->name, "pair")) {
        say("(");
        print_item(type->of[0], item);
        print_second(type, item);
        say(")");
    } else if (!strcmp(type->name, "indexed")) {
        say("%llu:", (unsigned long long)*(const uint64_t *)item);
        size_t at = printed_n;
        print_second(type, item);
        memmove(printed + at, printed + at + 1, printed_n - at);
        printed_n--;
    } else if (!strcmp(type->name, "option") && !*(const bool *)item) {
        say("none");
    } else if (!strcmp(type->name, "result") && *(weir_error *const *)item) {
        say("!%s", code_name((*(weir_error *const *)item)->code));
    } else if (!strcmp(type->name, "option") || !strcmp(type->name, "result")) {
        print_second(type, item);
    } else {
        return false;
    }
    return true;
}

static bool is(const weir_type *type, const char *name)
{
    return !strcmp(type->name, name);
}

static void print_number(const weir_type *type, const void *item)
{
    if (is(type, "int64_t"))
        say("%lld", (long long)*(const int64_t *)item);
    else if (is(type, "uint64_t"))
        say("%llu", (unsigned long long)*(const uint64_t *)item);
    else if (is(type, "int32_t"))
        say("%d", *(const int32_t *)item);
    else if (is(type, "uint32_t"))
        say("%u", *(const uint32_t *)item);
    else if (is(type, "uint16_t"))
        say("%d", *(const uint16_t *)item);
    else if (is(type, "uint8_t"))
        say("%d", *(const uint8_t *)item);
    else if (is(type, "char"))
        say("%c", *(const char *)item);
    else if (is(type, "double"))
        say("%g", *(const double *)item);
    else if (is(type, "bool"))
        say("%s", *(const bool *)item ? "true" : "false");
    else if (type == &weir_type_stream)
        say("stream");
    else
        say("%s", is(type, "weir_unit") || type == &weir_type_unit ? "done" : type->name);
}

static void print_item(const weir_type *type, const void *item)
{
    space();
    if (print_made(type, item))
        return;
    if (is(type, "weir_line") || is(type, "weir_owned_line")) {
        const weir_line *line = item;
        say("%.*s", (int)line->size, line->data);
        if (!line->size)
            say("''");
    } else if (is(type, "weir_vec") || is(type, "chunk")) {
        const weir_vec *vec = item;
        say("[");
        for (size_t i = 0; i < vec->n; i++)
            print_item(vec->of, (const char *)vec->items + i * vec->of->size);
        say("]");
    } else if (type->format) {
        char out[256];
        type->format(type, item, out, sizeof out);
        say("%s", out);
    } else {
        print_number(type, item);
    }
}

void p_stream(weir_stream *stream)
{
    const weir_type *type = stream->type;
    weir_error error;
    weir_state state;
    union {
        max_align_t align;
        char bytes[1024];
    } item;

    while ((state = weir_await_next_at(stream, &item, (weir_room){0}, &error, WEIR_SITE_)) !=
           WEIR_END) {
        if (state == WEIR_ERROR) {
            space();
            say("!%s", code_name(error.code));
            if (error.fatal)
                break;
            continue;
        }
        print_item(type, &item);
        if (type->drop)
            type->drop(type, &item);
    }
    weir_drop(stream);
}

void p_reader(weir_reader *reader)
{
    weir_error error;
    char bytes[256];
    size_t n;
    weir_state state;

    space();
    while ((state = weir_await_read(reader, bytes, sizeof bytes, &n, &error)) == WEIR_READY)
        for (size_t i = 0; i < n; i++)
            say(bytes[i] == '\n' ? "\\n" : "%c", bytes[i]);
    if (state == WEIR_ERROR) {
        space();
        say("!%s", code_name(error.code));
    }
    weir_drop(reader);
}

void p_text(const char *said)
{
    space();
    say("%s", said ? said : "NULL");
}

void p_bool(bool yes)
{
    p_text(yes ? "true" : "false");
}

void p_int(long long number)
{
    space();
    say("%lld", number);
}

void p_double(double number)
{
    space();
    say("%g", number);
}

void p_vec(weir_vec vec)
{
    print_item(&weir_type_vec, &vec);
}

void p_line(weir_line line)
{
    print_item(&weir_type_line, &line);
}

void p_owned_line(weir_owned_line line)
{
    print_item(&weir_type_owned_line, &line);
}

void p_poll(weir_poll got)
{
    p_text(answer(got.state));
    if (got.n)
        p_int(got.n);
}

const char *why(weir_stream *stream)
{
    static weir_error error;
    union {
        max_align_t align;
        char bytes[1024];
    } item;
    weir_state state = WEIR_READY;

    stream = weir_settle_here(stream);
    while (state == WEIR_READY)
        state = weir_await_next_at(stream, &item, (weir_room){0}, &error, WEIR_SITE_);
    weir_drop(stream);
    return state == WEIR_ERROR ? error.message : NULL;
}

static void nothing(weir_waker *waker)
{
    (void)waker;
}

weir_cx *cx(void)
{
    static const weir_waker_ops ops = {sizeof ops, nothing, nothing};
    static weir_waker waker;
    static weir_cx *made;

    if (!made) {
        weir_waker_init(&waker, &ops);
        made = weir_cx_new(&waker);
    }
    made->budget = WEIR_BUDGET;
    return made;
}

static void note_url(const char *address, void *url)
{
    snprintf(url, 64, "http://%s/", address);
}

const char *hello_url(void)
{
    static char url[64];
    weir_listen_options listen = {.size = sizeof listen, .on_listening = note_url, .arg = url};

    if (!url[0])
        weir_drop(weir_spawn_local(weir_for_each_concurrent(weir_incoming("127.0.0.1:0", &listen),
                                                            &serve_hello_fn, NULL, 10)));
    while (!url[0])
        weir_ignore(weir_await(weir_sleep(MS), NULL, NULL));
    return url;
}

const char *answer(weir_state state)
{
    static const char *const names[] = {"READY", "PENDING", "END", "ERROR", "MARK"};
    return names[state];
}

const char *sent(weir_sent how)
{
    static const char *const names[] = {"SENT", "FULL", "CLOSED", "NO_MEMORY", "DROPPED"};
    return names[how];
}
