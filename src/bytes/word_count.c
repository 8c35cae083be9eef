/* word_count: counts what goes by, and passes it on as it stands. */

#include "weir/write.h"

struct word_count {
    weir_reader reader;
    weir_word_counts *counts;
    uint64_t seen; /* the offset up to which bytes are counted */
    bool in_word;
};

/* What `wc` goes by where nothing is known but ASCII: a word is what stands between white space and
 * has a character that can be printed; other bytes neither make a word nor end one. */
enum { SPACE = 1, PRINTED = 2 };

#define SPACES_ ['\t'] = SPACE, ['\n'] = SPACE, ['\v'] = SPACE, ['\f'] = SPACE, ['\r'] = SPACE
static const unsigned char class_of[256] = {SPACES_, [' '] = SPACE, ['!' ... '~'] = PRINTED};

/* No byte is branched on: text is too irregular to be foretold. */
static void count(struct word_count *self, const unsigned char *bytes, size_t n)
{
    uint64_t words = 0, lines = 0;
    unsigned in_word = self->in_word;
    for (size_t i = 0; i < n; i++) {
        unsigned byte_class = class_of[bytes[i]];
        unsigned printed = byte_class >> 1, space = byte_class & 1;
        words += printed & ~in_word;
        lines += bytes[i] == '\n';
        in_word = (in_word | printed) & ~space;
    }
    self->in_word = in_word;
    self->counts->bytes += n;
    self->counts->words += words;
    self->counts->lines += lines;
}

static void count_new(struct word_count *self)
{
    size_t n;
    const unsigned char *bytes = weir_peek(&self->reader, &n);
    size_t known = (size_t)(self->seen - self->reader.offset);
    count(self, bytes + known, n - known);
    self->seen += n - known;
}

static weir_poll word_count_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct word_count *self = WEIR_CONTAINER(reader, struct word_count, reader);
    weir_reader *source = (weir_reader *)reader->stage.source;
    weir_reader_lend(reader, source);
    weir_poll got = weir_poll_fill(source, cx, min);
    weir_reader_lend(reader, source);
    count_new(self);
    return got;
}

/* Tells the source what was consumed since. */
static void word_count_fini(weir_reader *reader)
{
    weir_reader_lend(reader, (weir_reader *)reader->stage.source);
}

static weir_hint word_count_size_hint(const weir_reader *reader)
{
    const weir_reader *source = (const weir_reader *)reader->stage.source;
    weir_hint hint = weir_reader_size_hint(source);
    size_t lent = source->end - source->begin; /* some of it may be consumed here */
    hint.lower -= lent;
    if (hint.upper != WEIR_HINT_UNKNOWN)
        hint.upper -= lent;
    return hint;
}

static bool word_count_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve((weir_reader *)reader->stage.source, bytes);
}

static size_t word_count_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

static const weir_reader_ops word_count_ops = {.size = sizeof word_count_ops,
                                               .name = "word_count",
                                               .poll_fill = word_count_poll_fill,
                                               .fini = word_count_fini,
                                               .size_hint = word_count_size_hint,
                                               .reserve = word_count_reserve,
                                               .memory_max = word_count_memory_max};

weir_reader *weir_word_count(weir_reader *source, weir_word_counts *counts)
{
    *counts = (weir_word_counts){0};
    weir_reader *reader = weir_reader_over(source, sizeof(struct word_count), &word_count_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct word_count *self = WEIR_CONTAINER(reader, struct word_count, reader);
    self->counts = counts;
    reader->offset = self->seen = source->offset;
    reader->reserve = source->reserve;
    reader->stage.emptied = source->stage.emptied;
    weir_reader_lend(reader, source);
    count_new(self);
    return reader;
}
