/* gzip: one member that holds all of the input. */

#include <limits.h>
#include <string.h>

#include "codec/gzip.h"
#include "core/stage.h"
#include "weir/compress.h"

/* What a deflater makes depends on how its input is cut, so it is cut here, always the same way:
 * the same bytes in give the same bytes out. */
enum { GZIP_PIECE_BYTES = 256 << 10 };

struct gzip {
    const weir_deflater *deflate;
    void *deflater;
    size_t taken;   /* bytes of this piece that the deflater has */
    size_t n;       /* gathered bytes of it, where it did not come as a whole */
    size_t at;      /* of these, the ones that were given */
    bool unflushed; /* bytes came since the deflater was flushed */
    unsigned char piece[GZIP_PIECE_BYTES];
};

/* ---- options ---- */

enum { GZIP_FIRST_LAYOUT_BYTES = sizeof(weir_gzip_options) };

weir_gzip_options weir_gzip_options_all(const weir_gzip_options *given)
{
    weir_gzip_options all;
    weir_options_take(&all, sizeof all, given, GZIP_FIRST_LAYOUT_BYTES);
    return all;
}

int weir_gzip_zlib_level(int level)
{
    return level == WEIR_GZIP_LEVEL_STORED ? 0 : level ? level : WEIR_GZIP_LEVEL_DEFAULT;
}

static bool is_level(int level)
{
    return level >= WEIR_GZIP_LEVEL_STORED && level <= 9;
}

/* ---- the codec ---- */

static const weir_deflater *deflate_of(int level)
{
#ifdef WEIR_HAVE_ISAL
    if (level == WEIR_GZIP_LEVEL_DEFAULT)
        return &weir_deflate_isal;
#endif
    (void)level;
    return &weir_deflate_zlib;
}

static bool gzip_begin(struct gzip *self, const weir_deflater *deflate, int level, weir_wrap wrap,
                       weir_error *error)
{
    self->deflate = deflate;
    self->deflater = deflate->start(level, wrap);
    if (self->deflater)
        return true;
    weir_error_set(error, WEIR_E_MEMORY, "no memory to deflate");
    return false;
}

bool weir_gzip_begin(void *state, const weir_deflater *deflate, int level, weir_error *error)
{
    return gzip_begin(state, deflate, level, WEIR_WRAP_GZIP, error);
}

static bool check_level(const char *format, int level, weir_error *error)
{
    if (is_level(level))
        return true;
    weir_error_set(error, WEIR_E_ARGUMENT, "%s has no level %d", format, level);
    error->cure = "a level from 1 to 9";
    return false;
}

static bool gzip_init(void *state, const void *options, weir_error *error)
{
    weir_gzip_options all = weir_gzip_options_all(options);
    if (!check_level("gzip", all.level, error))
        return false;
    if (all.threads) {
        weir_error_set(error, WEIR_E_ARGUMENT, "a codec has no threads");
        error->cure = "weir_gzip_with()";
        return false;
    }
    int level = weir_gzip_zlib_level(all.level);
    return weir_gzip_begin(state, deflate_of(level), level, error);
}

/* Adds to the piece, unless it is being compressed. */
static void gzip_gather(struct gzip *self, weir_span *span)
{
    if (self->at == self->n)
        self->at = self->n = 0;
    if (self->at)
        return;
    size_t n = GZIP_PIECE_BYTES - self->taken - self->n;
    n = n < span->in_n ? n : span->in_n;
    if (n)
        memcpy(self->piece + self->n, span->in, n);
    self->n += n;
    self->unflushed |= n > 0;
    span->in += n;
    span->in_n -= n;
}

static weir_codec_state cannot_go_on(weir_error *error)
{
    weir_error_set(error, WEIR_E_CORRUPT, "the deflater can not go on");
    return WEIR_CODEC_BAD;
}

/* Gives the deflater n bytes at `in`, which are the piece's next; *took: how many it used. With
 * room to write it moves something, or it never will; only a flush may find nothing to do. */
static weir_codec_state squeeze(struct gzip *self, const unsigned char *in, size_t n,
                                weir_span *span, weir_input input, size_t *took, weir_error *error)
{
    weir_span piece = {in, n, span->out, span->out_n};
    weir_codec_state got = self->deflate->step(self->deflater, &piece, input);
    bool made = piece.out_n < span->out_n;
    bool stuck = span->out_n && !made && piece.in_n == n && input != WEIR_INPUT_IDLE;
    span->out = piece.out;
    span->out_n = piece.out_n;
    *took = n - piece.in_n;
    self->taken = (self->taken + *took) % GZIP_PIECE_BYTES;
    if (got == WEIR_CODEC_BAD || (got == WEIR_CODEC_MORE && stuck))
        return cannot_go_on(error);
    return got;
}

/* What is left of the piece stands in the input as a whole: no need to gather it. */
static weir_codec_state squeeze_input(struct gzip *self, size_t n, weir_span *span,
                                      weir_error *error)
{
    size_t took;
    weir_codec_state got = squeeze(self, span->in, n, span, WEIR_INPUT_MORE, &took, error);
    span->in += took;
    span->in_n -= took;
    self->unflushed = true;
    return got;
}

