/* weir/codec.h: bytes into other bytes, and bytes into items. A codec is a pure function of
 * bytes; one adapter makes it a reader. */
#ifndef WEIR_CODEC_H
#define WEIR_CODEC_H

#include "weir/reader.h"

WEIR_BEGIN_C

/* Where a codec reads and writes; it moves the pointers and lowers the counts. */
typedef struct weir_span {
    const unsigned char *in;
    size_t in_n;
    unsigned char *out;
    size_t out_n;
} weir_span;

/* What is known of the bytes behind those that a step is given. */
typedef enum weir_input {
    WEIR_INPUT_MORE, /* some may come */
    WEIR_INPUT_IDLE, /* in is empty, and for now none come: make all that was given readable */
    WEIR_INPUT_LAST  /* none comes */
} weir_input;

typedef enum weir_codec_state {
    WEIR_CODEC_MORE, /* call again, with what was not used and room to write */
    WEIR_CODEC_DONE, /* the format ended; what is left of in was not looked at */
    WEIR_CODEC_BAD   /* error was set, its byte counted from the codec's first; else in's place */
} weir_codec_state;

/* Makes bytes of bytes, step by step. Write it with designated initialisers: members may be added
 * behind the last. */
typedef struct weir_codec {
    uint32_t size; /* sizeof(weir_codec); 0: the first layout, up to memory_max */
    const char *name;
    size_t state_size; /* zeroed before init; 0: it has none */
    /* Optional. options: those of weir_codec_options, for this call only; NULL: none were given. */
    bool (*init)(void *state, const void *options, weir_error *error);
    /* Does what it can, in bounded time. Must use or make something, or say why not; only IDLE
     * may have nothing to do, and is over when out has room left. */
    weir_codec_state (*step)(void *state, weir_span *span, weir_input input, weir_error *error);
    void (*fini)(void *state); /* optional */
    /* Optional. The most that it allocates besides the state; options as for init. */
    size_t (*memory_max)(const void *options);
    /* Of a compressor whose output may stand behind itself, since its decompressor reads both, one
     * after the other: weir_codec_writer() ends one when it settles, and begins another. */
    bool joins;
} weir_codec;

/* For weir_codec_reader(). The codec's own options are copied: they may be gone afterwards. */
typedef struct weir_codec_options {
    uint32_t size;         /* set by WEIR_CODEC_OPTIONS(); 0: the first layout */
    bool flush_when_idle;  /* sends WEIR_INPUT_IDLE, once, when the source waits behind bytes */
    const void *for_codec; /* what init is given; NULL: nothing */
    size_t for_codec_size;
    /* Of a decompressor: LIMIT when more than so many bytes come out of one, looked at from the
     * first MiB that comes out. 0: any number may. */
    uint32_t ratio_max;
} weir_codec_options;

/* WEIR_CODEC_OPTIONS(.flush_when_idle = true): such options, the size set. */
#define WEIR_CODEC_OPTIONS(...)                                                                    \
    ((weir_codec_options){.size = sizeof(weir_codec_options), __VA_ARGS__})

/* A reader of what the codec makes of the source. options NULL: none. The state is allocated at
 * the first fill.
 * Errors: those of the codec, with error.byte the offset in the source. CORRUPT when the codec
 * breaks its contract; checking builds end the program instead.
 *
 * Example:
 *     p(weir_codec_reader(text("hi"), &weir_codec_hex, NULL)); // -> 6869
 */
WEIR_NEW weir_reader *weir_codec_reader(weir_reader *source WEIR_TAKES,
                                        const weir_codec *codec WEIR_KEEPS,
                                        const weir_codec_options *options);

/* The default level: the fastest compressor the library was built with (ISA-L), else zlib's 6. */
#define WEIR_GZIP_LEVEL_DEFAULT (-1)
/* In weir_gzip_options, where 0 is the default: stored, zlib's level 0. */
#define WEIR_GZIP_LEVEL_STORED (-2)

typedef struct weir_gzip_options {
    uint32_t size; /* set by WEIR_GZIP_OPTIONS(); 0: the first layout */
    int level;     /* 1 to 9 is zlib's; 0 or one of the above */
    /* When the source waits, what it gave so far can be read at the other end at once. It costs
     * five bytes or so each time, and the same input no longer gives the same bytes. */
    bool flush_when_idle;
    /* Above 0: so many blocks are compressed at once, on the threads of weir/blocking.h, of which
     * there may be fewer. The bytes are the same for any number of them, but others than for 0: the
     * input is cut into blocks of 128 KiB, each of which refers to the 32 KiB before it. At most
     * twice as many blocks are held, and no more is read until one of them is given. */
    uint32_t threads; /* at most WEIR_GZIP_THREADS_MAX */
} weir_gzip_options;

