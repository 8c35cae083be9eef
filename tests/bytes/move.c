/* The contract between a reader that says where its bytes are, a writer that has them moved, and
 * the copy that joins the two. Bytes "moved" are copied here from the reader's text, unseen by it.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "doubles.h"

static const char text[] = "the quick brown fox jumps over the lazy dog";
enum { N = sizeof text - 1 };

/* What each call answers, one letter a call; past the end as the last:
 *   0-9  READY with that many (a raw reader: READY, of any kind but NONE)   n  kind NONE
 *   P    PENDING, woken   W  PENDING, woken by wake()   !  ERROR   $  END   M  MARK */
struct plan {
    const char *letters;
    unsigned calls;
    weir_waker_slot slot;
};

static char next(struct plan *plan)
{
    size_t last = strlen(plan->letters) - 1;
    size_t at = plan->calls++;
    return plan->letters[at < last ? at : last];
}

static weir_poll answer(struct plan *plan, char letter, weir_cx *cx)
{
    switch (letter) {
    case 'P':
        weir_waker_wake(cx->waker);
        return weir_wait(cx, &plan->slot, WEIR_WAIT_IO);
    case 'W':
        return weir_wait(cx, &plan->slot, WEIR_WAIT_IO);
    case '!':
        weir_fail(cx, WEIR_E_SYSTEM, "planned");
        cx->error.number = EIO;
        return (weir_poll){0, WEIR_ERROR};
    case '$':
        return (weir_poll){0, WEIR_END};
    case 'M':
        return (weir_poll){0, WEIR_MARK};
    default:
        return (weir_poll){letter == 'n' ? 0 : (uint32_t)(letter - '0'), WEIR_READY};
    }
}

struct source {
    weir_reader reader;
    struct plan raw;
    unsigned fills;
    bool cut;
};

static weir_poll source_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct source *self = (struct source *)reader;
    (void)min;
    self->fills++;
    if (reader->offset == N || self->cut) {
        cx->cut = self->cut;
        return (weir_poll){0, WEIR_END};
    }
    reader->base = (unsigned char *)(uintptr_t)text;
    reader->begin = reader->offset;
    reader->end = reader->begin + 5 < N ? reader->begin + 5 : N;
    reader->stage.padded = false;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll source_poll_raw(weir_reader *reader, weir_cx *cx, weir_raw *out)
{
    struct source *self = (struct source *)reader;
    char letter = next(&self->raw);
    assert_int_equal(reader->begin, reader->end);
    assert_int_equal(out->kind, WEIR_RAW_NONE);
    if (letter != 'n')
        *out = (weir_raw){.kind = WEIR_RAW_FILE, .fd = 7, .offset = reader->offset};
    weir_poll got = answer(&self->raw, letter, cx);
    return got.state == WEIR_READY ? (weir_poll){0, WEIR_READY} : got;
}

static void source_fini(weir_reader *reader)
{
    weir_waker_slot_clear(&((struct source *)reader)->raw.slot);
}

static weir_hint source_size_hint(const weir_reader *reader)
{
    size_t left = N - (size_t)reader->offset - (reader->end - reader->begin);
    return (weir_hint){left, left};
}

static const char *source_place(const weir_reader *reader, uint64_t *byte)
{
    (void)reader, (void)byte;
    return "text";
}

static const weir_reader_ops source_ops = {.size = sizeof source_ops,
                                           .name = "source",
                                           .poll_fill = source_poll_fill,
                                           .fini = source_fini,
                                           .size_hint = source_size_hint,
                                           .place = source_place,
                                           .poll_raw = source_poll_raw};

static weir_reader *source(const char *raw)
{
    weir_reader *reader = weir_reader_new(sizeof(struct source), &source_ops);
    ((struct source *)reader)->raw.letters = raw;
    return reader;
}

/* Outlives the writer. */
static struct target {
    struct plan move;
    char got[4 * N];
    size_t n;
    unsigned writes, flushes, closes;
    bool cut;
} target;

static weir_poll target_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer, (void)cx;
    target.writes++;
    assert_true(target.n + n <= sizeof target.got);
    memcpy(target.got + target.n, bytes, n);
    target.n += n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll target_poll_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    assert_int_equal(from->kind, WEIR_RAW_FILE);
    assert_int_equal(from->fd, 7);
    assert_int_equal((target.n - from->offset) % N, 0);
    assert_int_equal(writer->stage.n, target.n);
    weir_poll got = answer(&target.move, next(&target.move), cx);
    size_t left = N - (size_t)from->offset;
    got.n = got.n < left ? got.n : (uint32_t)left;
    memcpy(target.got + target.n, text + from->offset, got.n);
    target.n += got.n;
    return got;
}

