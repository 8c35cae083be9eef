/* Bytes, in three ways: looked at where they stand, passed on without a look, copied out. A post
 * bag is letters behind their lengths, each length in a line of its own. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

static const char bag[] = "6\nhello\n13\nhow are you?\n";

enum { HEAD_BYTES_MAX = 10 };

static bool cut_short(weir_error *error)
{
    weir_error_set(error, WEIR_E_TRUNCATED, "the bag ends in the middle of a letter");
    return false;
}

/* Looks until there is a whole line, then uses it up. false: the bag is empty, or it failed. */
static bool next_length(weir_reader *post, uint64_t *length, weir_error *error)
{
    const unsigned char *bytes = NULL, *end = NULL;
    size_t n = 0;
    while (!end && n < HEAD_BYTES_MAX) {
        weir_state got = weir_await_fill(post, n + 1, error);
        bytes = weir_peek(post, &n);
        if (got != WEIR_READY)
            return got == WEIR_END && n ? cut_short(error) : false;
        end = memchr(bytes, '\n', n < HEAD_BYTES_MAX ? n : HEAD_BYTES_MAX);
    }
    if (!end)
        return weir_error_set(error, WEIR_E_LIMIT, "a length of over %d bytes", HEAD_BYTES_MAX),
               false;
    *length = 0;
    for (; bytes != end; bytes++) {
        if (*bytes < '0' || *bytes > '9')
            return weir_error_set(error, WEIR_E_CORRUPT, "'%c' in a length", *bytes), false;
        *length = *length * 10 + (*bytes - '0');
        weir_consume(post, 1);
    }
    weir_consume(post, 1); /* the newline */
    return true;
}

/* Hands the next bytes on, whatever they are. */
static bool pass_on(weir_reader *post, uint64_t length, weir_error *error)
{
    uint64_t n;
    weir_reader *letter = weir_take_reader(weir_reader_by_ref(post), length);
    if (weir_run(weir_copy(letter, weir_stdout_writer()), &n, error) != WEIR_READY)
        return false;
    return n == length || cut_short(error);
}

int main(void)
{
    weir_reader *post = weir_memory_reader(bag, strlen(bag));
    weir_error error;
    uint64_t length;
    while (next_length(post, &length, &error)) {
        printf("%llu bytes: ", (unsigned long long)length);
        fflush(stdout); /* what stdio holds goes before what weir writes */
        if (!pass_on(post, length, &error))
            break;
    }
    weir_drop(post);
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
