/* weir_hash: a reader whose bytes are hashed before they are seen. */

#include <string.h>

#include "bytes/lent.h"
#include "codec/hash.h"

/* Hashed at once at most, and what of it costs as much as a poll. */
enum { DIGEST_PIECE_BYTES = 256 << 10, DIGEST_POLL_BYTES = 32 << 10, STATE_ALIGN = 64 };

struct digest {
    weir_reader reader;
    const weir_hash_ops *hash;
    void *state;
    weir_digest *out;
    uint64_t hashed_to; /* an offset: what stands before it may be seen */
    bool begun;
    bool over; /* the source is */
};

static struct digest *digest_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct digest, reader);
}

/* ---- kinds ---- */

struct digest_kind {
    const char *name;
    const weir_hash_ops *hash; /* NULL: built without it */
    const char *without, *cure;
};

static const struct digest_kind kinds[] = {
#ifdef WEIR_HAVE_OPENSSL
    [WEIR_SHA256] = {"sha256", &weir_hash_sha256, NULL, NULL},
#else
    [WEIR_SHA256] = {"sha256", NULL, "OpenSSL",
                     "a library that was built with -Dtls=enabled (libssl-dev)"},
#endif
#ifdef WEIR_HAVE_XXHASH
    [WEIR_XXH3] = {"xxh3", &weir_hash_xxh3, NULL, NULL},
#else
    [WEIR_XXH3] = {"xxh3", NULL, "xxhash",
                   "a library that was built with -Dxxhash=enabled (libxxhash-dev)"},
#endif
    [WEIR_CRC32] = {"crc32", &weir_hash_crc32, NULL, NULL},
};

static const struct digest_kind *digest_kind_of(weir_hash_kind kind)
{
    size_t at = (size_t)kind;
    return at < sizeof kinds / sizeof *kinds && kinds[at].name ? &kinds[at] : NULL;
}

const char *weir_hash_name(weir_hash_kind kind)
{
    const struct digest_kind *known = digest_kind_of(kind);
    return known ? known->name : NULL;
}

bool weir_hash_is_there(weir_hash_kind kind)
{
    const struct digest_kind *known = digest_kind_of(kind);
    return known && known->hash;
}

/* ---- the reader ---- */

static weir_poll digest_no_memory(const struct digest *self, weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for %s", weir_hash_name(self->out->kind));
}

static void put_hex(const unsigned char *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        *out++ = "0123456789abcdef"[bytes[i] >> 4];
        *out++ = "0123456789abcdef"[bytes[i] & 15];
    }
    *out = 0;
}

static bool digest_finish(struct digest *self)
{
    weir_digest *out = self->out;
    if (!self->hash->end(self->state, out->data))
        return false;
    out->n = (uint32_t)self->hash->bytes;
    for (size_t i = 0; self->hash->is_number && i < out->n; i++)
        out->number = out->number << 8 | out->data[i];
    put_hex(out->data, out->n, out->text);
    out->done = true;
    return true;
}

/* A piece costs what it is long, so that other tasks have their turn as often as with plain reads.
 */
static bool hash_piece(struct digest *self, weir_cx *cx)
{
    const weir_reader *source = weir_lent_source(&self->reader);
    size_t before = (size_t)(self->hashed_to - source->offset);
    size_t n = source->end - source->begin - before;
    n = n < DIGEST_PIECE_BYTES ? n : DIGEST_PIECE_BYTES;
    if (!self->hash->add(self->state, source->base + source->begin + before, n))
        return false;
    self->hashed_to += n;
    self->out->bytes += n;
    for (size_t polls = n / DIGEST_POLL_BYTES; polls && weir_spend(cx); polls--)
        ;
    return true;
}

static uint64_t end_of(const weir_reader *reader)
{
    return reader->offset + (reader->end - reader->begin);
}

static bool digest_begin(struct digest *self)
{
    if (!self->begun)
        self->begun = self->hash->begin(self->state);
    return self->begun;
}

/* READY with too little in hand: the wrapper calls again within the budget. */
static weir_poll digest_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct digest *self = digest_of(reader);
    const weir_reader *source = weir_lent_source(reader);
    weir_poll got = {0, WEIR_READY};
    weir_lent_up_to(reader, self->hashed_to);
    if (!digest_begin(self))
        return digest_no_memory(self, cx);
    if (self->hashed_to == end_of(source) && !self->over)
        got = weir_poll_fill(weir_lent_source(reader), cx, min);
    self->over |= got.state == WEIR_END;
    bool more = self->hashed_to < end_of(source);
    if (more && !hash_piece(self, cx))
        return digest_no_memory(self, cx);
    weir_lent_up_to(reader, self->hashed_to);
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return got;
    if (!self->over || self->hashed_to < end_of(source))
        return (weir_poll){0, WEIR_READY};
    return digest_finish(self) ? (weir_poll){0, WEIR_END} : digest_no_memory(self, cx);
}

static void digest_fini(weir_reader *reader)
{
    const struct digest *self = digest_of(reader);
    weir_lent_fini(reader);
    if (self->hash && self->hash->drop)
        self->hash->drop(self->state);
}

static const weir_reader_ops digest_ops = {.size = sizeof digest_ops,
                                           .name = "hash",
                                           .poll_fill = digest_poll_fill,
                                           .fini = digest_fini,
                                           .size_hint = weir_lent_size_hint,
                                           .reserve = weir_lent_reserve,
                                           .place = weir_lent_place,
                                           .memory_max = weir_lent_memory_max,
                                           .half_of = weir_lent_half_of};

static weir_reader *digest_refuse(weir_reader *source, const struct digest_kind *known,
                                  weir_hash_kind kind)
{
    if (!known)
        return weir_reader_refuse(&source->stage, WEIR_E_ARGUMENT,
                                  "WEIR_SHA256, WEIR_XXH3 or WEIR_CRC32",
                                  "hash: there is no kind %zu", NULL, NULL, (size_t)kind);
    return weir_reader_refuse(&source->stage, WEIR_E_ARGUMENT, known->cure,
                              "hash: no %s: built without %s", known->name, known->without, 0);
}

weir_reader *weir_hash(weir_reader *source, weir_hash_kind kind, weir_digest *out)
{
    const struct digest_kind *known = digest_kind_of(kind);
    memset(out, 0, sizeof *out);
    out->kind = kind;
    if (!known || !known->hash)
        return digest_refuse(source, known, kind);
    weir_reader *reader = weir_reader_over(source, sizeof(struct digest), &digest_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    weir_lent_begin(reader);
    struct digest *self = digest_of(reader);
    self->state = weir_arena_take(reader->stage.arena, known->hash->state_size, STATE_ALIGN);
    if (!self->state)
        return weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                  known->name, NULL, 0);
    self->hash = known->hash;
    self->out = out;
    self->hashed_to = reader->offset;
    return reader;
}
