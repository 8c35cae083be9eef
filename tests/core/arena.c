/* The arena: aligned, zeroed, growing, released with the chain; and memory hooks. */

#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

static void takes_are_aligned_and_zeroed(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_arena *arena = weir_arena_new(0);
    for (size_t align = 1; align <= 64; align *= 2) {
        for (size_t size = 1; size < 200; size += 33) {
            unsigned char *block = weir_arena_take(arena, size, align);
            assert_non_null(block);
            assert_int_equal((uintptr_t)block % align, 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(block[i], 0);
            memset(block, 0xFF, size);
        }
    }
    weir_arena_drop(arena);
    assert_int_equal(memory_end(), 0);
}

static void big_takes_get_a_block_of_their_own(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_arena *arena = weir_arena_new(0);
    for (size_t size = 1000; size < 4000000; size *= 3) {
        unsigned char *block = weir_arena_take(arena, size, 32);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 32, 0);
        memset(block, 1, size);
    }
    weir_arena_drop(arena);
    assert_int_equal(memory_end(), 0);
}

static void wide_alignments_have_room(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_arena *arena = weir_arena_new(0);
    for (size_t align = 64; align <= 4096; align *= 2) {
        unsigned char *block = weir_arena_take(arena, 8000, align);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % align, 0);
        memset(block, 1, 8000);
    }
    weir_arena_drop(arena);
    assert_int_equal(memory_end(), 0);
}

static void sizes_past_all_memory_are_refused(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_arena *arena = weir_arena_new(0);
    assert_null(weir_arena_take(arena, SIZE_MAX, 8));
    assert_null(weir_arena_take(arena, SIZE_MAX - 100, 64));
    assert_non_null(weir_arena_take(arena, 8, 8));
    weir_arena_drop(arena);
    assert_int_equal(memory_end(), 0);
}

static void no_memory_is_said(void **state)
{
    (void)state;
    memory_begin(1, true);
    assert_null(weir_arena_new(0));
    assert_int_equal(memory_end(), 0);
    memory_begin(2, true);
    weir_arena *arena = weir_arena_new(0);
    assert_non_null(arena);
    assert_null(weir_arena_take(arena, 100000, 8));
    assert_non_null(weir_arena_take(arena, 16, 8));
    weir_arena_drop(arena);
    assert_int_equal(memory_end(), 0);
}

static void a_usual_chain_is_one_allocation(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_stream *chain = weir_count(weir_take(weir_skip(weir_range(0, 100), 3), 9));
    assert_int_equal(memory.calls, 1);
    uint64_t n = 0;
    assert_int_equal(await(chain, &n, NULL), WEIR_READY);
    assert_int_equal(n, 9);
    assert_int_equal(memory.calls, 1);
    assert_int_equal(memory_end(), 0);
}

static void hooks_come_and_go(void **state)
{
    (void)state;
    const weir_alloc *before = weir_alloc_get();
    memory_begin(0, false);
    assert_ptr_not_equal(weir_alloc_get(), before);
    unsigned char *block = weir_allocate(10);
    memset(block, 7, 10);
    block = weir_resize(block, 10, 1000);
    assert_int_equal(block[9], 7);
    weir_release(block, 1000);
    weir_release(NULL, 5);
    assert_int_equal(memory_end(), 0);
    assert_ptr_equal(weir_alloc_get(), before);
    weir_alloc_set(NULL); /* the default ones again */
    block = weir_allocate(3);
    assert_non_null(block);
    weir_release(weir_resize(block, 3, 300), 300);
}

static void *never_of_null(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    (void)align;
    (void)self;
    (void)old_size;
    assert_non_null(block);
    return realloc(block, size);
}

/* An allocator's resize need not know NULL. */
static void what_is_not_there_is_allocated(void **state)
{
    (void)state;
    weir_alloc hooks = *weir_alloc_get();
    hooks.resize = never_of_null;
    weir_alloc_set(&hooks);
    unsigned char *block = weir_resize(NULL, 0, 10);
    assert_non_null(block);
    block = weir_resize(block, 10, 20);
    weir_release(block, 20);
    weir_alloc_set(NULL);
}

