/* Readers of descriptors that stay the caller's: nothing is taken for somebody who goes away, and
 * whoever waits holds nothing. */

#include "ends.h"
#include "io/intake.h"

#include <poll.h>
#include <sys/ioctl.h>

static const char *driver;

/* Yields `left` times. */
static weir_poll yields(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *left = arg;
    (void)demand;
    if (*left && (*left)--)
        return weir_wait_turn(cx);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void some_turns(weir_rt *rt)
{
    unsigned left = 20;
    assert_int_equal(weir_rt_run(rt, weir_future_fn(&weir_type_i64, yields, &left), NULL, NULL),
                     WEIR_READY);
}

/* ---- dropped while they wait ---- */

enum how { WITH_THE_TASK, WITH_THE_RUNTIME, AFTER_THE_RUNTIME, HOWS };

struct parting {
    weir_reader *reader;
    int fd;
    unsigned step;
};

/* Polls, lets the driver work, writes, and drops the reader before anybody looks again. */
static weir_poll part(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct parting *self = arg;
    (void)demand;
    if (self->step == 0)
        assert_int_equal(weir_poll_fill(self->reader, cx, 1).state, WEIR_PENDING);
    if (self->step++ < 5)
        return weir_wait_turn(cx);
    assert_int_equal(write(self->fd, "precious", 8), 8);
    weir_drop(self->reader);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void wait_and_part(enum how how, int ends[2], bool old_kernel)
{
    weir_rt *rt = ends_rt(driver, old_kernel);
    weir_reader *reader = weir_fd_reader(ends[0], "theirs");
    if (how == WITH_THE_TASK) {
        struct parting parting = {.reader = reader, .fd = ends[1]};
        assert_int_equal(
            weir_rt_run(rt, weir_future_fn(&weir_type_i64, part, &parting), NULL, NULL),
            WEIR_READY);
        weir_rt_drop(rt);
        return;
    }
    weir_stream *count = weir_count(weir_lines(reader, 100));
    assert_true(weir_rt_spawn(rt, how == AFTER_THE_RUNTIME ? weir_by_ref(count) : count));
    some_turns(rt);
    assert_int_equal(write(ends[1], "precious", 8), 8);
    weir_rt_drop(rt);
    if (how == AFTER_THE_RUNTIME)
        weir_drop(count);
}

static void nothing_is_taken(void **state)
{
    (void)state;
    for (int kind = 0; kind < ENDS_KINDS; kind++)
        for (int how = 0; how < HOWS; how++)
            for (int old_kernel = 0; old_kernel < 2; old_kernel++) {
                int ends[2];
                ends_make((enum ends_kind)kind, ends);
                wait_and_part((enum how)how, ends, old_kernel);
                int left = 0;
                poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, 1000);
                assert_int_equal(ioctl(ends[0], FIONREAD, &left), 0);
                assert_int_equal(left, 8);
                ends_close(ends);
            }
}

static size_t first_line_bytes(size_t from, size_t size)
{
    unsigned char *bytes = rig_bytes(size);
    size_t n =
        (size_t)((unsigned char *)memchr(bytes + from, '\n', size - from) - bytes) + 1 - from;
    free(bytes);
    return n;
}

/* A file read from where it stands: what was not used stays for whoever comes next. */
static void shared_positions(void **state)
{
    (void)state;
    size_t size = 3 * (size_t)WEIR_BLOCK_BYTES;
    rig_make(rig_path("a"), size);
    int fd = open(rig_path("a"), O_RDONLY);
    weir_rt *rt = rig_rt(driver);
    uint64_t n = 0;
    assert_int_equal(lseek(fd, 100, SEEK_SET), 100);
    weir_stream *first = weir_take(weir_lines(weir_fd_reader(fd, "a"), 10000), 1);
    assert_int_equal(weir_rt_run(rt, weir_count(first), &n, NULL), WEIR_READY);
    off_t at = lseek(fd, 0, SEEK_CUR);
    assert_int_equal(at - 100, first_line_bytes(100, size));
    weir_stream *rest = weir_copy(weir_fd_reader(fd, "a"), weir_null_writer());
    assert_int_equal(weir_rt_run(rt, rest, &n, NULL), WEIR_READY);
    assert_int_equal(n, size - (size_t)at);
    weir_rt_drop(rt);
    close(fd);
}

/* ---- what who waits holds ---- */

static size_t held, blocks, largest;

static void *count_allocate(void *self, size_t size, size_t align)
{
    (void)align;
    (void)self;
    held += size;
    blocks++;
    largest = size > largest ? size : largest;
    return malloc(size);
}

static void *count_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    (void)align;
    (void)self;
    held += size - old_size;
    blocks += !block;
    return realloc(block, size);
}

