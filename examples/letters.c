/* Bytes, in three ways: looked at where they stand, passed on without a look, copied out. A post
 * bag is letters behind their lengths, each length in a line of its own. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

static const char bag[] = "6\nhello\n13\nhow are you?\n";

enum { HEAD_BYTES_MAX = 20 };

/* Looks until there is a whole line, then uses it up. false: the bag is empty, or it failed. */
static bool next_length(weir_reader *post, uint64_t *length, weir_error *error)
{
    const unsigned char *bytes, *end = NULL;
    size_t n = 0;
    do {
        if (weir_await_fill(post, n + 1, error) != WEIR_READY)
            return false;
        bytes = weir_peek(post, &n);
        end = memchr(bytes, '\n', n);
    } while (!end && n < HEAD_BYTES_MAX);
    if (!end)
        return weir_error_set(error, WEIR_E_LIMIT, "%zu bytes without a newline", n), false;

    *length = 0;
    for (; *bytes != '\n'; bytes++)
        *length = *length * 10 + (*bytes - '0');
    weir_peek(post, &n);
    weir_consume(post, (size_t)(end - weir_peek(post, &n)) + 1);
    return true;
}

int main(void)
{
    weir_reader *post = weir_memory_reader(bag, strlen(bag));
    weir_error error;
    uint64_t length;
    while (next_length(post, &length, &error)) {
        printf("%llu bytes: ", (unsigned long long)length);
        fflush(stdout); /* what stdio holds goes before what weir writes */
        weir_reader *letter = weir_take_reader(weir_reader_by_ref(post), length);
        if (weir_run(weir_copy(letter, weir_stdout_writer()), NULL, &error) != WEIR_READY)
            break;
    }
    weir_drop(post);
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