/* ---- a first block of one's own size or place ---- */

static void the_first_block_is_as_large_as_asked_for(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_arena *arena = weir_arena_new(20000);
    assert_int_equal(memory.calls, 1);
    assert_true(weir_arena_bytes(arena) >= 20000);
    for (int i = 0; i < 20; i++)
        assert_non_null(weir_arena_take(arena, 1000, 8));
    assert_int_equal(memory.calls, 1);
    assert_non_null(weir_arena_take(arena, 1000, 8)); /* past it */
    assert_int_equal(memory.calls, 2);
    weir_arena_drop(arena);
    assert_null(weir_arena_new(SIZE_MAX));
    assert_null(weir_arena_new(SIZE_MAX - 64));
    assert_int_equal(memory_end(), 0);
}

static unsigned releases;
static void *released;

static void note_release(void *place)
{
    releases++;
    released = place;
}

static _Alignas(64) unsigned char place[2048];

static bool in_place(const void *taken)
{
    return (uintptr_t)taken - (uintptr_t)place < sizeof place;
}

static void a_place_must_be_aligned_and_large(void **state)
{
    (void)state;
    releases = 0;
    assert_null(weir_arena_at(NULL, 2048, note_release));
    for (size_t size = 0; size < 6 * sizeof(void *); size += 8)
        assert_null(weir_arena_at(place, size, note_release));
    for (size_t off = 1; off < 16; off++)
        assert_null(weir_arena_at(place + off, 1024, note_release));
    assert_int_equal(releases, 0); /* it is still the caller's */
}

static void a_place_is_used_and_told_when_it_is_free(void **state)
{
    (void)state;
    releases = 0;
    memset(place, 0xEE, sizeof place);
    memory_begin(0, false);
    weir_arena *arena = weir_arena_at(place, sizeof place, note_release);
    unsigned char *taken = weir_arena_take(arena, 1000, 64);
    assert_true(in_place(taken));
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(taken[i], 0);
    assert_int_equal(memory.calls, 0);
    assert_int_equal(weir_arena_bytes(arena), sizeof place);
    unsigned char *more = weir_arena_take(arena, 3000, 16);
    assert_false(in_place(more));
    assert_int_equal(memory.calls, 1);
    assert_true(weir_arena_bytes(arena) >= sizeof place + 3000);
    assert_int_equal(releases, 0);
    weir_arena_drop(arena);
    assert_int_equal(releases, 1);
    assert_ptr_equal(released, place);
    weir_arena_drop(weir_arena_at(place, sizeof place, NULL));
    assert_int_equal(memory_end(), 0);
}

static void placed_takes_are_aligned(void **state)
{
    (void)state;
    memory_begin(0, false);
    for (size_t off = 0; off < 64; off += 16) {
        weir_arena *arena = weir_arena_at(place + off, sizeof place - off, NULL);
        for (size_t align = 1; align <= 4096; align *= 2) {
            unsigned char *taken = weir_arena_take(arena, 40, align);
            assert_int_equal((uintptr_t)taken % align, 0);
            memset(taken, 1, 40);
        }
        weir_arena_drop(arena);
    }
    assert_int_equal(memory_end(), 0);
}

/* ---- sources in an arena of one's own ---- */

static weir_poll end_at_once(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)out, (void)demand;
    return (weir_poll){0, WEIR_END};
}
static weir_poll end_of_bytes(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)reader, (void)cx, (void)min;
    return (weir_poll){0, WEIR_END};
}
static weir_poll take_all(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer, (void)cx, (void)bytes;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}
static const weir_stream_ops stream_ops = {
    .size = sizeof stream_ops, .name = "placed", .poll_next = end_at_once};
static const weir_reader_ops reader_ops = {
    .size = sizeof reader_ops, .name = "placed", .poll_fill = end_of_bytes};
static const weir_writer_ops writer_ops = {
    .size = sizeof writer_ops, .name = "placed", .poll_write = take_all};