static weir_codec_state squeeze_piece(struct gzip *self, weir_span *span, weir_input input,
                                      weir_error *error)
{
    size_t took;
    weir_codec_state got =
        squeeze(self, self->piece + self->at, self->n - self->at, span, input, &took, error);
    self->at += took;
    if (input == WEIR_INPUT_IDLE && span->out_n)
        self->unflushed = false;
    return got;
}

/* What the deflater is told of the piece; false: it is not for the deflater yet. */
static bool gzip_is_due(const struct gzip *self, const weir_span *span, weir_input *input)
{
    if (*input == WEIR_INPUT_IDLE)
        return self->unflushed;
    /* A full piece is never the last: an empty one ends it then. */
    bool full = self->taken + self->n - self->at == GZIP_PIECE_BYTES;
    bool last = *input == WEIR_INPUT_LAST && !span->in_n && !full;
    *input = last ? WEIR_INPUT_LAST : WEIR_INPUT_MORE;
    return last || full;
}

/* One piece that gives something at most, so that each begins with all of the room that the
 * adapter gives: level 0 looks at that too. */
static weir_codec_state gzip_step(void *state, weir_span *span, weir_input input, weir_error *error)
{
    struct gzip *self = state;
    size_t room = span->out_n;
    weir_codec_state got = WEIR_CODEC_MORE;
    do {
        size_t rest = GZIP_PIECE_BYTES - self->taken;
        if (self->at == self->n && span->in_n >= rest) {
            got = squeeze_input(self, rest, span, error);
            continue;
        }
        gzip_gather(self, span);
        weir_input now = input;
        if (!gzip_is_due(self, span, &now))
            break;
        got = squeeze_piece(self, span, now, error);
    } while (got == WEIR_CODEC_MORE && span->out_n == room && room);
    return got;
}

static void gzip_fini(void *state)
{
    struct gzip *self = state;
    self->deflate->stop(self->deflater);
}

static size_t gzip_memory_max(const void *options)
{
    return deflate_of(weir_gzip_zlib_level(weir_gzip_options_all(options).level))->memory_max;
}

const weir_codec weir_codec_gzip = {.size = sizeof(weir_codec),
                                    .name = "gzip",
                                    .state_size = sizeof(struct gzip),
                                    .init = gzip_init,
                                    .step = gzip_step,
                                    .fini = gzip_fini,
                                    .memory_max = gzip_memory_max,
                                    .joins = true};

/* ---- the same blocks with less around them ---- */

static int deflate_level(const void *given)
{
    weir_deflate_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    return all.level;
}

static bool deflate_begin(void *state, const void *given, const char *format, weir_wrap wrap,
                          weir_error *error)
{
    int level = weir_gzip_zlib_level(deflate_level(given));
    return check_level(format, deflate_level(given), error) &&
           gzip_begin(state, deflate_of(level), level, wrap, error);
}

static bool deflate_init(void *state, const void *given, weir_error *error)
{
    return deflate_begin(state, given, "deflate", WEIR_WRAP_NONE, error);
}

static bool zlib_init(void *state, const void *given, weir_error *error)
{
    return deflate_begin(state, given, "zlib", WEIR_WRAP_ZLIB, error);
}

static size_t deflate_memory_max(const void *given)
{
    return deflate_of(weir_gzip_zlib_level(deflate_level(given)))->memory_max;
}

#define WEIR_DEFLATE_(name_, init_)                                                                \
    {                                                                                              \
        .size = sizeof(weir_codec), .name = name_, .state_size = sizeof(struct gzip),              \
        .init = init_, .step = gzip_step, .fini = gzip_fini, .memory_max = deflate_memory_max      \
    }

const weir_codec weir_codec_deflate = WEIR_DEFLATE_("deflate", deflate_init);
const weir_codec weir_codec_zlib = WEIR_DEFLATE_("zlib", zlib_init);

/* ---- as a reader ---- */

weir_reader *weir_gzip_expect_level(weir_reader *reader, int level)
{
    if (is_level(level))
        return reader;
    return weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, "a level from 0 to 9",
                              "gzip: there is no such level", NULL, NULL, 0);
}

weir_reader *weir_gzip_alone(weir_reader *source, const weir_gzip_options *all)
{
    weir_reader *reader =
        weir_codec_reader(source, &weir_codec_gzip,
                          &WEIR_CODEC_OPTIONS(.flush_when_idle = all->flush_when_idle,
                                              .for_codec = all, .for_codec_size = sizeof *all));
    return weir_gzip_expect_level(reader, all->level);
}

weir_reader *weir_gzip(weir_reader *source, int level)
{
    bool known = level >= WEIR_GZIP_LEVEL_DEFAULT && level <= 9;
    int named = !known ? INT_MIN : level ? level : WEIR_GZIP_LEVEL_STORED;
    return weir_gzip_alone(source, &WEIR_GZIP_OPTIONS(.level = named));
}
