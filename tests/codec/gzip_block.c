/* gzip in blocks: inflate restores each behind what stands in front of it, and a member of them,
 * whichever deflater made them, wherever it lies and whatever it made before. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "codec/gzip_block.h"
#include "codec_run.h"

static const weir_deflate_block *const deflates[] = {
    &weir_deflate_block_zlib,
#ifdef WEIR_HAVE_ISAL
    &weir_deflate_block_isal,
#endif
};
enum { DEFLATES = sizeof deflates / sizeof *deflates };

static unsigned char out[WEIR_GZIP_PACKED_BYTES];

/* text[before, before + n), with what stands in front of it. */
static struct weir_gzip_block block_of(const unsigned char *text, size_t before, size_t n)
{
    return (struct weir_gzip_block){
        .in = text + before, .n = n, .before = before, .out = out, .out_n = sizeof out};
}

/* It can be inflated where it stands, all of it, and the next one may follow. */
static void restored(const struct weir_gzip_block *block)
{
    static const unsigned char flushed[] = {0, 0, 0xff, 0xff};
    unsigned char *back = malloc(block->n + 1);
    z_stream z = {0};
    assert_true(block->made > sizeof flushed && block->made <= block->out_n);
    assert_memory_equal(block->out + block->made - sizeof flushed, flushed, sizeof flushed);
    assert_int_equal(inflateInit2(&z, -MAX_WBITS), Z_OK);
    if (block->before)
        inflateSetDictionary(&z, block->in - block->before, (unsigned)block->before);
    z.next_in = block->out;
    z.avail_in = (unsigned)block->made;
    z.next_out = back;
    z.avail_out = (unsigned)block->n + 1;
    assert_int_equal(inflate(&z, Z_SYNC_FLUSH), Z_OK);
    assert_int_equal(z.avail_in, 0);
    assert_int_equal(z.total_out, block->n);
    assert_memory_equal(back, block->in, block->n);
    assert_int_equal(block->crc, crc32(0, block->in, (unsigned)block->n));
    inflateEnd(&z);
    free(back);
}

static void each_block_is_restored(void **state)
{
    static const size_t befores[] = {0, 1, 4, 300, WEIR_GZIP_BEFORE_BYTES};
    static const size_t sizes[] = {1, 2, 3, 10, 288, 289, 290, 1000, 65535, 65536, 131072};
    uint64_t seed = 1;
    (void)state;
    for (size_t k = 0; k < DEFLATES; k++) {
        for (int level = -1; level < 10; level += 1 + 2 * (level > 0)) {
            void *deflater = deflates[k]->start(level);
            for (size_t b = 0; b < sizeof befores / sizeof *befores; b++)
                for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
                    unsigned char *text = draw_bytes(&seed, befores[b] + sizes[s]);
                    struct weir_gzip_block block = block_of(text, befores[b], sizes[s]);
                    weir_gzip_block_pack(deflates[k], deflater, &block);
                    restored(&block);
                    free(text);
                }
            deflates[k]->stop(deflater);
        }
    }
}

/* The block is what stands in front of it once more: nearly nothing is left of it. */
static void what_stands_in_front_is_used(void **state)
{
    enum { HALF = 20000 };
    static unsigned char text[2 * HALF];
    uint64_t seed = 2;
    (void)state;
    for (size_t i = 0; i < HALF; i++)
        text[i] = text[i + HALF] = (unsigned char)(draw(&seed) >> 20);
    for (size_t k = 0; k < DEFLATES; k++) {
        void *deflater = deflates[k]->start(6);
        struct weir_gzip_block block = block_of(text, HALF, HALF);
        weir_gzip_block_pack(deflates[k], deflater, &block);
        restored(&block);
        assert_true(block.made < 1000);
        deflates[k]->stop(deflater);
    }
}

/* What is noise takes little more than it is. */
static void noise_has_room(void **state)
{
    static unsigned char text[WEIR_GZIP_BLOCK_BYTES];
    uint64_t seed = 3;
    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)(draw(&seed) >> 20);
    for (size_t k = 0; k < DEFLATES; k++)
        for (int level = 0; level < 10; level++) {
            void *deflater = deflates[k]->start(level);
            struct weir_gzip_block block = block_of(text, 0, sizeof text);
            weir_gzip_block_pack(deflates[k], deflater, &block);
            restored(&block);
            assert_true(block.made < sizeof text + 200);
            deflates[k]->stop(deflater);
        }
}

/* Nothing is written past it. */
static void without_room_it_fails(void **state)
{
    static unsigned char text[3000];
    uint64_t seed = 4;
    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)(draw(&seed) >> 20);
    for (size_t k = 0; k < DEFLATES; k++) {
        void *deflater = deflates[k]->start(6);
        for (size_t room = 0; room < sizeof text; room += 1 + room / 8) {
            struct weir_gzip_block block = block_of(text, 0, sizeof text);
            block.out_n = room;
            memset(out, 0xee, sizeof out);
            weir_gzip_block_pack(deflates[k], deflater, &block);
            assert_int_equal(block.made, 0);
            for (size_t i = room; i < room + 100; i++)
                assert_int_equal(out[i], 0xee);
        }
        struct weir_gzip_block block = block_of(text, 0, sizeof text);
        weir_gzip_block_pack(deflates[k], deflater, &block);
        restored(&block); /* and it can go on */
        deflates[k]->stop(deflater);
    }
}