static void count_release(void *self, void *block, size_t size)
{
    (void)self;
    held -= size;
    blocks--;
    free(block);
}

enum { IDLE = 200, IDLE_BYTES_MAX = 1536 };

struct idle {
    int ends[IDLE][2];
    size_t held_each, blocks_each;
    size_t largest; /* of what was asked for, before anything was sent */
};

/* Chains that all wait, after each was sent `sent` bytes. */
static void idle_chains(enum ends_kind kind, const char *sent, bool old_kernel, struct idle *idle)
{
    weir_rt *rt = ends_rt(driver, old_kernel);
    for (int i = 0; i < IDLE; i++)
        ends_make(kind, idle->ends[i]);
    some_turns(rt); /* what a runtime holds by itself */
    size_t held_before = held, blocks_before = blocks;
    largest = 0;
    for (int i = 0; i < IDLE; i++)
        assert_true(weir_rt_spawn(
            rt, weir_count(weir_lines(weir_fd_reader(idle->ends[i][0], "idle"), 1000))));
    some_turns(rt);
    idle->largest = largest;
    for (int i = 0; i < IDLE; i++)
        assert_int_equal(write(idle->ends[i][1], sent, strlen(sent)), strlen(sent));
    for (int i = 0; i < 5; i++)
        some_turns(rt);
    idle->held_each = (held - held_before) / IDLE;
    idle->blocks_each = (blocks - blocks_before) / IDLE;
    weir_rt_drop(rt);
    for (int i = 0; i < IDLE; i++)
        ends_close(idle->ends[i]);
}

static void idle_ones_hold_no_buffer(void **state)
{
    (void)state;
    static const weir_alloc hooks = {sizeof hooks, count_allocate, count_resize, count_release,
                                     NULL};
    static const char *const sent[] = {"", "a line\n", "a line\nand a part"};
    static struct idle idle;
    const weir_alloc *before = weir_alloc_get();
    weir_alloc_set(&hooks);
    for (int kind = 0; kind <= ENDS_SOCKET; kind++)
        for (size_t i = 0; i < sizeof sent / sizeof *sent; i++)
            for (int old_kernel = 0; old_kernel < 2; old_kernel++) {
                idle_chains((enum ends_kind)kind, sent[i], old_kernel, &idle);
                assert_in_range(idle.held_each, 1, IDLE_BYTES_MAX);
                assert_in_range(idle.blocks_each, 1, 5);
                assert_in_range(idle.largest, 1, WEIR_BLOCK_BYTES - 1); /* no block to look with */
            }
    assert_int_equal(held, 0);
    weir_alloc_set(before);
    print_message("an idle chain: %zu bytes in %zu blocks\n", idle.held_each, idle.blocks_each);
}

/* ---- who is woken and finds nothing ---- */

