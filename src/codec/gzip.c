/* gzip: one member that holds all of the input. */

#include <string.h>

#include "codec/deflate.h"

/* What a deflater makes depends on how its input is cut, so it is cut here, always the same way:
 * the same bytes in give the same bytes out. */
enum { PIECE_BYTES = 128 << 10 };

struct gzip {
    const weir_deflate *deflate;
    void *deflater;
    size_t n;  /* bytes of the piece */
    size_t at; /* bytes of it that were taken */
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
    size_t n = PIECE_BYTES - self->n;
    n = n < span->in_n ? n : span->in_n;
    if (n)
        memcpy(self->piece + self->n, span->in, n);
    self->n += n;
    span->in += n;
    span->in_n -= n;
}

static weir_codec_state squeeze(struct gzip *self, weir_span *span, bool last)
{
    weir_span piece = {self->piece + self->at, self->n - self->at, span->out, span->out_n};
    weir_codec_state state = self->deflate->step(self->deflater, &piece, last);
    self->at = self->n - piece.in_n;
    span->out = piece.out;
    span->out_n = piece.out_n;
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
        gather(self, span);
        /* A full piece is never the last: an empty one ends it then. */
        bool end = last && !span->in_n && self->n < PIECE_BYTES;
        if (!end && !self->at && self->n < PIECE_BYTES)
            break;
        got = squeeze(self, span, end);
    } while (got == WEIR_CODEC_MORE && span->out_n == room && room);
    return got;
}

static void gzip_fini(void *state)
{
    struct gzip *self = state;
    self->deflate->stop(self->deflater);
}

const weir_codec weir_codec_gzip = {
    "gzip", sizeof(struct gzip), gzip_init, gzip_step, gzip_fini};

weir_reader *weir_gzip(weir_reader *source, int level)
{
    if (!weir_stage_failed(&source->stage) && !is_level(level))
        return weir_reader_refuse(&source->stage, WEIR_E_ARGUMENT, "a level from 0 to 9",
                                  "gzip: there is no such level", NULL, NULL, 0);
    return weir_codec_reader(source, &weir_codec_gzip, level);
}