enum { WEIR_GZIP_THREADS_MAX = 256 };

/* WEIR_GZIP_OPTIONS(.level = 9): such options, the size set. */
#define WEIR_GZIP_OPTIONS(...) ((weir_gzip_options){.size = sizeof(weir_gzip_options), __VA_ARGS__})

/* Compresses. level 0 to 9 is zlib's, or WEIR_GZIP_LEVEL_DEFAULT. The same input gives the same
 * bytes, however it comes: no name and no time are stored.
 * weir_gzip_with: the same with all options; NULL: the defaults. With threads: what is dropped
 * while blocks are compressed waits for nothing, the memory goes when the last thread is done with
 * its block. Errors: those of the source come behind what was read before them, but for the rest of
 * a block; SYSTEM where no thread can be made.
 *
 * Example:
 *     p(weir_gunzip(weir_gzip(text("squeezed"), WEIR_GZIP_LEVEL_DEFAULT))); // -> squeezed
 */
WEIR_NEW weir_reader *weir_gzip(weir_reader *source WEIR_TAKES, int level);
WEIR_NEW weir_reader *weir_gzip_with(weir_reader *source WEIR_TAKES,
                                     const weir_gzip_options *options);

/* Decompresses all members, one after the other; zeros behind the last are padding.
 * Errors: CORRUPT with the byte offset in the source (not a gzip header, bad block, checksum or
 * length; garbage behind a member); TRUNCATED when the input ends inside a member, or is empty.
 * LIMIT: a name or comment over 64 KiB, against a header without end; members, empty ones too, may
 * be as many as there are. The bytes before an error come first; how the input
 * arrives makes no difference, but that ISA-L may keep back the last two or three where the input
 * was cut off. Of what a peer sent, LIMIT too when more than 1000 bytes come out of one: another
 * ratio, and a first member alone, by weir_gunzip_with() of weir/compress.h.
 *
 * Example:
 *     p(weir_gunzip(weir_gzip(text("squeezed"), 9))); // -> squeezed
 */
WEIR_NEW weir_reader *weir_gunzip(weir_reader *source WEIR_TAKES);

/* Decompresses whatever it is: looks at the first bytes, and where these say nothing, at the suffix
 * of `name` (NULL: there is none), twice at most: a .gz in a .gz. What is not compressed passes as
 * it stands, in the same block. Of a name that promises what the bytes are not, an error comes, as
 * the decoder says it. Known are the decompressors of weir.h: gzip (.gz) and those of
 * weir/compress.h, where the library was built with them.
 * Shape: the first 10 bytes must be there, or the end, before anything is given; then as the
 * decoder. Errors: those of the decoder. ARGUMENT: over a connection: its peer would choose what
 * runs here; say weir_gunzip(). Source: file(1) and zcat; bsdtar's and curl's guesses.
 *
 * Example:
 *     p(weir_decompress(weir_gzip(text("squeezed"), 9), NULL)); // -> squeezed
 *     p(weir_decompress(text("as it stands"), NULL)); // -> as it stands
 */
WEIR_NEW weir_reader *weir_decompress(weir_reader *source WEIR_TAKES, const char *name);

/* How many bytes of a name are left without the suffixes of compressors, two at most: of
 * logs.csv.gz those of logs.csv.
 *
 * Example:
 *     p(weir_uncompressed_name("logs.csv.gz")); // -> 8
 */
WEIR_API size_t weir_uncompressed_name(const char *name);

/* The options of weir_codec_gzip are weir_gzip_options, without threads; those of weir_codec_gunzip
 * weir_decompress_options. */
extern WEIR_API const weir_codec weir_codec_gzip;
extern WEIR_API const weir_codec weir_codec_gunzip;

/* The longest line where nobody says better: an input without newlines fails here, instead of
 * filling the memory. */
#define WEIR_LINE_MAX_DEFAULT ((size_t)1 << 20)

