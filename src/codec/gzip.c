/* gzip: one member that holds all of the input. */

#include <string.h>

#include "codec/deflate.h"

/* What a deflater makes depends on how its input is cut, so it is cut here, always the same way:
 * the same bytes in give the same bytes out. */
enum { PIECE_BYTES = 256 << 10 };

struct gzip {
    const weir_deflate *deflate;
    void *deflater;
    size_t taken; /* bytes of this piece that the deflater has */
    size_t n;     /* gathered bytes of it, where it did not come as a whole */
    size_t at;    /* of these, the ones that were given */
    unsigned char piece[PIECE_BYTES];
};

static bool is_level(int level)
{
    return level >= WEIR_GZIP_LEVEL_DEFAULT && level <= 9;
}

static bool gzip_init(void *state, int level, weir_error *error)
{
    struct gzip *self = state;
    if (!is_level(level)) {
        weir_error_set(error, WEIR_E_ARGUMENT, "gzip has no level %d", level);
        error->cure = "a level from 0 to 9";
        return false;
    }
    self->deflate = &weir_deflate_zlib;
#ifdef WEIR_HAVE_ISAL
    if (level == WEIR_GZIP_LEVEL_DEFAULT)
        self->deflate = &weir_deflate_isal;
#endif
    self->deflater = self->deflate->start(level);
    if (self->deflater)
        return true;
    weir_error_set(error, WEIR_E_MEMORY, "no memory to deflate");
    return false;
}

/* Adds to the piece, unless it is being compressed. */
static void gather(struct gzip *self, weir_span *span)
{
    if (self->at == self->n)
        self->at = self->n = 0;
    if (self->at)
        return;
    size_t n = PIECE_BYTES - self->taken - self->n;
    n = n < span->in_n ? n : span->in_n;
    if (n)
        memcpy(self->piece + self->n, span->in, n);
    self->n += n;
    span->in += n;
    span->in_n -= n;
}

/* Gives the deflater n bytes at `in`, which are the piece's next; returns how many it took. */
static size_t squeeze(struct gzip *self, const unsigned char *in, size_t n, weir_span *span,
                      bool last, weir_codec_state *state)
{
    weir_span piece = {in, n, span->out, span->out_n};
    *state = self->deflate->step(self->deflater, &piece, last);
    span->out = piece.out;
    span->out_n = piece.out_n;
    size_t took = n - piece.in_n;
    self->taken = (self->taken + took) % PIECE_BYTES;
    return took;
}

/* What is left of the piece stands in the input as a whole: no need to gather it. */
static weir_codec_state squeeze_input(struct gzip *self, size_t n, weir_span *span)
{
    weir_codec_state state;
    size_t took = squeeze(self, span->in, n, span, false, &state);
    span->in += took;
    span->in_n -= took;
    return state;
}

static weir_codec_state squeeze_piece(struct gzip *self, weir_span *span, bool last)
{
    weir_codec_state state;
    self->at += squeeze(self, self->piece + self->at, self->n - self->at, span, last, &state);
    return state;
}

/* One piece that gives something at most, so that each begins with all of the room that the
 * adapter gives: level 0 looks at that too. */
static weir_codec_state gzip_step(void *state, weir_span *span, bool last, weir_error *error)
{
    struct gzip *self = state;
    size_t room = span->out_n;
    weir_codec_state got = WEIR_CODEC_MORE;
    (void)error;
    do {
        size_t rest = PIECE_BYTES - self->taken;
        if (self->at == self->n && span->in_n >= rest) {
            got = squeeze_input(self, rest, span);
            continue;
        }
        gather(self, span);
        /* A full piece is never the last: an empty one ends it then. */
        bool full = self->taken + self->n - self->at == PIECE_BYTES;
        bool end = last && !span->in_n && !full;
        if (!end && !full)
            break;
        got = squeeze_piece(self, span, end);
    } while (got == WEIR_CODEC_MORE && span->out_n == room && room);
    return got;
}

static void gzip_fini(void *state)
{
    struct gzip *self = state;
    self->deflate->stop(self->deflater);
}

const weir_codec weir_codec_gzip = {"gzip", sizeof(struct gzip), gzip_init, gzip_step, gzip_fini};

weir_reader *weir_gzip(weir_reader *source, int level)
{
    if (!weir_stage_failed(&source->stage) && !is_level(level))
        return weir_reader_refuse(&source->stage, WEIR_E_ARGUMENT, "a level from 0 to 9",
                                  "gzip: there is no such level", NULL, NULL, 0);
    return weir_codec_reader(source, &weir_codec_gzip, level);
}