static weir_poll send_line(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct parting *self = arg;
    (void)demand;
    if (self->step++ < 5)
        return weir_wait_turn(cx);
    assert_int_equal(write(self->fd, "one line\n", 9), 9);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

/* Two readers of one descriptor: one takes what is there, the other goes on waiting, and nobody
 * stops the thread. */
static void two_readers(void **state)
{
    (void)state;
    for (int kind = 0; kind < ENDS_KINDS; kind++)
        for (int old_kernel = 0; old_kernel < 2; old_kernel++) {
            int ends[2];
            ends_make((enum ends_kind)kind, ends);
            weir_rt *rt = ends_rt(driver, old_kernel);
            struct parting late = {.fd = ends[1]};
            weir_stream *lines[2];
            for (int i = 0; i < 2; i++) {
                lines[i] = weir_count(weir_lines(weir_fd_reader(ends[0], "shared"), 100));
                assert_true(weir_rt_spawn(rt, weir_by_ref(lines[i])));
            }
            alarm(20);
            weir_stream *sender = weir_future_fn(&weir_type_i64, send_line, &late);
            assert_int_equal(weir_rt_run(rt, sender, NULL, NULL), WEIR_READY);
            int left = 1;
            for (int i = 0; i < 5000 && left; i++) {
                some_turns(rt);
                assert_int_equal(ioctl(ends[0], FIONREAD, &left), 0);
            }
            alarm(0);
            assert_int_equal(left, 0);
            weir_rt_drop(rt);
            weir_drop(lines[0]);
            weir_drop(lines[1]);
            ends_close(ends);
        }
}

/* A long line that comes in small parts, each after a wait: the rest moves between blocks of its
 * own size and large ones. */
struct trickle {
    int fd;
    size_t at, size, piece;
};

static weir_poll trickle(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct trickle *self = arg;
    unsigned char bytes[4096];
    (void)demand;
    size_t n = self->size - self->at < self->piece ? self->size - self->at : self->piece;
    for (size_t i = 0; i < n; i++)
        bytes[i] = rig_byte(self->at + i);
    assert_int_equal(write(self->fd, bytes, n), n);
    self->at += n;
    if (self->at < self->size)
        return weir_wait_turn(cx);
    close(self->fd);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

struct whole {
    weir_stream stream;
    weir_reader *reader;
    size_t min;
};

static weir_poll whole_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct whole *self = (struct whole *)stream;
    (void)demand;
    weir_poll got = weir_poll_fill(self->reader, cx, self->min);
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return got;
    size_t n;
    const unsigned char *bytes = weir_peek(self->reader, &n);
    assert_int_equal(n, self->min);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(bytes[i], rig_byte(i));
    *(uint64_t *)out = n;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops whole_ops = {.name = "whole", .poll_next = whole_poll_next};

static void rests_that_grow(void **state)
{
    (void)state;
    static const size_t pieces[] = {7, 1000, 4096};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        for (int old_kernel = 0; old_kernel < 2; old_kernel++) {
            int ends[2];
            ends_make(ENDS_PIPE, ends);
            weir_rt *rt = ends_rt(driver, old_kernel);
            struct trickle source = {.fd = ends[1], .size = 20000, .piece = pieces[i]};
            assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_i64, trickle, &source)));
            weir_reader *reader = weir_fd_reader(ends[0], "trickle");
            assert_true(weir_reader_reserve(reader, source.size));
            weir_stream *stream =
                weir_stream_over(reader, sizeof(struct whole), &whole_ops, &weir_type_u64);
            ((struct whole *)stream)->reader = reader;
            stream->stage.one = true;
            ((struct whole *)stream)->min = source.size;
            uint64_t n = 0;
            assert_int_equal(weir_rt_run(rt, stream, &n, NULL), WEIR_READY);
            assert_int_equal(n, source.size);
            weir_rt_drop(rt);
            close(ends[0]);
        }
}

int io_borrowed(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_taken),         cmocka_unit_test(shared_positions),
        cmocka_unit_test(idle_ones_hold_no_buffer), cmocka_unit_test(two_readers),
        cmocka_unit_test(rests_that_grow),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
