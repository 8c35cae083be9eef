/* The writer of protobuf beside its reader: structs of every kind of member are written as messages
 * and read again. What comes back is the same; what does not fit is refused, and nothing else; a
 * message takes as many bytes as it was said to, and none is written where there is no room.
 *
 *   messages [-n CASES] [-t SECONDS] [-s SEED]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draws.h"
#include "weir.h"

enum { ITEMS_MAX = 6, TEXT_BYTES = 80, MESSAGE_BYTES = 2048, POLLS_MAX = 4096, CANARY = 0xa5 };

/* ---- what is written ---- */

struct inner {
    int64_t zigzag;
    bool has_zigzag;
    weir_text words;
};
WEIR_RECORD(inner_record, struct inner,
            WEIR_MEMBER(struct inner, zigzag, 1, .as = WEIR_AS_ZIGZAG,
                        .has = WEIR_HAS(struct inner, has_zigzag)),
            WEIR_MEMBER(struct inner, words, 300))

struct every {
    int64_t i64, zigzag, fixed64, fixed32;
    uint64_t u64, ufixed64, ufixed32;
    double f64, f32;
    bool boolean, has_boolean, has_i64, has_f64, has_text, has_inner;
    weir_text text, bytes;
    struct inner inner, plain;
    int64_t unnumbered;
};
#define EVERY(member_, ...) WEIR_MEMBER(struct every, member_, __VA_ARGS__)
#define HAS(member_) .has = WEIR_HAS(struct every, member_)
WEIR_RECORD(every_record, struct every, EVERY(i64, 1, HAS(has_i64)),
            EVERY(zigzag, 2, .as = WEIR_AS_ZIGZAG), EVERY(fixed64, 15, .as = WEIR_AS_FIXED64),
            EVERY(fixed32, 16, .as = WEIR_AS_FIXED32), EVERY(u64, 17),
            EVERY(ufixed64, 2047, .as = WEIR_AS_FIXED64),
            EVERY(ufixed32, 2048, .as = WEIR_AS_FIXED32), EVERY(f64, 3, HAS(has_f64)),
            EVERY(f32, 4, .as = WEIR_AS_FIXED32), EVERY(boolean, 5, HAS(has_boolean)),
            EVERY(text, 6, HAS(has_text)), EVERY(bytes, 7, .as = WEIR_AS_BYTES),
            WEIR_NESTED(struct every, inner, 8, &inner_record, HAS(has_inner)),
            WEIR_NESTED(struct every, plain, 536870911, &inner_record), EVERY(unnumbered, 0))

/* ---- draws: from the fuzzer's bytes, then from a seed ---- */

static struct {
    const uint8_t *bytes;
    size_t n;
    uint64_t state;
} draws;

static uint64_t draw_bits(void)
{
    if (draws.n) {
        draws.n--;
        draws.state = draws.state * 257 + *draws.bytes++;
        return draws.state;
    }
    return weir_draw(&draws.state);
}

static size_t draw(size_t below)
{
    return draw_bits() % below;
}

/* Small ones, those at the edges of 1 to 64 bits, and any. */
static uint64_t draw_number(void)
{
    switch (draw(4)) {
    case 0:
        return draw(3);
    case 1:
        return ((uint64_t)1 << draw(64)) - draw(2);
    case 2:
        return -(((uint64_t)1 << draw(64)) + draw(2));
    default:
        return draw_bits() * 0x9e3779b97f4a7c15 >> draw(64);
    }
}

static double draw_double(void)
{
    static const double odd[] = {0, -0.0, 1e300, -1e39, INFINITY, -INFINITY, NAN, 3.4e38, 1e-50};
    if (draw(2))
        return odd[draw(sizeof odd / sizeof *odd)];
    return (double)(int64_t)draw_number() / 8;
}

static char texts[ITEMS_MAX * 8][TEXT_BYTES];
static size_t texts_n;

