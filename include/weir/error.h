/* weir/error.h: one error, with its place and its trail. Errors live in the cx (or in a slot of
 * the stage that must deliver items first); making one never allocates. */
#ifndef WEIR_ERROR_H
#define WEIR_ERROR_H

#include "weir/base.h"

enum { WEIR_TRAIL_MAX = 12, WEIR_MESSAGE_BYTES = 168, WEIR_PLACE_BYTES = 104 };
#define WEIR_NOWHERE UINT64_MAX /* no byte, no record is known */

typedef enum weir_code {
    WEIR_OK,
    WEIR_E_SYSTEM,    /* a system call failed; number is its errno */
    WEIR_E_MEMORY,    /* an allocation failed */
    WEIR_E_ARGUMENT,  /* a constructor was given something it cannot use */
    WEIR_E_TYPE,      /* two stages do not fit together */
    WEIR_E_LIMIT,     /* a limit was passed; the message names it with its value */
    WEIR_E_CORRUPT,   /* the input is not what its format says */
    WEIR_E_TRUNCATED, /* the input ends in the middle */
    WEIR_E_CLOSED,    /* the other side is gone */
    WEIR_E_STOPPED,   /* the runtime was told to stop */
    WEIR_E_USER       /* a user's function said so; number is its own */
} weir_code;

/* Fatal: only END follows. Not fatal: the sequence goes on behind it (a bad record). */
struct weir_error {
    weir_code code;
    bool fatal;
    uint8_t trail_n;
    int64_t number;                    /* errno, or the user's number */
    uint64_t byte;                     /* offset in the place, or WEIR_NOWHERE */
    uint64_t record;                   /* record number from 1, or WEIR_NOWHERE */
    const char *cure;                  /* one thing to try; NULL: none known. Static text */
    const char *trail[WEIR_TRAIL_MAX]; /* names of stages, where it arose first */
    char place[WEIR_PLACE_BYTES];      /* the file or address; "" : none */
    char message[WEIR_MESSAGE_BYTES];  /* lower case, the fact with its numbers and units */
};

/* Fills an error: clears all, sets the code and the formatted message. Knows %s, %d, %u, %c,
 * %zu, %lld, %llu, %x and %%, without widths; cuts what does not fit.
 * The arguments must not lie in *error.
 * Errors: none; it returns its argument so that a call can be nested. */
WEIR_API weir_error *weir_error_set(weir_error *error, weir_code code, const char *format, ...)
    WEIR_PRINTF(3, 4);

/* Writes the whole error as text: message, then `at`, `in`, `try`, one per line.
 * Units: returns the bytes the text needs without its NUL; writes at most size bytes. */
WEIR_API size_t weir_error_text(const weir_error *error, char *out, size_t size);

/* printf for a buffer, with the conversions of weir_error_set(); always ends with a NUL. */
WEIR_API size_t weir_format(char *out, size_t size, const char *format, ...) WEIR_PRINTF(3, 4);

#endif
