/* Inputs: texts of many kinds, members of gzip around them, damage. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"

/* ---- texts ---- */

static void add_text(struct bytes *to, const char *text)
{
    bytes_add(to, text, strlen(text));
}

static void add_words(struct bytes *to, struct draw *draw, const char *end)
{
    static const char *const words[] = {"ERROR", "WARN",        "a",      "the", "of",  "-v",
                                        "x=1",   "\t",          "ERRO",   "aab", "aa",  "0000",
                                        "[31m",  "caf\xc3\xa9", "RERROR", "\r",  "end", "\f"};
    for (size_t n = draw_below(draw, 9); n; n--) {
        add_text(to, words[draw_below(draw, sizeof words / sizeof *words)]);
        if (draw_percent(draw, 80))
            add_text(to, " ");
    }
    add_text(to, end);
}

static void add_of(struct bytes *to, struct draw *draw, const char *letters, size_t letters_n,
                   size_t n)
{
    while (n--)
        bytes_add(to, letters + draw_below(draw, letters_n), 1);
}

static void add_repeated(struct bytes *to, struct draw *draw, size_t n)
{
    struct bytes unit = {NULL, 0, 0};
    add_words(&unit, draw, draw_percent(draw, 80) ? "\n" : "");
    while (unit.n && n > unit.n) {
        bytes_add(to, unit.at, unit.n);
        n -= unit.n;
    }
    bytes_drop(&unit);
}

static void add_binary(struct bytes *to, struct draw *draw, size_t n)
{
    for (; n; n--) {
        unsigned char byte = (unsigned char)draw_bits(draw);
        bytes_add(to, &byte, 1);
    }
}

enum text_kind { LINES, CRLF_LINES, NO_LINES, FEW_LETTERS, LONG_LINE, REPEATED, BINARY, KINDS };

/* A stretch of one kind, of about n bytes. */
static void add_stretch(struct bytes *to, struct draw *draw, size_t n)
{
    size_t end = to->n + n;
    enum text_kind kind = (enum text_kind)draw_below(draw, KINDS);
    switch (kind) {
    case LINES:
    case CRLF_LINES:
        while (to->n < end)
            add_words(to, draw, kind == LINES || draw_percent(draw, 10) ? "\n" : "\r\n");
        break;
    case NO_LINES:
        add_of(to, draw, "\n\n\r", 3, n < 500 ? n : 500);
        break;
    case FEW_LETTERS:
        add_of(to, draw, "ab\n\r", 4, n);
        break;
    case LONG_LINE:
        add_of(to, draw, "lo ng", 5, n);
        add_text(to, "\n");
        break;
    case REPEATED:
        add_repeated(to, draw, n);
        break;
    default:
        add_binary(to, draw, n);
    }
}

static struct bytes text_draw(struct draw *draw)
{
    struct bytes text = {NULL, 0, 0};
    if (draw_percent(draw, 6))
        return text;
    size_t n = draw_size(draw);
    while (text.n < n)
        add_stretch(&text, draw, 1 + draw_below(draw, n - text.n + 1));
    text.n = draw_percent(draw, 50) ? n : text.n; /* of exactly this size, or with a whole line */
    if (text.n && text.at[text.n - 1] == '\n' && draw_percent(draw, 20))
        text.n--;
    return text;
}

/* ---- gzip, as odd as it may be ---- */

static void draw_header(z_stream *z, gz_header *header, struct draw *draw)
{
    static unsigned char extra[300], name[] = "a name", comment[] = "a comment\n";
    *header = (gz_header){.time = (uLong)draw_below(draw, 1 << 30), .os = 3};
    header->text = draw_percent(draw, 20);
    header->hcrc = draw_percent(draw, 40);
    header->extra = draw_percent(draw, 40) ? extra : NULL;
    header->extra_len = (uInt)draw_below(draw, sizeof extra);
    header->name = draw_percent(draw, 40) ? name : NULL;
    header->comment = draw_percent(draw, 40) ? comment : NULL;
    deflateSetHeader(z, header);
}

static void deflate_piece(z_stream *z, const unsigned char *at, size_t n, int flush,
                          struct bytes *to)
{
    unsigned char block[16384];
    z->next_in = (unsigned char *)(uintptr_t)at;
    z->avail_in = (uInt)n;
    do {
        z->next_out = block;
        z->avail_out = sizeof block;
        deflate(z, flush);
        bytes_add(to, block, sizeof block - z->avail_out);
    } while (!z->avail_out);
}