/* valid: without what is no UTF-8. Else *is_text becomes false where it is none. */
static weir_text draw_text(bool valid, bool *is_text)
{
    static const char *const pieces[] = {"a",
                                         "\xc3\xa9",
                                         "\xe2\x82\xac",
                                         "\xf0\x9f\x90\x95",
                                         "bcdefghijklmnop",
                                         "\x7f",
                                         "\xed\x9f\xbf",
                                         "\xff",
                                         "\xc3",
                                         "\xed\xa0\x80",
                                         "\xc0\x80"};
    enum { PIECES = sizeof pieces / sizeof *pieces, BAD = 4 };
    char *text = texts[texts_n++];
    size_t n = 0, end = draw(3) ? draw(8) : draw(TEXT_BYTES - 20);
    while (n < end) {
        bool bad = !valid && !draw(40);
        const char *piece = pieces[bad ? PIECES - BAD + draw(BAD) : draw(PIECES - BAD)];
        memcpy(text + n, piece, strlen(piece));
        n += strlen(piece);
        *is_text &= !bad;
    }
    return (weir_text){text, n};
}

static struct inner draw_inner(bool *fits)
{
    struct inner inner = {.has_zigzag = draw(2)};
    if (inner.has_zigzag)
        inner.zigzag = (int64_t)draw_number();
    if (draw(2))
        inner.words = draw_text(false, fits);
    return inner;
}

/* What its member says is missing is zero: so it comes back. *fits: it can be written. */
static struct every draw_every(bool *fits)
{
    bool any = true;
    struct every it = {.has_boolean = draw(2),
                       .has_i64 = draw(2),
                       .has_f64 = draw(2),
                       .has_text = draw(2),
                       .has_inner = draw(2)};
    it.boolean = it.has_boolean && draw(2);
    it.i64 = it.has_i64 ? (int64_t)draw_number() : 0;
    it.zigzag = (int64_t)draw_number();
    it.fixed64 = (int64_t)draw_number();
    it.fixed32 = draw(20) ? (int32_t)draw_number() : (int64_t)draw_number();
    it.u64 = draw_number();
    it.ufixed64 = draw_number();
    it.ufixed32 = draw(20) ? (uint32_t)draw_number() : draw_number();
    it.f64 = it.has_f64 ? draw_double() : 0;
    it.f32 = draw(20) ? (double)(float)draw_double() : draw_double();
    it.text = it.has_text ? draw_text(false, fits) : (weir_text){NULL, 0};
    it.bytes = draw(2) ? draw_text(false, &any) : (weir_text){NULL, 0};
    it.inner = it.has_inner ? draw_inner(fits) : (struct inner){0};
    it.plain = draw(2) ? draw_inner(fits) : (struct inner){0};
    *fits &= it.fixed32 == (int32_t)it.fixed32 && it.ufixed32 == (uint32_t)it.ufixed32 &&
             (isinf(it.f32) || !isinf((float)it.f32));
    return it;
}

/* ---- is it the same? ---- */

static uint64_t seed_now;

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "messages: %s; -s %llu\n", what, (unsigned long long)seed_now);
    abort();
}

static void expect(bool true_, const char *what)
{
    if (!true_)
        fail(what);
}

static bool same_text(weir_text a, weir_text b)
{
    return a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0);
}

