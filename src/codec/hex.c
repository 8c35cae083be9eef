/* hex: a byte as two digits, and back. */

#include <string.h>

#include "codec/text_form.h"
#include "core/stage.h"
#include "weir/encoding.h"

/* ---- writing ---- */

struct hex {
    weir_to_text text;
    unsigned char pairs[256][2];
};

static void hex_write_groups(const weir_to_text *text, const unsigned char *in, size_t groups,
                             unsigned char *out)
{
    const struct hex *self = WEIR_CONTAINER(text, struct hex, text);
    for (size_t i = 0; i < groups; i++)
        memcpy(out + 2 * i, self->pairs[in[i]], 2);
}

static weir_hex_options hex_write_options(const weir_hex_options *given)
{
    weir_hex_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    return all;
}

static bool hex_init(void *state, const void *options, weir_error *error)
{
    struct hex *self = state;
    weir_hex_options all = hex_write_options(options);
    const char *digits = all.upper ? "0123456789ABCDEF" : "0123456789abcdef";
    if (!weir_to_text_expect_line(all.line_bytes, 2, error))
        return false;
    self->text = (weir_to_text){.group_bytes = 1,
                                .group_chars = 2,
                                .line_groups = all.line_bytes / 2,
                                .write = hex_write_groups};
    for (unsigned i = 0; i < 256; i++) {
        self->pairs[i][0] = (unsigned char)digits[i / 16];
        self->pairs[i][1] = (unsigned char)digits[i % 16];
    }
    return true;
}

static weir_codec_state hex_step(void *state, weir_span *span, weir_input input, weir_error *error)
{
    struct hex *self = state;
    (void)error;
    return weir_to_text_step(&self->text, span, input);
}

const weir_codec weir_codec_hex = {.size = sizeof(weir_codec),
                                   .name = "hex",
                                   .state_size = sizeof(struct hex),
                                   .init = hex_init,
                                   .step = hex_step};

weir_reader *weir_hex(weir_reader *source, const weir_hex_options *options)
{
    weir_hex_options all = hex_write_options(options);
    return weir_to_text_reader(source, &weir_codec_hex, all.line_bytes, 2, &all, sizeof all);
}

/* ---- reading ---- */

static size_t hex_read_groups(const weir_from_text *self, const unsigned char *in, size_t groups,
                              unsigned char *out)
{
    size_t i = 0;
    for (; i < groups; i++) {
        unsigned high = self->value[in[2 * i]], low = self->value[in[2 * i + 1]];
        if ((high | low) > 15)
            break;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return i;
}

static weir_unhex_options hex_read_options(const weir_unhex_options *given)
{
    weir_unhex_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    return all;
}

static bool unhex_init(void *state, const void *options, weir_error *error)
{
    weir_from_text *self = state;
    (void)error;
    *self = (weir_from_text){.form = "hex",
                             .group_bytes = 1,
                             .group_chars = 2,
                             .zero = '0',
                             .blanks = hex_read_options(options).blanks,
                             .read = hex_read_groups};
    weir_from_text_init(self);
    for (unsigned i = 0; i < 16; i++) {
        self->value[(unsigned char)"0123456789abcdef"[i]] = (unsigned char)i;
        self->value[(unsigned char)"0123456789ABCDEF"[i]] = (unsigned char)i;
    }
    return true;
}

static weir_codec_state unhex_step(void *state, weir_span *span, weir_input input,
                                   weir_error *error)
{
    return weir_from_text_step(state, span, input, error);
}

const weir_codec weir_codec_unhex = {.size = sizeof(weir_codec),
                                     .name = "unhex",
                                     .state_size = sizeof(weir_from_text),
                                     .init = unhex_init,
                                     .step = unhex_step};

weir_reader *weir_unhex(weir_reader *source, const weir_unhex_options *options)
{
    weir_unhex_options all = hex_read_options(options);
    return weir_codec_reader(source, &weir_codec_unhex,
                             &WEIR_CODEC_OPTIONS(.for_codec = &all, .for_codec_size = sizeof all));
}