/* The same bytes by a deflater that made others before, and by ones that lie elsewhere. */
static void any_deflater_gives_the_same_bytes(void **state)
{
    enum { ROUNDS = 60 };
    static const size_t sizes[] = {20, 57, 288, 289, 2000, 40000};
    static unsigned char first[WEIR_GZIP_PACKED_BYTES];
    static void *spacer[ROUNDS];
    uint64_t seed = 5;
    (void)state;
    for (size_t k = 0; k < DEFLATES; k++)
        for (size_t s = 0; s < 2 * sizeof sizes / sizeof *sizes; s++) {
            size_t before = s % 2 ? 700 : 0, n = sizes[s / 2];
            unsigned char *text = draw_bytes(&seed, before + n);
            struct weir_gzip_block block = block_of(text, before, n);
            void *old = deflates[k]->start(1);
            weir_gzip_block_pack(deflates[k], old, &block);
            memcpy(first, out, block.made);
            for (size_t i = 0; i < ROUNDS; i++) {
                struct weir_gzip_block other = block_of(text, before, n);
                void *fresh = deflates[k]->start(1);
                weir_gzip_block_pack(deflates[k], i % 2 ? old : fresh, &other);
                assert_int_equal(other.made, block.made);
                assert_memory_equal(out, first, block.made);
                deflates[k]->stop(fresh);
                spacer[i] = malloc(1 + draw_below(&seed, 1 << 16));
            }
            for (size_t i = 0; i < ROUNDS; i++)
                free(spacer[i]);
            deflates[k]->stop(old);
            free(text);
        }
}

/* ---- a member ---- */

enum { TEXT_BYTES = 500000, BLOCKS_MAX = TEXT_BYTES / WEIR_GZIP_BLOCK_BYTES + 1 };

/* Blocks in any order: the last one is packed first where `backwards`. */
static size_t member(const unsigned char *text, size_t n, int level, bool backwards,
                     unsigned char *to)
{
    static unsigned char outs[BLOCKS_MAX][WEIR_GZIP_PACKED_BYTES];
    const weir_deflate_block *deflate = weir_gzip_block_deflate(level);
    struct weir_gzip_block blocks[BLOCKS_MAX];
    struct weir_gzip_sum sum = {0, 0};
    unsigned char *begin = to;
    size_t blocks_n = (n + WEIR_GZIP_BLOCK_BYTES - 1) / WEIR_GZIP_BLOCK_BYTES;
    for (size_t i = 0; i < blocks_n; i++) {
        size_t k = backwards ? blocks_n - 1 - i : i, at = k * WEIR_GZIP_BLOCK_BYTES;
        size_t rest = n - at;
        void *deflater = deflate->start(level);
        blocks[k] = block_of(text, at, rest);
        blocks[k].n = rest < WEIR_GZIP_BLOCK_BYTES ? rest : WEIR_GZIP_BLOCK_BYTES;
        blocks[k].before = at < WEIR_GZIP_BEFORE_BYTES ? at : WEIR_GZIP_BEFORE_BYTES;
        blocks[k].out = outs[k];
        weir_gzip_block_pack(deflate, deflater, &blocks[k]);
        deflate->stop(deflater);
    }
    weir_gzip_head(to, level);
    to += WEIR_GZIP_HEAD_BYTES;
    for (size_t i = 0; i < blocks_n; i++) {
        memcpy(to, blocks[i].out, blocks[i].made);
        to += blocks[i].made;
        weir_gzip_sum_add(&sum, &blocks[i]);
    }
    weir_gzip_end(to, &sum);
    return (size_t)(to + WEIR_GZIP_END_BYTES - begin);
}

static void blocks_make_a_member(void **state)
{
    static const size_t sizes[] = {0, 1, WEIR_GZIP_BLOCK_BYTES, WEIR_GZIP_BLOCK_BYTES + 1,
                                   TEXT_BYTES};
    static unsigned char forth[BLOCKS_MAX * WEIR_GZIP_PACKED_BYTES], back[sizeof forth];
    uint64_t seed = 6;
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int level = -1; level < 10; level += 5) {
            size_t n = sizes[s], text_n = 0;
            unsigned char *text = draw_bytes(&seed, n);
            size_t forth_n = member(text, n, level, false, forth);
            assert_int_equal(member(text, n, level, true, back), forth_n);
            assert_memory_equal(forth, back, forth_n);
            unsigned char *again = reference_gunzip(forth, forth_n, n + 1, &text_n);
            assert_non_null(again);
            assert_int_equal(text_n, n);
            assert_memory_equal(again, text, n);
            free(again);
            free(text);
        }
}

static void the_head_is_as_zlib_writes_it(void **state)
{
    (void)state;
    for (int level = 0; level < 10; level++) {
        unsigned char head[WEIR_GZIP_HEAD_BYTES];
        size_t n;
        unsigned char *wanted = reference_gzip("abc", 3, level, &n);
        weir_gzip_head(head, level);
        assert_memory_equal(head, wanted, sizeof head);
        free(wanted);
    }
}

int codec_gzip_block(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_block_is_restored),
        cmocka_unit_test(what_stands_in_front_is_used),
        cmocka_unit_test(noise_has_room),
        cmocka_unit_test(without_room_it_fails),
        cmocka_unit_test(any_deflater_gives_the_same_bytes),
        cmocka_unit_test(blocks_make_a_member),
        cmocka_unit_test(the_head_is_as_zlib_writes_it),
    };
    return cmocka_run_group_tests_name("gzip_block", tests, NULL, NULL);
}