static weir_poll target_poll_flush(weir_writer *writer, weir_cx *cx)
{
    (void)writer, (void)cx;
    target.flushes++;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll target_poll_close(weir_writer *writer, weir_cx *cx)
{
    (void)cx;
    target.closes++;
    target.cut = writer->stage.cut;
    return (weir_poll){0, WEIR_END};
}

static void target_fini(weir_writer *writer)
{
    (void)writer;
    weir_waker_slot_clear(&target.move.slot);
}

static const weir_writer_ops target_ops = {.size = sizeof target_ops,
                                           .name = "target",
                                           .poll_write = target_poll_write,
                                           .poll_flush = target_poll_flush,
                                           .poll_close = target_poll_close,
                                           .fini = target_fini,
                                           .poll_move = target_poll_move};

static weir_writer *to_target(const char *moves)
{
    target = (struct target){.move = {.letters = moves}};
    return weir_writer_new(sizeof(weir_writer), &target_ops);
}

static void expect_whole(uint64_t n)
{
    assert_int_equal(n, N);
    assert_int_equal(target.n, N);
    assert_memory_equal(target.got, text, N);
    assert_int_equal(target.closes, 1);
}

/* Each row arrives whole; `moves` is how often the kernel was asked, of `writes` there are the
 * rest. */
static void whole_however_it_goes(void **state)
{
    static const struct {
        const char *raw, *move;
        unsigned moves, writes;
    } rows[] = {
        {"1", "9", 6, 0},            /* five moves; the sixth moves nothing, and a fill ends it */
        {"1", "0", 1, 9},            /* refused at the first */
        {"1", "990", 3, 5},          /* in the middle: for good */
        {"1", "0999", 1, 9},         /* also where it could again */
        {"1", "1", N + 1, 0},        /* short ones */
        {"n", "9", 0, 9},            /* the reader has nothing to give */
        {"11n1", "9", 2, 5},         /* no more */
        {"P1P1P1P1P1P1", "9", 6, 0}, /* it waits */
        {"1", "P9P9P9P9P9P9", 12, 0},
        {"1P1", "PP9", 8, 0},
        {"$", "9", 0, 9}, /* an end, told in the wrong place, is told by the fill */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t n = 0;
        memory_begin(0, false);
        weir_stream *copy = weir_copy(source(rows[i].raw), to_target(rows[i].move));
        assert_int_equal(await(copy, &n, NULL), WEIR_READY);
        assert_int_equal(memory_end(), 0);
        expect_whole(n);
        assert_int_equal(target.move.calls, rows[i].moves);
        assert_int_equal(target.writes, rows[i].writes);
    }
}

/* Of two readers, and of four: one that cannot be moved does not keep the others from it. */
static void one_after_the_other(void **state)
{
    static const struct {
        const char *first, *second, *move;
        unsigned moves, writes;
    } rows[] = {
        {"1", "1", "9", 12, 0},
        {"1", "1", "1", 2 * N + 2, 0},
        {"n", "1", "9", 6, 9},
        {"1", "n", "9", 6, 9},
        {"n", "n", "9", 0, 18},
        {"1", "1", "09", 7, 9},  /* refused once: for that reader */
        {"1", "1", "0", 2, 18},  /* for ever: asked once each */
        {"1", "1", "90", 3, 16}, /* 9 bytes of the first are moved, the rest is read */
        {"P1P1P1P1P1P1", "P1", "P9", 13, 0},
        {"1", "$", "9", 6, 9},
    };
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
        uint64_t n = 0;
        size_t row = i / 2, times = 1 + i % 2;
        if (times == 2 && (rows[row].move[1] || rows[row].first[1]))
            continue;
        memory_begin(0, false);
        weir_reader *reader = weir_chain_reader(source(rows[row].first), source(rows[row].second));
        if (times == 2)
            reader = weir_chain_reader(
                reader, weir_chain_reader(source(rows[row].first), source(rows[row].second)));
        weir_stream *copy = weir_copy(reader, to_target(rows[row].move));
        assert_int_equal(await(copy, &n, NULL), WEIR_READY);
        assert_int_equal(memory_end(), 0);
        assert_int_equal(n, 2 * times * N);
        for (size_t at = 0; at < n; at += N)
            assert_memory_equal(target.got + at, text, N);
        assert_int_equal(target.move.calls, times * rows[row].moves);
        assert_int_equal(target.writes, times * rows[row].writes);
    }
}