static void add_member(struct bytes *to, const unsigned char *at, size_t n, struct draw *draw)
{
    static const int flushes[] = {Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK};
    z_stream z = {.next_in = NULL};
    gz_header header;
    int window = draw_percent(draw, 70) ? 15 : (int)(9 + draw_below(draw, 7));
    int strategy = draw_percent(draw, 60) ? Z_DEFAULT_STRATEGY : (int)draw_below(draw, 5);
    int level = (int)draw_below(draw, 10); /* one by one: arguments have no order */
    int memory = (int)(1 + draw_below(draw, 9));
    if (deflateInit2(&z, level, Z_DEFLATED, window + 16, memory, strategy) != Z_OK)
        give_up("deflateInit2");
    if (draw_percent(draw, 30))
        draw_header(&z, &header, draw);
    for (size_t pieces = draw_below(draw, 4); pieces && n; pieces--) {
        size_t piece = draw_below(draw, n) + 1;
        deflate_piece(&z, at, piece, flushes[draw_below(draw, 5)], to);
        at += piece;
        n -= piece;
    }
    deflate_piece(&z, at, n, Z_FINISH, to);
    deflateEnd(&z);
}

static void add_empty_members(struct bytes *to, struct draw *draw)
{
    size_t n = draw_percent(draw, 10) ? draw_below(draw, 1500) : 1 + draw_below(draw, 3);
    struct bytes member = {NULL, 0, 0};
    add_member(&member, NULL, 0, draw);
    while (n--)
        bytes_add(to, member.at, member.n);
    bytes_drop(&member);
}

static struct bytes compress_draw(const struct bytes *text, struct draw *draw)
{
    struct bytes made = {NULL, 0, 0};
    const unsigned char *from = text->at ? text->at : (const unsigned char *)"";
    size_t at = 0;
    if (draw_percent(draw, 10))
        add_empty_members(&made, draw);
    for (size_t more = draw_percent(draw, 70) ? 0 : draw_below(draw, 4); more; more--) {
        size_t n = draw_below(draw, text->n - at + 1);
        add_member(&made, from + at, n, draw);
        at += n;
        if (draw_percent(draw, 10))
            add_empty_members(&made, draw);
    }
    add_member(&made, from + at, text->n - at, draw);
    return made;
}

/* ---- damage ---- */

static void flip(struct bytes *bytes, struct draw *draw)
{
    size_t near_end = bytes->n < 12 ? bytes->n : 12;
    size_t at = draw_percent(draw, 30)   ? bytes->n - 1 - draw_below(draw, near_end)
                : draw_percent(draw, 30) ? draw_below(draw, near_end)
                                         : draw_below(draw, bytes->n);
    unsigned char mask = (unsigned char)(draw_percent(draw, 70) ? 1u << draw_below(draw, 8)
                                                                : 1 + draw_below(draw, 255));
    bytes->at[at] ^= mask;
}

static void leave_out(struct bytes *bytes, struct draw *draw)
{
    size_t at = draw_below(draw, bytes->n);
    size_t n = 1 + draw_below(draw, bytes->n - at < 20 ? bytes->n - at : 20);
    memmove(bytes->at + at, bytes->at + at + n, bytes->n - at - n);
    bytes->n -= n;
}

static void cut(struct bytes *bytes, struct draw *draw)
{
    size_t most = draw_percent(draw, 40) && bytes->n > 20 ? 20 : bytes->n;
    bytes->n -= 1 + draw_below(draw, most);
}

static void trail(struct bytes *bytes, struct draw *draw)
{
    static const char *const tails[] = {
        "\n", "garbage behind it", "\x1f", "\x1f\x8b", "\x1f\x8b\x08", "\x1f\x8bxxxxxxxxxxxxxxxxx"};
    static const char zeros[600];
    bool zeros_first = draw_percent(draw, 40);
    if (zeros_first)
        bytes_add(bytes, zeros, 1 + draw_below(draw, sizeof zeros));
    if (!zeros_first || draw_percent(draw, 50))
        add_text(bytes, tails[draw_below(draw, sizeof tails / sizeof *tails)]);
}

static void damage(struct bytes *bytes, struct draw *draw)
{
    static void (*const kinds[])(struct bytes *, struct draw *) = {flip, flip, leave_out, cut,
                                                                   trail};
    if (bytes->n)
        kinds[draw_below(draw, sizeof kinds / sizeof *kinds)](bytes, draw);
}

/* ---- all of them ---- */

static struct bytes source_draw(unsigned depth, struct bytes *sample, struct draw *draw)
{
    struct bytes source = text_draw(draw);
    bytes_add(sample, source.at, source.n < 5000 ? source.n : 5000);
    while (depth--) {
        struct bytes made = compress_draw(&source, draw);
        bytes_drop(&source);
        source = made;
    }
    return source;
}

void inputs_draw(struct inputs *inputs, struct draw *draw)
{
    *inputs = (struct inputs){.n = draw_percent(draw, 70) ? 1 : 1 + draw_below(draw, SOURCES_MAX)};
    inputs->depth = draw_percent(draw, 50) ? 0 : draw_percent(draw, 90) ? 1 : 2;
    for (size_t i = 0; i < inputs->n; i++)
        inputs->source[i] = source_draw(inputs->depth, &inputs->sample, draw);
    inputs->damaged = inputs->depth && draw_percent(draw, 45);
    if (inputs->damaged)
        damage(&inputs->source[draw_below(draw, inputs->n)], draw);
}

void inputs_drop(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->n; i++)
        bytes_drop(&inputs->source[i]);
    bytes_drop(&inputs->sample);
}
