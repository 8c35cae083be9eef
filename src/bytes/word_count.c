/* word_count: counts what goes by, and passes it on as it stands. */

#include "bytes/lent.h"
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
static void word_count_count(struct word_count *self, const unsigned char *bytes, size_t n)
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

static weir_poll word_count_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct word_count *self = WEIR_CONTAINER(reader, struct word_count, reader);
    weir_reader *source = weir_lent_source(reader);
    weir_reader_lend(reader, source);
    weir_poll got = weir_poll_fill(source, cx, min);
    weir_reader_lend(reader, source);
    uint64_t end = reader->offset + (reader->end - reader->begin);
    size_t fresh = (size_t)(end - self->seen);
    word_count_count(self, reader->base + reader->end - fresh, fresh);
    self->seen = end;
    return got;
}

static const weir_reader_ops word_count_ops = {.size = sizeof word_count_ops,
                                               .name = "word_count",
                                               .poll_fill = word_count_poll_fill,
                                               .fini = weir_lent_fini,
                                               .size_hint = weir_lent_size_hint,
                                               .reserve = weir_lent_reserve,
                                               .place = weir_lent_place,
                                               .memory_max = weir_lent_memory_max,
                                               .half_of = weir_lent_half_of};

weir_reader *weir_word_count(weir_reader *source, weir_word_counts *counts)
{
    *counts = (weir_word_counts){0};
    weir_reader *reader = weir_reader_over(source, sizeof(struct word_count), &word_count_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    weir_lent_begin(reader);
    struct word_count *self = WEIR_CONTAINER(reader, struct word_count, reader);
    self->counts = counts;
    self->seen = reader->offset;
    return reader;
}
