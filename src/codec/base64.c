/* base64: 3 bytes as 4 characters, and back. */

#include <string.h>

#include "codec/text_form.h"
#include "core/stage.h"
#include "weir/encoding.h"

enum { LETTERS = 64, PAIRS = LETTERS * LETTERS };

static const char plain_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* ---- writing ---- */

struct base64 {
    weir_to_text text;
    unsigned char pairs[PAIRS][2]; /* the two characters of 12 bits */
};

static void base64_write_groups(const weir_to_text *text, const unsigned char *in, size_t groups,
                                unsigned char *out)
{
    const struct base64 *self = WEIR_CONTAINER(text, struct base64, text);
    for (; groups; groups--, in += 3, out += 4) {
        unsigned bits = (unsigned)in[0] << 16 | (unsigned)in[1] << 8 | in[2];
        memcpy(out, self->pairs[bits >> 12], 2);
        memcpy(out + 2, self->pairs[bits & (PAIRS - 1)], 2);
    }
}

static weir_base64_options base64_write_options(const weir_base64_options *given)
{
    weir_base64_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    return all;
}

static bool base64_init(void *state, const void *options, weir_error *error)
{
    struct base64 *self = state;
    weir_base64_options all = base64_write_options(options);
    const char *letters = all.url ? url_letters : plain_letters;
    if (!weir_to_text_expect_line(all.line_bytes, 4, error))
        return false;
    self->text = (weir_to_text){.group_bytes = 3,
                                .group_chars = 4,
                                .padded = !all.unpadded,
                                .line_groups = all.line_bytes / 4,
                                .write = base64_write_groups};
    for (size_t i = 0; i < PAIRS; i++) {
        self->pairs[i][0] = (unsigned char)letters[i / LETTERS];
        self->pairs[i][1] = (unsigned char)letters[i % LETTERS];
    }
    return true;
}

static weir_codec_state base64_step(void *state, weir_span *span, weir_input input,
                                    weir_error *error)
{
    struct base64 *self = state;
    (void)error;
    return weir_to_text_step(&self->text, span, input);
}

const weir_codec weir_codec_base64 = {.size = sizeof(weir_codec),
                                      .name = "base64",
                                      .state_size = sizeof(struct base64),
                                      .init = base64_init,
                                      .step = base64_step};

weir_reader *weir_base64(weir_reader *source, const weir_base64_options *options)
{
    weir_base64_options all = base64_write_options(options);
    return weir_to_text_reader(source, &weir_codec_base64, all.line_bytes, 4, &all, sizeof all);
}

/* ---- reading ---- */

struct unbase64 {
    weir_from_text text;
    /* What each of a group's characters comes to, where it stands in it: 24 bits, or STRANGE. */
    uint32_t place[4][256];
};

enum { STRANGE = 1 << 24 };

static size_t base64_read_groups(const weir_from_text *text, const unsigned char *in, size_t groups,
                                 unsigned char *out)
{
    const struct unbase64 *self = WEIR_CONTAINER(text, struct unbase64, text);
    size_t i = 0;
    for (; i < groups; i++, in += 4, out += 3) {
        uint32_t bits = self->place[0][in[0]] | self->place[1][in[1]] | self->place[2][in[2]] |
                        self->place[3][in[3]];
        if (bits >= STRANGE)
            break;
        out[0] = (unsigned char)(bits >> 16);
        out[1] = (unsigned char)(bits >> 8);
        out[2] = (unsigned char)bits;
    }
    return i;
}

static weir_unbase64_options base64_read_options(const weir_unbase64_options *given)
{
    weir_unbase64_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    return all;
}

static void make_tables(struct unbase64 *self, const char *letters)
{
    weir_from_text_init(&self->text);
    for (unsigned byte = 0; byte < 256; byte++)
        for (unsigned place = 0; place < 4; place++)
            self->place[place][byte] = STRANGE;
    for (unsigned i = 0; i < LETTERS; i++) {
        unsigned char letter = (unsigned char)letters[i];
        self->text.value[letter] = (unsigned char)i;
        for (unsigned place = 0; place < 4; place++)
            self->place[place][letter] = i << (18 - 6 * place);
    }
    if (self->text.padded)
        self->text.value['='] = WEIR_CHAR_PAD;
}

static bool unbase64_init(void *state, const void *options, weir_error *error)
{
    struct unbase64 *self = state;
    weir_unbase64_options all = base64_read_options(options);
    (void)error;
    self->text = (weir_from_text){.form = all.url ? "base64url" : "base64",
                                  .group_bytes = 3,
                                  .group_chars = 4,
                                  .zero = 'A',
                                  .padded = !all.unpadded,
                                  .blanks = all.blanks,
                                  .read = base64_read_groups};
    make_tables(self, all.url ? url_letters : plain_letters);
    return true;
}

static weir_codec_state unbase64_step(void *state, weir_span *span, weir_input input,
                                      weir_error *error)
{
    struct unbase64 *self = state;
    return weir_from_text_step(&self->text, span, input, error);
}

const weir_codec weir_codec_unbase64 = {.size = sizeof(weir_codec),
                                        .name = "unbase64",
                                        .state_size = sizeof(struct unbase64),
                                        .init = unbase64_init,
                                        .step = unbase64_step};

weir_reader *weir_unbase64(weir_reader *source, const weir_unbase64_options *options)
{
    weir_unbase64_options all = base64_read_options(options);
    return weir_codec_reader(source, &weir_codec_unbase64,
                             &WEIR_CODEC_OPTIONS(.for_codec = &all, .for_codec_size = sizeof all));
}
