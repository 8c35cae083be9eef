/* Bytes as text, a group at a time: what base64 (3 bytes, 4 characters) and hex (1 and 2) have in
 * common. A form has the tables and the loops over whole groups; to_text.c and from_text.c do the
 * rest: groups that are cut by the input's pieces or by the room, lines, blanks, ends, places. */
#ifndef WEIR_CODEC_TEXT_FORM_H
#define WEIR_CODEC_TEXT_FORM_H

#include "weir/codec.h"

enum { WEIR_GROUP_BYTES = 3, WEIR_GROUP_CHARS = 4 }; /* the largest */

/* What waits for room to be written. */
typedef struct weir_spill {
    unsigned char bytes[WEIR_GROUP_CHARS + 1]; /* a group and a newline */
    unsigned char n, at;
} weir_spill;

/* True: nothing is left to be written. */
static inline bool weir_spill_give(weir_spill *self, weir_span *span)
{
    while (self->at < self->n && span->out_n) {
        *span->out++ = self->bytes[self->at++];
        span->out_n--;
    }
    if (self->at < self->n)
        return false;
    self->at = self->n = 0;
    return true;
}

/* ---- writing ---- */

typedef struct weir_to_text weir_to_text;

struct weir_to_text {
    unsigned char group_bytes, group_chars;
    bool padded; /* '=' fills the last group */
    bool over;   /* the last group was made */
    unsigned char carry_n;
    unsigned char carry[WEIR_GROUP_BYTES]; /* less than a group */
    weir_spill spill;
    size_t line_groups; /* of a whole line; 0: there are no lines */
    size_t line_at;     /* groups of this one that were made */
    void (*write)(const weir_to_text *self, const unsigned char *in, size_t groups,
                  unsigned char *out);
};

weir_codec_state weir_to_text_step(weir_to_text *self, weir_span *span, weir_input input);

/* False: a line would end inside of a group, and the error says so. */
bool weir_to_text_expect_line(size_t line_bytes, size_t group_chars, weir_error *error);

/* The codec's reader; refused where a line would end inside of a group. */
weir_reader *weir_to_text_reader(weir_reader *source WEIR_TAKES, const weir_codec *codec,
                                 size_t line_bytes, size_t group_chars, const void *options,
                                 size_t options_size);

/* ---- reading ---- */

typedef struct weir_from_text weir_from_text;

/* What a character is, where it is not one of the alphabet, whose value it is then. */
enum { WEIR_CHAR_BLANK = 0xfd, WEIR_CHAR_PAD = 0xfe, WEIR_CHAR_STRANGE = 0xff };

struct weir_from_text {
    const char *form; /* its name, for messages */
    unsigned char group_bytes, group_chars;
    bool padded;        /* '=' fills the last group */
    bool blanks;        /* are passed over */
    bool over;          /* the last group was read */
    unsigned char zero; /* the character of the value 0 */
    unsigned char carry_n, pads_n;
    unsigned char carry[WEIR_GROUP_CHARS];
    weir_spill spill;
    uint64_t at;      /* bytes of the input that were used */
    uint64_t last_at; /* where the last character of the carried ones stood */
    const char *cure; /* of a strange character */
    unsigned char value[256];
    /* Reads groups up to the first that has something else in it. Returns how many. */
    size_t (*read)(const weir_from_text *self, const unsigned char *in, size_t groups,
                   unsigned char *out);
};

/* Begins the table: blanks are known, all else is strange. */
void weir_from_text_init(weir_from_text *self);

weir_codec_state weir_from_text_step(weir_from_text *self, weir_span *span, weir_input input,
                                     weir_error *error);

#endif