static bool same_double(double a, double b)
{
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

static bool same_inner(const struct inner *a, const struct inner *b)
{
    return a->has_zigzag == b->has_zigzag && a->zigzag == b->zigzag &&
           same_text(a->words, b->words);
}

static void check_same(const struct every *in, const struct every *out)
{
    expect(in->has_i64 == out->has_i64 && in->i64 == out->i64, "i64");
    expect(in->zigzag == out->zigzag, "zigzag");
    expect(in->fixed64 == out->fixed64, "fixed64");
    expect(in->fixed32 == out->fixed32, "fixed32");
    expect(in->u64 == out->u64, "u64");
    expect(in->ufixed64 == out->ufixed64 && in->ufixed32 == out->ufixed32, "unsigned fixed");
    expect(in->has_f64 == out->has_f64 && same_double(in->f64, out->f64), "f64");
    expect(same_double((double)(float)in->f32, out->f32), "f32");
    expect(in->has_boolean == out->has_boolean && in->boolean == out->boolean, "bool");
    expect(in->has_text == out->has_text && same_text(in->text, out->text), "text");
    expect(same_text(in->bytes, out->bytes), "bytes");
    expect(in->has_inner == out->has_inner && same_inner(&in->inner, &out->inner), "inner");
    expect(same_inner(&in->plain, &out->plain), "plain");
    expect(!out->unnumbered, "a member without a number");
}

/* ---- one message ---- */

static void check_one(const struct every *in)
{
    static unsigned char bytes[MESSAGE_BYTES + 1], again[MESSAGE_BYTES];
    struct every out;
    weir_error error;
    size_t n = weir_proto_write(&every_record, in, NULL, 0);
    expect(n <= MESSAGE_BYTES, "a message is longer than its members");
    for (size_t size = n ? n - 1 - draw(n) : 0, tries = 0; tries < 2; size = n, tries++) {
        memset(bytes, CANARY, sizeof bytes);
        expect(weir_proto_write(&every_record, in, bytes, size) == n, "its size is another");
        for (size_t i = size; i < sizeof bytes; i++)
            expect(bytes[i] == CANARY, "written where there is no room");
    }
    weir_text message = {(const char *)bytes, n};
    expect(weir_proto_read(&every_record, message, &out, &error), "it can not be read");
    check_same(in, &out);
    expect(weir_proto_write(&every_record, &out, again, sizeof again) == n &&
               memcmp(bytes, again, n) == 0,
           "what was read is written otherwise");
}

/* ---- a stream of them ---- */

static void note_wake(weir_waker *woken)
{
    (void)woken;
}
static const weir_waker_ops waker_ops = {sizeof waker_ops, note_wake, note_wake};
static weir_waker waker;

/* Those that fit come, in order; of each of the others comes an error, which is not fatal. */
static void check_many(const struct every *items, const bool *fits, size_t n)
{
    struct every out[ITEMS_MAX];
    weir_waker_init(&waker, &waker_ops);
    weir_cx *cx = weir_cx_new(&waker);
    weir_reader *reader = weir_to_proto(weir_iter(&every_record.type, items, n), MESSAGE_BYTES);
    weir_stream *stream = weir_proto_records(reader, &every_record, MESSAGE_BYTES);
    size_t demand = 1 + draw(ITEMS_MAX), at = 0, polls = 0, refused = 0, wanted = 0;
    for (size_t i = 0; i < n; i++)
        wanted += !fits[i];
    for (weir_poll got = {0}; got.state != WEIR_END; polls++) {
        expect(polls < POLLS_MAX, "it does not end");
        cx->budget = WEIR_BUDGET;
        got = weir_poll_next(stream, cx, out, demand);
        for (uint32_t i = 0; i < got.n; i++) {
            while (at < n && !fits[at])
                at++;
            expect(at < n, "more come out than went in");
            check_same(&items[at++], &out[i]);
        }
        refused += got.state == WEIR_ERROR;
        expect(got.state != WEIR_ERROR || !cx->error.fatal, "an error is fatal");
    }
    while (at < n && !fits[at])
        at++;
    expect(at == n, "fewer come out than fit");
    expect(refused == wanted, "another number of them is refused");
    weir_drop(stream);
    weir_cx_drop(cx);
}

static void run_case(void)
{
    struct every items[ITEMS_MAX];
    bool fits[ITEMS_MAX];
    size_t n = draw(ITEMS_MAX + 1);
    texts_n = 0;
    for (size_t i = 0; i < n; i++) {
        fits[i] = true;
        items[i] = draw_every(&fits[i]);
        if (fits[i])
            check_one(&items[i]);
    }
    check_many(items, fits, n);
}

#ifdef WEIR_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    draws.bytes = bytes;
    draws.n = n;
    draws.state = 1;
    run_case();
    return 0;
}
#else

static void run_seed(uint64_t seed)
{
    seed_now = draws.state = seed;
    run_case();
}

int main(int argc, char **argv)
{
    return draws_run(argc, argv, run_seed);
}
#endif
