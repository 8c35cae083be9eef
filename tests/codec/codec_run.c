/* Codecs by hand, random bytes, and what zlib says. */

#include "codec_run.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

uint64_t draw(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

size_t draw_below(uint64_t *seed, size_t limit)
{
    return limit ? draw(seed) % limit : 0;
}

static unsigned char draw_byte(uint64_t *seed, unsigned kind, const unsigned char *bytes, size_t at)
{
    static const char text[] = "the quick brown fox jumps over the lazy dog\n0123456789 ";
    switch (kind) {
    case 0:
        return (unsigned char)draw(seed);
    case 1:
        return 0;
    case 2:
        return (unsigned char)text[draw_below(seed, sizeof text - 1)];
    default: /* repeats at any distance */
        return at > 300 && draw_below(seed, 50) ? bytes[at - 1 - draw_below(seed, 2) * 299]
                                                : (unsigned char)text[draw_below(seed, 40)];
    }
}

unsigned char *draw_bytes(uint64_t *seed, size_t n)
{
    unsigned char *bytes = malloc(n + 1);
    unsigned kind = (unsigned)draw_below(seed, 4);
    if (!bytes)
        test_abort("no memory for %zu bytes", n);
    for (size_t i = 0; i < n; i++) {
        if (!draw_below(seed, 5000))
            kind = (unsigned)draw_below(seed, 4);
        bytes[i] = draw_byte(seed, kind, bytes, i);
    }
    return bytes;
}

enum { OUT_BYTES = 64 << 10 }; /* offered in one step at most */

static size_t cut_one(size_t piece, size_t left, bool random, uint64_t *seed)
{
    size_t n = piece ? piece : left;
    n = random ? 1 + draw_below(seed, n) : n;
    return n < left ? n : left;
}

static void keep(struct outcome *all, const unsigned char *made, size_t n)
{
    if (all->n + n > all->room) {
        all->room = 2 * (all->n + n);
        all->data = realloc(all->data, all->room);
        if (!all->data)
            test_abort("no memory for %zu bytes", all->room);
    }
    if (n)
        memcpy(all->data + all->n, made, n);
    all->n += n;
}

/* One step; false: it is over. The pieces are copied to blocks of their size, so that a read or a
 * write outside of them is seen. */
static bool run_step(const weir_codec *codec, void *state, struct outcome *all,
                     const unsigned char *in, size_t in_n, size_t out_n, bool last)
{
    unsigned char *piece = malloc(in_n ? in_n : 1);
    unsigned char *out = malloc(out_n);
    if (in_n)
        memcpy(piece, in, in_n);
    weir_span span = {piece, in_n, out, out_n};
    all->state = codec->step(state, &span, last ? WEIR_INPUT_LAST : WEIR_INPUT_MORE, &all->error);
    size_t used = in_n - span.in_n;
    size_t made = out_n - span.out_n;
    if (span.in != piece + used || span.out != out + made)
        test_abort("the codec moved its pointers and its counts differently");
    if (all->state == WEIR_CODEC_MORE && !used && !made && last)
        test_abort("the codec stands still");
    keep(all, out, made);
    all->used += used;
    free(piece);
    free(out);
    return all->state == WEIR_CODEC_MORE;
}

struct outcome codec_run(const weir_codec *codec, const void *options, const void *in, size_t n,
                         struct cut cut, size_t out_max)
{
    uint64_t seed = n * 31 + cut.in_piece * 7 + cut.out_piece;
    struct outcome all = {.data = malloc(1), .room = 1};
    void *state = calloc(1, codec->state_size);
    if (!all.data || !state || !codec->init(state, options, &all.error))
        test_abort("the codec can not begin");
    bool more = true;
    while (more) {
        size_t left = n - all.used;
        size_t in_n = left ? cut_one(cut.in_piece, left, cut.random, &seed) : 0;
        size_t out_n = cut_one(cut.out_piece, out_max - all.n, cut.random, &seed);
        out_n = out_n < OUT_BYTES ? out_n : OUT_BYTES;
        if (!out_n)
            test_abort("more than %zu bytes came out", out_max);
        bool last = cut.last_alone ? !left : in_n == left;
        more =
            run_step(codec, state, &all, (const unsigned char *)in + all.used, in_n, out_n, last);
    }
    if (codec->fini)
        codec->fini(state);
    free(state);
    return all;
}

void outcome_fini(struct outcome *outcome)
{
    free(outcome->data);
    outcome->data = NULL;
}

void assert_same_outcome(const struct outcome *a, const struct outcome *b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->data, b->data, a->n);
    if (a->state == WEIR_CODEC_DONE)
        return;
    assert_int_equal(a->error.code, b->error.code);
    assert_int_equal(a->error.byte, b->error.byte);
    assert_string_equal(a->error.message, b->error.message);
}

