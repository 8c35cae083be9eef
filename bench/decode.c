/* What the decode adapter costs: frames in memory (a kind, a length of 2 bytes, a body) through
 * weir_decode() and a fold, beside a loop over the same bytes; the two in turn, round by round.
 *
 *   decode [FRAMES [ROUNDS]]
 *
 * A line for each size of body: bytes, CPU nanoseconds a frame by hand, by weir_decode, by
 * weir_frames, the least of all rounds, and what decode costs more. */
#include <stdio.h>
#include <string.h>

#include "measure.h"
#include "weir.h"

struct frame {
    uint8_t kind;
    weir_line body;
};
static const weir_type frame_type = WEIR_TYPE_VIEW(struct frame);

enum { HEAD = 3, FRAME_MAX = HEAD + UINT16_MAX };

static weir_decoded frame_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                                 void *out, weir_error *error)
{
    (void)state, (void)last;
    if (n < HEAD)
        return (weir_decoded){WEIR_FOUND_NEED, HEAD};
    size_t size = (size_t)bytes[1] << 8 | bytes[2];
    if (bytes[0] > 3) {
        weir_error_set(error, WEIR_E_CORRUPT, "a frame of kind %u", bytes[0]);
        return (weir_decoded){WEIR_FOUND_BAD, 0};
    }
    if (n < HEAD + size)
        return (weir_decoded){WEIR_FOUND_NEED, HEAD + size};
    *(struct frame *)out = (struct frame){bytes[0], {(const char *)bytes + HEAD, size}};
    return (weir_decoded){WEIR_FOUND_ITEM, HEAD + size};
}
static const weir_decoder decoder = {
    .size = sizeof decoder, .name = "frame", .type = &frame_type, .decode = frame_decode};

static uint64_t mix(uint64_t sum, uint8_t kind, const unsigned char *body, size_t size)
{
    return sum * 31 + kind + size + (size ? body[0] : 0);
}

static void add_frame(uint64_t *sum, struct frame frame, void *arg)
{
    (void)arg;
    *sum = mix(*sum, frame.kind, (const unsigned char *)frame.body.data, frame.body.size);
}
WEIR_FOLD_FN(add_frame_fn, add_frame, uint64_t, struct frame)

static void add_line(uint64_t *sum, weir_line line, void *arg)
{
    (void)arg;
    *sum = mix(*sum, (uint8_t)(line.size % 4), (const unsigned char *)line.data, line.size);
}
WEIR_FOLD_FN(add_line_fn, add_line, uint64_t, weir_line)

static uint64_t by_hand(const unsigned char *bytes, size_t n)
{
    uint64_t sum = 0;
    size_t at = 0;
    while (n - at >= HEAD) {
        size_t size = (size_t)bytes[at + 1] << 8 | bytes[at + 2];
        if (bytes[at] > 3 || n - at < HEAD + size)
            exit(1);
        sum = mix(sum, bytes[at], bytes + at + HEAD, size);
        at += HEAD + size;
    }
    return sum;
}

static uint64_t run(weir_stream *sum)
{
    uint64_t got = 0;
    weir_error error;
    if (weir_run(sum, &got, &error) == WEIR_READY)
        return got;
    fprintf(stderr, "decode: %s\n", error.message);
    exit(1);
}

static uint64_t by_decode(const unsigned char *bytes, size_t n)
{
    uint64_t zero = 0;
    weir_stream *frames = weir_decode(weir_memory_reader(bytes, n), &decoder, NULL, FRAME_MAX);
    return run(weir_fold(frames, &add_frame_fn, &zero, NULL));
}

static uint64_t by_frames(const unsigned char *bytes, size_t n)
{
    uint64_t zero = 0;
    weir_stream *frames =
        weir_frames(weir_memory_reader(bytes, n), &WEIR_FRAMES_OPTIONS(.width = 2, .offset = 1));
    return run(weir_fold(frames, &add_line_fn, &zero, NULL));
}

static unsigned char *make(size_t frames, size_t size, size_t *n)
{
    *n = frames * (HEAD + size);
    unsigned char *bytes = malloc(*n + 1);
    if (!bytes)
        exit(1);
    memset(bytes, 'x', *n);
    for (size_t i = 0; i < frames; i++) {
        unsigned char head[HEAD] = {(unsigned char)(size % 4), (unsigned char)(size >> 8),
                                    (unsigned char)size};
        memcpy(bytes + i * (HEAD + size), head, HEAD);
    }
    return bytes;
}

static void row(size_t frames, size_t rounds, size_t size)
{
    static uint64_t (*const ways[3])(const unsigned char *, size_t) = {by_hand, by_decode,
                                                                       by_frames};
    double best[3] = {1e18, 1e18, 1e18};
    size_t n;
    unsigned char *bytes = make(frames, size, &n);
    uint64_t wanted = by_hand(bytes, n);
    for (size_t round = 0; round < rounds; round++)
        for (unsigned way = 0; way < 3; way++) {
            double begin = cpu_ns();
            if (ways[way](bytes, n) != wanted) {
                fprintf(stderr, "decode: another sum\n");
                exit(1);
            }
            best[way] = lesser(best[way], (cpu_ns() - begin) / (double)frames);
        }
    printf("%zu\t%.1f\t%.1f\t%.1f\t%.1f\n", size, best[0], best[1], best[2], best[1] - best[0]);
    free(bytes);
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {0, 16, 236, 4000};
    size_t frames = argc > 1 ? strtoull(argv[1], NULL, 10) : 200000;
    size_t rounds = argc > 2 ? strtoull(argv[2], NULL, 10) : 15;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        row(sizes[i] > 1000 ? frames / 16 : frames, rounds, sizes[i]);
    return 0;
}