/* The lines of a reader, without their newline, as lent weir_line: valid until the next poll. One
 * '\r' before the newline is dropped too. A last line without newline counts.
 * Shape: gives the complete lines in hand, up to the demand; never fills after lending. Counting
 * (weir_count) makes no lines: it counts newlines in the block.
 * Units: line_bytes_max without newline, at most WEIR_MIN_MAX.
 * Errors: LIMIT, not fatal, once for a longer line, with its record and byte; the next line
 * follows.
 * Source: futures lines, but bytes: nothing is said about UTF-8.
 *
 * Example:
 *     p(weir_lines(text("one\ntwo\r\n\nthree"), 100)); // -> one two '' three
 *     p(weir_lines(text("short\nmuch too long\nshort\n"), 10)); // -> short !LIMIT short
 */
WEIR_ITEM(weir_line)
WEIR_LENDS
WEIR_NEW weir_stream *weir_lines(weir_reader *source WEIR_TAKES, size_t line_bytes_max);

typedef struct weir_lines_options {
    uint32_t size;         /* set by WEIR_LINES_OPTIONS(); 0: the first layout */
    bool keep_ends;        /* a line is given with its newline, and the '\r' before it */
    bool utf8;             /* a line that is no UTF-8 is an error */
    size_t line_bytes_max; /* as of weir_lines(); 0: WEIR_LINE_MAX_DEFAULT */
} weir_lines_options;

/* WEIR_LINES_OPTIONS(.utf8 = true): such options, the size set. */
#define WEIR_LINES_OPTIONS(...)                                                                    \
    ((weir_lines_options){.size = sizeof(weir_lines_options), __VA_ARGS__})

/* The same with all options; NULL: the defaults. line_bytes_max counts no newline, kept or not.
 * Errors: besides those of weir_lines(): CORRUPT, not fatal, for a line that is no UTF-8, with its
 * record and the byte; those before it come first, the next line follows. Counting such lines looks
 * at them too. Source: futures lines, whose lines are Strings; Python's keepends.
 *
 * Example:
 *     p(weir_lines_with(text("one\ntwo\n"), &WEIR_LINES_OPTIONS(.utf8 = true))); // -> one two
 *     p(weir_lines_with(text("a\n\xff\n"), &WEIR_LINES_OPTIONS(.utf8 = true))); // -> a !CORRUPT
 */
WEIR_ITEM(weir_line)
WEIR_LENDS
WEIR_NEW weir_stream *weir_lines_with(weir_reader *source WEIR_TAKES,
                                      const weir_lines_options *options);

/* The lines that hold `pattern` (n bytes; 0: every line). What
 * weir_filter(weir_lines(...), contains pattern) gives, but the block is searched first, by the
 * pattern's rarest byte, and lines are bounded at hits only.
 * Owns: keeps its own copy of the pattern. Errors: as weir_lines, with the byte but no record:
 * lines are not counted.
 *
 * Example:
 *     p(weir_lines_matching(text("GET a\nPUT b\nGET c\n"), 100, "GET", 3)); // -> GET a GET c
 */
WEIR_ITEM(weir_line)
WEIR_LENDS
WEIR_NEW weir_stream *weir_lines_matching(weir_reader *source WEIR_TAKES, size_t line_bytes_max,
                                          const void *pattern, size_t n);

/* The way back: each weir_line and a newline, as bytes.
 *
 * Example:
 *     p(weir_to_lines(lines("one\ntwo"))); // -> one\ntwo\n
 */
WEIR_NEW weir_reader *weir_to_lines(weir_stream *source WEIR_TAKES);

/* The same, each line with its newline as an item, lent from a block: as weir_to_ndjson_each().
 * Units: line_bytes_max without newline. Errors: LIMIT, not fatal, for a longer line.
 *
 * Example:
 *     p(weir_count(weir_to_lines_each(lines("one\ntwo"), 100))); // -> 2
 */
WEIR_ITEM(weir_line)
WEIR_LENDS
WEIR_NEW weir_stream *weir_to_lines_each(weir_stream *source WEIR_TAKES, size_t line_bytes_max);

/* The bytes of each item as they stand, one after the other; empty ones are skipped.
 * Shape: items of 16 KiB and more are lent from where they stand, shorter ones are gathered in a
 * block of 64 KiB, as to_lines does; none while it waits. After a fatal error: END.
 * Source: futures into_async_read, which copies every item.
 *
 * Example:
 *     p(weir_into_reader(lines("one\ntwo"))); // -> onetwo
 */
WEIR_NEW weir_reader *weir_into_reader(weir_stream *source WEIR_TAKES);

WEIR_END_C

#endif
