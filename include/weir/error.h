/* weir/error.h: one error, with its place and its trail. Errors live in the cx (or in a slot of
 * the stage that must deliver items first); making one never allocates. */
#ifndef WEIR_ERROR_H
#define WEIR_ERROR_H

#include "weir/base.h"

WEIR_BEGIN_C

/* Room in an error, so that making one needs no memory. What does not fit is left out; nothing
 * fails for it. */
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
    WEIR_E_USER,      /* a user's function said so; number is its own */
    WEIR_E_TIMEOUT,   /* it took longer than it was given */
    WEIR_E_CANCELLED  /* somebody else gave it up */
} weir_code;

/* What went wrong, where, and one thing to try.
 *
 * Fatal: only END follows. Not fatal: the sequence goes on behind it (a bad record).
 * 512 bytes for ever: whoever is handed one may fill it whole. */
struct weir_error {
    uint32_t size; /* sizeof(weir_error) of who made it */
    weir_code code;
    bool fatal;
    uint8_t trail_n;
    uint32_t more;                     /* further errors of a parallel loop that are not shown */
    int64_t number;                    /* errno, or the user's number */
    uint64_t byte;                     /* offset in the place, or WEIR_NOWHERE */
    uint64_t record;                   /* record number from 1, or WEIR_NOWHERE */
    uint64_t line;                     /* line and column from 1; 0: not known */
    uint64_t column;                   /* ... in bytes */
    uint64_t task;                     /* whose it was; 0: not known */
    uint64_t stage;                    /* weir_stage_id() of where it arose; 0: it has none */
    const char *cure;                  /* one thing to try; NULL: none known. Static text */
    const char *trail[WEIR_TRAIL_MAX]; /* names of stages, where it arose first. Static text */
    char place[WEIR_PLACE_BYTES];      /* the file or address; "" : none */
    char message[WEIR_MESSAGE_BYTES];  /* lower case, the fact with its numbers and units */
    const weir_site *spawned;          /* where `task` was; NULL: not known. Static */
    uint64_t reserved[7];
};

/* Fills an error: clears all, sets the code and the formatted message. Knows %s, %d, %u, %c,
 * %zu, %lld, %llu, %x and %%, without widths; cuts what does not fit.
 * The arguments must not lie in *error.
 * Errors: none; it returns its argument so that a call can be nested.
 *
 * Example:
 *     weir_error error;
 *     p(weir_error_set(&error, WEIR_E_USER, "%d of %s", 3, "four")->message); // -> 3 of four
 *     p(code_name(error.code)); // -> USER
 */
WEIR_API weir_error *weir_error_set(weir_error *error, weir_code code, const char *format, ...)
    WEIR_PRINTF(3, 4);

/* Writes the whole error as text: message, then `at`, `in`, `try`, one per line. Where the code is
 * WEIR_OK nothing else is read: "no error".
 * Units: returns the bytes the text needs without its NUL; writes at most size bytes.
 *
 * Example:
 *     char out[64];
 *     weir_error error;
 *     weir_error_set(&error, WEIR_E_USER, "too late");
 *     p(weir_error_text(&error, out, sizeof out)); // -> 8
 *     p(out); // -> too late
 */
WEIR_API size_t weir_error_text(const weir_error *error, char *out, size_t size);

/* The same as a text that lives as long as the block it is said in:
 *
 *     fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
 *
 * Example:
 *     weir_error error;
 *     p(WEIR_ERROR_TEXT(weir_error_set(&error, WEIR_E_USER, "too late"))); // -> too late
 */
enum { WEIR_ERROR_TEXT_BYTES = 1024 };
#define WEIR_ERROR_TEXT(error)                                                                     \
    weir_error_text_in((error), (char[WEIR_ERROR_TEXT_BYTES]){""}, WEIR_ERROR_TEXT_BYTES)
WEIR_API const char *weir_error_text_in(const weir_error *error, char *out, size_t size);

/* Whether its byte says something. Byte 0 does where bytes were looked at and found wrong, not
 * where none had come yet.
 *
 * Example:
 *     weir_error error;
 *     p(weir_error_has_byte(weir_error_set(&error, WEIR_E_CORRUPT, "no digit"))); // -> false
 *     error.byte = 0;
 *     p(weir_error_has_byte(&error)); // -> true
 */
static inline bool weir_error_has_byte(const weir_error *error)
{
    bool of_bytes =
        error->code == WEIR_E_CORRUPT || error->code == WEIR_E_LIMIT || error->code == WEIR_E_USER;
    return error->byte != WEIR_NOWHERE && (error->byte || of_bytes);
}

/* Lets the error of a result go. NULL: nothing.
 *
 * Example:
 *     struct {
 *         weir_error *error;
 *         int64_t x;
 *     } result;
 *     weir_stream *s = weir_results(halves(1, 2));
 *     p(answer(weir_await_next(s, (void *)&result, NULL))); // -> READY
 *     p(code_name(result.error->code)); // -> USER
 *     weir_error_drop(result.error);
 *     weir_drop(s);
 */
WEIR_API void weir_error_drop(weir_error *error WEIR_TAKES);

/* printf for a buffer, with the conversions of weir_error_set(); always ends with a NUL.
 *
 * Example:
 *     char out[8];
 *     p(weir_format(out, sizeof out, "%d of %s", 3, "four")); // -> 9
 *     p(out); // -> 3 of fo
 */
WEIR_API size_t weir_format(char *out, size_t size, const char *format, ...) WEIR_PRINTF(3, 4);

WEIR_END_C

#endif
