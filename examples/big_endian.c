/* A stage of one's own over bytes, which fails with a place: numbers of four bytes, the highest
 * first. */

#include <stdio.h>
#include <unistd.h>

#include "weir.h"

enum { NUMBER_BYTES = 4 };

static int64_t number_at(const unsigned char *bytes)
{
    return (int64_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

static weir_poll numbers_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_reader *source = weir_source_reader(stream);
    int64_t *items = out;
    size_t bytes_n;
    weir_poll got = weir_poll_fill(source, cx, NUMBER_BYTES);
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return got; /* the source has stored the waker, or described the error */

    const unsigned char *bytes = weir_peek(source, &bytes_n);
    if (!bytes_n)
        return (weir_poll){0, WEIR_END};
    if (bytes_n < NUMBER_BYTES)
        return weir_fail_at(cx, source, WEIR_E_TRUNCATED, "%zu bytes are left, a number has %d",
                            bytes_n, NUMBER_BYTES);

    size_t n = bytes_n / NUMBER_BYTES < demand ? bytes_n / NUMBER_BYTES : demand;
    for (size_t i = 0; i < n; i++)
        items[i] = number_at(bytes + i * NUMBER_BYTES);
    weir_consume(source, n * NUMBER_BYTES);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static const weir_stream_ops numbers_ops = {.size = sizeof numbers_ops,
                                            .name = "big_endian",
                                            .poll_next = numbers_poll_next,
                                            .marks = WEIR_MARKS_PASS};

static weir_stream *numbers(weir_reader *source)
{
    return weir_stream_over(source, sizeof(weir_stream), &numbers_ops, &weir_type_i64);
}

static void print(int64_t n, void *arg)
{
    (void)arg;
    printf("%lld\n", (long long)n);
}
WEIR_EACH_FN(print_fn, print, int64_t)

int main(void)
{
    int ends[2];
    if (pipe(ends))
        return perror("pipe"), 1;
    if (write(ends[1], "\0\0\0\7\0\0\1\0\0\0", 10) != 10)
        return perror("write"), 1;
    close(ends[1]);

    weir_stream *all = numbers(weir_fd_reader(ends[0], "numbers.bin"));
    weir_error error;
    if (weir_run(weir_for_each(all, &print_fn, NULL), NULL, &error) != WEIR_READY)
        printf("%s\n", WEIR_ERROR_TEXT(&error));
    close(ends[0]);
    return 0;
}