static weir_arena *at_place(void)
{
    return weir_arena_at(place, sizeof place, note_release);
}

static weir_stage *stream_in(weir_arena *arena, size_t size)
{
    return &weir_source_in(arena, size, &stream_ops, &weir_type_i64)->stage;
}
static weir_stage *reader_in(weir_arena *arena, size_t size)
{
    return &weir_reader_in(arena, size, &reader_ops)->stage;
}
static weir_stage *writer_in(weir_arena *arena, size_t size)
{
    return &weir_writer_in(arena, size, &writer_ops)->stage;
}

static weir_stage *(*const sources[])(weir_arena *arena, size_t size) = {stream_in, reader_in,
                                                                         writer_in};

static void a_chain_needs_no_allocation(void **state)
{
    (void)state;
    releases = 0;
    memory_begin(0, false);
    for (size_t kind = 0; kind < 3; kind++) {
        weir_stage *source = sources[kind](at_place(), 300);
        assert_true(in_place(source));
        assert_false(weir_stage_failed(source));
        assert_string_equal(weir_stage_name(source), "placed");
        if (kind == 0)
            source = &weir_count(weir_take((weir_stream *)source, 3))->stage;
        assert_int_equal(memory.calls, 0);
        weir_stage_drop(source);
        assert_int_equal(releases, kind + 1);
    }
    assert_int_equal(memory_end(), 0);
}

static void a_source_may_be_larger_than_its_place(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < 3; kind++) {
        releases = 0;
        memory_begin(0, false);
        weir_stage *source = sources[kind](at_place(), 3000);
        assert_false(in_place(source));
        weir_stage_drop(source);
        assert_int_equal(releases, 1);
        memory.fail_at = memory.calls + 1;
        source = sources[kind](at_place(), 3000);
        assert_true(weir_stage_failed(source));
        assert_int_equal(releases, 2); /* what could not be used goes back at once */
        weir_stage_drop(source);
        assert_int_equal(releases, 2);
        assert_int_equal(memory_end(), 0);
    }
}

static void no_arena_is_no_memory(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < 3; kind++) {
        weir_stage *source = sources[kind](weir_arena_at(place + 1, 1024, NULL), 300);
        assert_true(weir_stage_failed(source));
        weir_stage_drop(source);
    }
    releases = 0;
    weir_stream *typeless = weir_source_in(at_place(), 300, &stream_ops, NULL);
    assert_true(weir_stage_failed(&typeless->stage));
    assert_int_equal(releases, 1);
    weir_drop(typeless);
    static const weir_type sizeless = {.name = "sizeless", .align = 1};
    weir_stream *refused = weir_source_in(at_place(), 300, &stream_ops, &sizeless);
    assert_true(weir_stage_failed(&refused->stage));
    assert_int_equal(releases, 1); /* the reason stands there */
    weir_error error;
    assert_int_equal(weir_run(refused, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    assert_string_equal(error.trail[0], "placed");
    assert_int_equal(releases, 2);
}

int core_arena(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_are_aligned_and_zeroed),
        cmocka_unit_test(big_takes_get_a_block_of_their_own),
        cmocka_unit_test(wide_alignments_have_room),
        cmocka_unit_test(sizes_past_all_memory_are_refused),
        cmocka_unit_test(no_memory_is_said),
        cmocka_unit_test(a_usual_chain_is_one_allocation),
        cmocka_unit_test(the_first_block_is_as_large_as_asked_for),
        cmocka_unit_test(a_place_must_be_aligned_and_large),
        cmocka_unit_test(a_place_is_used_and_told_when_it_is_free),
        cmocka_unit_test(placed_takes_are_aligned),
        cmocka_unit_test(a_chain_needs_no_allocation),
        cmocka_unit_test(a_source_may_be_larger_than_its_place),
        cmocka_unit_test(no_arena_is_no_memory),
        cmocka_unit_test(hooks_come_and_go),
        cmocka_unit_test(what_is_not_there_is_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
