/* weir/codec.h: bytes into other bytes, and bytes into items. A codec is a pure function of
 * bytes; one adapter makes it a reader. */
#ifndef WEIR_CODEC_H
#define WEIR_CODEC_H

#include "weir/reader.h"

/* Where a codec reads and writes; it moves the pointers and lowers the counts. */
typedef struct weir_span {
    const unsigned char *in;
    size_t in_n;
    unsigned char *out;
    size_t out_n;
} weir_span;

typedef enum weir_codec_state {
    WEIR_CODEC_MORE, /* in is used up or out is full: call again with more of it */
    WEIR_CODEC_DONE, /* the format ended; what is left of in was not looked at */
    WEIR_CODEC_BAD   /* error was set, its byte counted from the codec's first; else in's place */
} weir_codec_state;

typedef struct weir_codec {
    const char *name;
    size_t state_size; /* zeroed before init */
    bool (*init)(void *state, int level, weir_error *error);
    /* Does what it can. last: nothing comes behind in. Must make progress or say why not. */
    weir_codec_state (*step)(void *state, weir_span *span, bool last, weir_error *error);
    void (*fini)(void *state);
} weir_codec;

/* A reader of what the codec makes of the source. The state is allocated at the first fill.
 * Errors: those of the codec, with error.byte the offset in the source. */
WEIR_API weir_reader *weir_codec_reader(weir_reader *source WEIR_TAKES,
                                        const weir_codec *codec WEIR_KEEPS, int level);

/* The default level: the fastest compressor the library was built with (ISA-L), else zlib's 6. */
#define WEIR_GZIP_LEVEL_DEFAULT (-1)

/* Compresses. level 0 to 9 is zlib's, or WEIR_GZIP_LEVEL_DEFAULT. The same input gives the same
 * bytes: no name and no time are stored. */
WEIR_API weir_reader *weir_gzip(weir_reader *source WEIR_TAKES, int level);

/* Decompresses all members, one after the other; zeros behind the last are padding.
 * Errors: CORRUPT with the byte offset in the source (not a gzip header, bad block, checksum or
 * length; garbage behind a member); TRUNCATED when the input ends inside a member, or is empty.
 * LIMIT: a name or comment over 64 KiB, more than 1000 empty members per MiB of input. The bytes
 * before an error come first; how the input arrives makes no difference, but that ISA-L may keep
 * back the last two or three where the input was cut off. */
WEIR_API weir_reader *weir_gunzip(weir_reader *source WEIR_TAKES);

extern WEIR_API const weir_codec weir_codec_gzip;
extern WEIR_API const weir_codec weir_codec_gunzip;

#define WEIR_LINE_MAX_DEFAULT ((size_t)1 << 20)

/* The lines of a reader, without their newline, as lent weir_line: valid until the next poll. One
 * '\r' before the newline is dropped too. A last line without newline counts.
 * Shape: gives the complete lines in hand, up to the demand; never fills after lending. Counting
 * (weir_count) makes no lines: it counts newlines in the block.
 * Units: line_bytes_max without newline, at most WEIR_MIN_MAX.
 * Errors: LIMIT, not fatal, once for a longer line, with its record and byte; the next line
 * follows.
 * Source: futures lines, but bytes: nothing is said about UTF-8. */
WEIR_API weir_stream *weir_lines(weir_reader *source WEIR_TAKES, size_t line_bytes_max);

/* The lines that hold `pattern` (n bytes; 0: every line). What
 * weir_filter(weir_lines(...), contains pattern) gives, but the block is searched first, by the
 * pattern's rarest byte, and lines are bounded at hits only.
 * Owns: keeps its own copy of the pattern. Errors: as weir_lines, with the byte but no record:
 * lines are not counted. */
WEIR_API weir_stream *weir_lines_matching(weir_reader *source WEIR_TAKES, size_t line_bytes_max,
                                          const void *pattern, size_t n);

/* The way back: each weir_line and a newline, as bytes. */
WEIR_API weir_reader *weir_to_lines(weir_stream *source WEIR_TAKES);

#endif
