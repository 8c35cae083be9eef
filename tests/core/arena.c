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
    weir_arena *arena = weir_arena_new();
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
    weir_arena *arena = weir_arena_new();
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
    weir_arena *arena = weir_arena_new();
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
    weir_arena *arena = weir_arena_new();
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
    assert_null(weir_arena_new());
    assert_int_equal(memory_end(), 0);
    memory_begin(2, true);
    weir_arena *arena = weir_arena_new();
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

static void *never_of_null(void *self, void *block, size_t old_size, size_t size)
{
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_are_aligned_and_zeroed),
        cmocka_unit_test(big_takes_get_a_block_of_their_own),
        cmocka_unit_test(wide_alignments_have_room),
        cmocka_unit_test(sizes_past_all_memory_are_refused),
        cmocka_unit_test(no_memory_is_said),
        cmocka_unit_test(a_usual_chain_is_one_allocation),
        cmocka_unit_test(hooks_come_and_go),
        cmocka_unit_test(what_is_not_there_is_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