/* Where it stands: its offset, what is to come, and the place of a byte. */
static void a_chain_knows_where_it_stands(void **state)
{
    static struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_reader *reader = weir_chain_reader(source("1"), source("1"));
    weir_writer *writer = to_target("9");
    for (size_t moved = 0; moved < 2 * N;) {
        weir_poll got = weir_poll_move(writer, &test.cx, reader);
        assert_int_equal(got.state, WEIR_READY);
        moved += got.n;
        assert_int_equal(reader->offset, moved);
        assert_int_equal(weir_stage_n(&reader->stage), moved);
        assert_int_equal(weir_reader_size_hint(reader).lower, 2 * N - moved);
        assert_int_equal(weir_reader_size_hint(reader).upper, 2 * N - moved);
        weir_error error = {.byte = moved};
        weir_reader_place(reader, &error);
        assert_string_equal(error.place, "text");
        assert_int_equal(error.byte, moved > N ? moved - N : moved);
    }
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_END);
    weir_drop(reader);
    weir_drop(writer);
    test_cx_fini(&test);
}

/* They are written, and only what comes after them is moved. */
static void bytes_in_hand_go_first(void **state)
{
    static struct test_cx test;
    uint64_t n = 0;
    (void)state;
    test_cx_init(&test);
    weir_reader *reader = source("1");
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, 5);
    weir_consume(reader, 0);
    weir_stream *copy = weir_copy(reader, to_target("9"));
    assert_int_equal(await(copy, &n, NULL), WEIR_READY);
    test_cx_fini(&test);
    expect_whole(n);
    assert_int_equal(target.writes, 1);
    assert_int_equal(target.move.calls, 6);
}

static void note_bytes(void *arg, const weir_metered *metered)
{
    *(uint64_t *)arg = metered->bytes;
}

/* A meter, and a time limit, do not keep the kernel from it, and know what it moved. */
static void through_a_meter(void **state)
{
    static const struct {
        const char *raw, *move;
        unsigned writes;
    } rows[] = {{"1", "9", 0},   {"1", "1", 0},   {"n", "9", 9},
                {"1", "0", 9},   {"1", "990", 5}, {"P1P1P1P1P1P1", "P9", 0},
                {"11n1", "9", 5}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t n = 0, told = 0;
        memory_begin(0, false);
        weir_reader *reader = weir_meter(source(rows[i].raw), note_bytes, &told, 1000);
        weir_writer *writer = weir_write_timeout(to_target(rows[i].move), 1000);
        assert_int_equal(await(weir_copy(reader, writer), &n, NULL), WEIR_READY);
        assert_int_equal(memory_end(), 0);
        expect_whole(n);
        assert_int_equal(told, N);
        assert_int_equal(target.writes, rows[i].writes);
    }
}

static void both_sides_count(void **state)
{
    static struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_reader *reader = source("111P");
    weir_writer *writer = to_target("97");
    uint64_t n;
    weir_stream *copy = weir_copy(reader, writer);
    assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).state, WEIR_PENDING);
    assert_int_equal(reader->offset, 9 + 7 + 7);
    assert_int_equal(weir_stage_n(&reader->stage), 9 + 7 + 7);
    assert_int_equal(weir_stage_n(&writer->stage), 9 + 7 + 7);
    assert_int_equal(weir_stage_waits(&reader->stage), 1);
    assert_int_equal(weir_stage_waits(&writer->stage), 0);
    assert_int_equal(target.flushes, 1); /* the other side may wait for what it was given */
    weir_drop(copy);
    test_cx_fini(&test);
}

/* Who waits is woken, whichever side it was. */
static void waits_are_woken(void **state)
{
    static struct test_cx test;
    uint64_t n;
    (void)state;
    for (int side = 0; side < 2; side++) {
        test_cx_init(&test);
        weir_reader *reader = source(side ? "1" : "1W1");
        weir_stream *copy = weir_copy(reader, to_target(side ? "9W9" : "9"));
        assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).state, WEIR_PENDING);
        assert_int_equal(test.cx.wait_for, WEIR_WAIT_IO);
        assert_int_equal(test.waker->wakes, 0);
        weir_waker_slot_wake(side ? &target.move.slot : &((struct source *)reader)->raw.slot);
        assert_int_equal(test.waker->wakes, 1);
        test_cx_turn(&test);
        assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).n, 1);
        expect_whole(n);
        weir_drop(copy);
        test_cx_fini(&test);
    }
}

static void errors_of_either_side(void **state)
{
    static const struct {
        const char *raw, *move, *who;
        uint64_t byte;
    } rows[] = {
        {"!", "9", "source", 0},    {"11!", "9", "source", 18}, {"1", "!", "target", 0},
        {"1", "99!", "target", 18}, {"1", "9$", "target", 9}, /* it takes no more */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_error error = {0};
        weir_stream *copy = weir_copy(source(rows[i].raw), to_target(rows[i].move));
        assert_int_equal(await(copy, NULL, &error), WEIR_ERROR);
        assert_string_equal(error.trail[0], rows[i].who);
        assert_string_equal(error.trail[1], "copy");
        assert_int_equal(error.byte, rows[i].byte);
        assert_int_equal(error.code, rows[i].move[1] == '$' ? WEIR_E_CLOSED : WEIR_E_SYSTEM);
        assert_int_equal(target.closes, 0);
    }
}

