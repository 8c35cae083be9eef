/* weir/encoding.h: bytes written as text and read back: base64 and hex. Reading is strict: there is
 * one way to write each sequence of bytes, and everything else is an error at its byte.
 *
 *     weir_unbase64(reader, &WEIR_UNBASE64_OPTIONS(.blanks = true)) */
#ifndef WEIR_ENCODING_H
#define WEIR_ENCODING_H

#include "weir/codec.h"

WEIR_BEGIN_C

typedef struct weir_base64_options {
    uint32_t size; /* set by WEIR_BASE64_OPTIONS(); 0: the first layout */
    bool url;      /* '-' and '_' for '+' and '/': RFC 4648, 5 */
    bool unpadded; /* no '=' at the end */
    /* A newline stands behind so many characters, a multiple of 4, and at the end. 0: none do. Of
     * MIME 76, of PEM 64. */
    size_t line_bytes;
} weir_base64_options;

typedef struct weir_unbase64_options {
    uint32_t size; /* set by WEIR_UNBASE64_OPTIONS(); 0: the first layout */
    bool url;
    bool unpadded; /* there must be no '=' at the end; else there must be, where one belongs */
    bool blanks;   /* spaces, tabs, CR and LF are passed over, wherever they stand */
} weir_unbase64_options;

typedef struct weir_hex_options {
    uint32_t size;     /* set by WEIR_HEX_OPTIONS(); 0: the first layout */
    bool upper;        /* A to F, not a to f */
    size_t line_bytes; /* as in base64; a multiple of 2 */
} weir_hex_options;

typedef struct weir_unhex_options {
    uint32_t size; /* set by WEIR_UNHEX_OPTIONS(); 0: the first layout */
    bool blanks;   /* as in unbase64 */
} weir_unhex_options;

/* WEIR_BASE64_OPTIONS(.line_bytes = 76): such options, the size set. */
#define WEIR_BASE64_OPTIONS(...)                                                                   \
    ((weir_base64_options){.size = sizeof(weir_base64_options), __VA_ARGS__})
#define WEIR_UNBASE64_OPTIONS(...)                                                                 \
    ((weir_unbase64_options){.size = sizeof(weir_unbase64_options), __VA_ARGS__})
#define WEIR_HEX_OPTIONS(...) ((weir_hex_options){.size = sizeof(weir_hex_options), __VA_ARGS__})
#define WEIR_UNHEX_OPTIONS(...)                                                                    \
    ((weir_unhex_options){.size = sizeof(weir_unhex_options), __VA_ARGS__})

/* Writes each 3 bytes as 4 characters, as RFC 4648 has them. options NULL: the defaults.
 * Shape: bytes in, bytes out, in a block of its own; less than a group is held.
 * Errors: ARGUMENT: a line_bytes that is no multiple of 4.
 * Source: Rust's base64 EncoderWriter, Go's base64.NewEncoder, base64(1), whose -w76 is
 * line_bytes = 76; here lines are asked for.
 *
 * Example:
 *     p(weir_base64(text("hello"), NULL)); // -> aGVsbG8=
 *     p(weir_base64(text("hello"), &WEIR_BASE64_OPTIONS(.unpadded = true))); // -> aGVsbG8
 */
WEIR_NEW weir_reader *weir_base64(weir_reader *source WEIR_TAKES,
                                  const weir_base64_options *options);

/* The way back. Errors: CORRUPT with the byte in the source: no character of base64, blanks where
 * none were allowed, a '=' where none belongs, something behind it, bits behind the last byte that
 * are not 0. TRUNCATED where the input ends inside of a group, or before its '='. What stands
 * before an error comes first.
 * Source: Go's base64.NewDecoder, base64 -d; both take bits that are not 0, and Go newlines.
 *
 * Example:
 *     p(weir_unbase64(text("aGVsbG8="), NULL)); // -> hello
 *     p(weir_unbase64(text("aGVsbG8"), NULL)); // -> hel !TRUNCATED
 */
WEIR_NEW weir_reader *weir_unbase64(weir_reader *source WEIR_TAKES,
                                    const weir_unbase64_options *options);

/* Writes each byte as two digits. Errors: ARGUMENT: a line_bytes that is no multiple of 2.
 * Source: Go's hex.NewEncoder, xxd -p.
 *
 * Example:
 *     p(weir_hex(text("hi"), NULL)); // -> 6869
 */
WEIR_NEW weir_reader *weir_hex(weir_reader *source WEIR_TAKES, const weir_hex_options *options);

/* The way back; digits of both cases are read. Errors: CORRUPT with the byte in the source: no
 * digit, blanks where none were allowed. TRUNCATED where the input ends behind the first of two.
 * Source: Go's hex.NewDecoder, xxd -r -p, which stops without a word.
 *
 * Example:
 *     p(weir_unhex(text("6869"), NULL)); // -> hi
 *     p(weir_unhex(text("68 69"), NULL)); // -> h !CORRUPT
 */
WEIR_NEW weir_reader *weir_unhex(weir_reader *source WEIR_TAKES, const weir_unhex_options *options);

/* The same as codecs; each has the options of its name. */
extern WEIR_API const weir_codec weir_codec_base64, weir_codec_unbase64;
extern WEIR_API const weir_codec weir_codec_hex, weir_codec_unhex;

WEIR_END_C

#endif