/* ---- a ragged reader ---- */

struct ragged_reader {
    weir_reader reader;
    const unsigned char *bytes;
    size_t left;
    struct ragged how;
    uint64_t seed;
    size_t waits; /* still to be answered before the next read */
    weir_waker_slot slot;
};

static weir_poll ragged_wait(struct ragged_reader *self, weir_cx *cx)
{
    self->waits--;
    if (self->how.yields)
        return weir_wait_turn(cx);
    weir_waker_wake(cx->waker);
    return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
}

static weir_poll ragged_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct ragged_reader *self = (struct ragged_reader *)reader;
    while (reader->end - reader->begin < min) {
        if (self->waits)
            return ragged_wait(self, cx);
        if (!self->left)
            return (weir_poll){0, WEIR_END};
        size_t n = 1 + draw_below(&self->seed, self->how.piece_max);
        n = n < self->left ? n : self->left;
        unsigned char *room = weir_reader_room(reader, n);
        if (!room)
            return weir_fail(cx, WEIR_E_MEMORY, "no memory for a piece of %zu bytes", n);
        memcpy(room, self->bytes, n);
        reader->end += n;
        self->bytes += n;
        self->left -= n;
        self->waits = draw_below(&self->seed, self->how.waits_max + 1);
    }
    return (weir_poll){0, WEIR_READY};
}

static void ragged_fini(weir_reader *reader)
{
    weir_waker_slot_clear(&((struct ragged_reader *)reader)->slot);
}

static const weir_reader_ops ragged_ops = {.size = sizeof ragged_ops,
                                           .name = "ragged",
                                           .poll_fill = ragged_poll_fill,
                                           .fini = ragged_fini};

weir_reader *ragged_reader(const void *bytes, size_t n, struct ragged how, uint64_t seed)
{
    weir_reader *reader = weir_reader_new(sizeof(struct ragged_reader), &ragged_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct ragged_reader *self = (struct ragged_reader *)reader;
    self->bytes = bytes;
    self->left = n;
    self->how = how;
    self->seed = seed;
    self->waits = draw_below(&self->seed, how.waits_max + 1);
    return reader;
}

/* ---- what zlib says ---- */

unsigned char *reference_gzip(const void *in, size_t n, int level, size_t *out_n)
{
    z_stream z = {0};
    if (deflateInit2(&z, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        test_abort("deflateInit2");
    size_t room = n + n / 100 + 1024;
    unsigned char *out = malloc(room);
    z.next_in = (unsigned char *)(uintptr_t)in;
    z.avail_in = (unsigned)n;
    z.next_out = out;
    z.avail_out = (unsigned)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        test_abort("deflate");
    *out_n = z.total_out;
    deflateEnd(&z);
    return out;
}

/* All members; NULL: zlib finds an error. */
unsigned char *reference_gunzip(const void *in, size_t n, size_t out_max, size_t *out_n)
{
    z_stream z = {0};
    unsigned char *out = malloc(out_max + 1);
    int answer = inflateInit2(&z, 31);
    z.next_in = (unsigned char *)(uintptr_t)in;
    z.avail_in = (unsigned)n;
    z.next_out = out;
    z.avail_out = (unsigned)out_max + 1;
    do {
        if (answer == Z_OK)
            answer = inflateReset(&z);
        if (answer == Z_OK)
            answer = inflate(&z, Z_FINISH);
        answer = answer == Z_STREAM_END ? Z_OK : Z_DATA_ERROR;
    } while (answer == Z_OK && z.avail_in);
    *out_n = (size_t)(z.next_out - out);
    inflateEnd(&z);
    if (answer == Z_OK)
        return out;
    free(out);
    return NULL;
}