/* Programs that were compiled before know nothing of it: their ops end sooner. */
static void older_ops(void **state)
{
    weir_reader_ops old_source = source_ops;
    weir_writer_ops old_target = target_ops;
    (void)state;
    old_source.size = offsetof(weir_reader_ops, poll_raw);
    old_target.size = offsetof(weir_writer_ops, poll_move);
    for (int side = 0; side < 2; side++) {
        weir_reader *reader = source("1");
        weir_writer *writer = to_target("9");
        uint64_t n = 0;
        if (side)
            reader->ops = &old_source;
        else
            writer->ops = &old_target;
        assert_int_equal(await(weir_copy(reader, writer), &n, NULL), WEIR_READY);
        expect_whole(n);
        assert_int_equal(target.move.calls, 0);
    }
}

static void a_cut_source_is_told(void **state)
{
    (void)state;
    weir_reader *reader = source("11n");
    uint64_t n = 0;
    ((struct source *)reader)->cut = true;
    assert_int_equal(await(weir_copy(reader, to_target("9")), &n, NULL), WEIR_READY);
    assert_int_equal(n, 18);
    assert_true(target.cut);
}

static weir_poll move_much(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    (void)writer, (void)cx, (void)from;
    target.move.calls++;
    return (weir_poll){1 << 20, WEIR_READY};
}

/* 1 MiB is a turn: others wait no longer for it than for as many blocks. */
static void others_have_their_turn(void **state)
{
    static struct test_cx test;
    weir_writer_ops much = target_ops;
    uint64_t n;
    (void)state;
    much.poll_move = move_much;
    test_cx_init(&test);
    weir_writer *writer = to_target("1");
    writer->ops = &much;
    weir_stream *copy = weir_copy(source("1"), writer);
    for (unsigned turns = 1; turns <= 3; turns++) {
        test_cx_turn(&test);
        assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).state, WEIR_PENDING);
        assert_int_equal(test.cx.wait_for, WEIR_WAIT_TURN);
        assert_int_equal(target.move.calls, turns);
    }
    weir_drop(copy);
    test_cx_fini(&test);
}

/* After an error, and after the close, nothing is moved. */
static void nothing_after_the_end(void **state)
{
    static struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_reader *reader = source("1");
    for (int failed = 0; failed < 2; failed++) {
        weir_writer *writer = to_target("!");
        weir_poll ends =
            failed ? weir_poll_move(writer, &test.cx, reader) : weir_poll_close(writer, &test.cx);
        assert_int_equal(ends.state, failed ? WEIR_ERROR : WEIR_END);
        assert_int_equal(weir_poll_move(writer, &test.cx, reader).state, WEIR_ERROR);
        assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
        assert_int_equal(target.move.calls, failed);
        weir_drop(writer);
    }
    weir_drop(reader);
    test_cx_fini(&test);
}

static void see(void *arg, const void *bytes, size_t n)
{
    (void)bytes;
    *(size_t *)arg += n;
}

/* Past a lent writer, and a buffer whose bytes go first; who looks at the bytes has them written.
 */
static void through_writers_over_writers(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        uint64_t n = 0;
        size_t seen = 0;
        weir_writer *below = to_target("9");
        weir_writer *writer = kind == 0   ? weir_writer_by_ref(below)
                              : kind == 1 ? weir_buf_writer(below, 100)
                                          : weir_inspect_writer(below, see, &seen);
        assert_int_equal(await(weir_copy(source("1"), writer), &n, NULL), WEIR_READY);
        assert_int_equal(target.writes, kind == 2 ? 9 : 0);
        assert_int_equal(seen, kind == 2 ? N : 0);
        if (kind == 0) {
            assert_int_equal(target.closes, 0);
            assert_int_equal(await(weir_close(below), NULL, NULL), WEIR_READY);
            weir_drop(below);
        }
        expect_whole(n);
    }
}

int bytes_move(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_however_it_goes),
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(a_chain_knows_where_it_stands),
        cmocka_unit_test(bytes_in_hand_go_first),
        cmocka_unit_test(through_a_meter),
        cmocka_unit_test(both_sides_count),
        cmocka_unit_test(waits_are_woken),
        cmocka_unit_test(errors_of_either_side),
        cmocka_unit_test(older_ops),
        cmocka_unit_test(a_cut_source_is_told),
        cmocka_unit_test(others_have_their_turn),
        cmocka_unit_test(nothing_after_the_end),
        cmocka_unit_test(through_writers_over_writers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
