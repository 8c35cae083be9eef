/* gzip threads=N beside a split by hand: N threads, each with a deflater of its own, take block
 * after block of a file by one counter, and put what they make of them where it belongs. The same
 * codec, the same blocks, the same bytes; the two in turn, round by round.
 *
 *   gzip_split FILE [THREADS [ROUNDS [LEVEL...]]]
 *
 * A line for each level (default, 1, 6 and 9 where none is named): milliseconds of both by the wall
 * and of the process, the least of all rounds, and by hand / weir. */

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "codec/gzip_block.h"
#include "weir.h"

enum { THREADS_MAX = 64, ROUNDS = 15 };

static const char *path;
static size_t input_n;

static void give_up(const char *what)
{
    fprintf(stderr, "gzip_split: %s\n", what);
    exit(1);
}

static double now_s(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void *room(size_t n)
{
    void *block = malloc(n ? n : 1);
    if (!block)
        give_up("no memory");
    return block;
}

/* ---- by hand ---- */

struct split {
    const weir_deflate_block *deflate;
    int level;
    int fd;
    atomic_size_t next;
    size_t blocks_n;
    struct weir_gzip_block *blocks;
    unsigned char *out; /* room for each block, one behind the other */
};

static void *work(void *arg)
{
    struct split *split = arg;
    void *deflater = split->deflate->start(split->level);
    unsigned char *in = room(WEIR_GZIP_BEFORE_BYTES + WEIR_GZIP_BLOCK_BYTES);
    size_t i;
    if (!deflater)
        give_up("no memory");
    while ((i = atomic_fetch_add(&split->next, 1)) < split->blocks_n) {
        struct weir_gzip_block *block = &split->blocks[i];
        size_t n = block->before + block->n;
        off_t at = (off_t)(i * WEIR_GZIP_BLOCK_BYTES - block->before);
        if (pread(split->fd, in, n, at) != (ssize_t)n)
            give_up("the file cannot be read");
        block->in = in + block->before;
        weir_gzip_block_pack(split->deflate, deflater, block);
    }
    split->deflate->stop(deflater);
    free(in);
    return NULL;
}

static void cut(struct split *split)
{
    for (size_t i = 0; i < split->blocks_n; i++) {
        size_t at = i * WEIR_GZIP_BLOCK_BYTES, rest = input_n - at;
        split->blocks[i] = (struct weir_gzip_block){
            .before = at < WEIR_GZIP_BEFORE_BYTES ? at : WEIR_GZIP_BEFORE_BYTES,
            .n = rest < WEIR_GZIP_BLOCK_BYTES ? rest : WEIR_GZIP_BLOCK_BYTES,
            .out = split->out + i * WEIR_GZIP_PACKED_BYTES,
            .out_n = WEIR_GZIP_PACKED_BYTES};
    }
}

/* All of it to one place; answers how much. */
static size_t join(const struct split *split, unsigned char *out)
{
    struct weir_gzip_sum sum = {0, 0};
    unsigned char *to = out;
    weir_gzip_head(to, split->level);
    to += WEIR_GZIP_HEAD_BYTES;
    for (size_t i = 0; i < split->blocks_n; i++) {
        memcpy(to, split->blocks[i].out, split->blocks[i].made);
        to += split->blocks[i].made;
        weir_gzip_sum_add(&sum, &split->blocks[i]);
    }
    weir_gzip_end(to, &sum);
    return (size_t)(to + WEIR_GZIP_END_BYTES - out);
}

static size_t by_hand(struct split *split, unsigned threads, unsigned char *out)
{
    pthread_t thread[THREADS_MAX];
    atomic_store(&split->next, 0);
    split->fd = open(path, O_RDONLY);
    cut(split);
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, work, split))
            give_up("no thread");
    for (unsigned i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    close(split->fd);
    return join(split, out);
}

/* ---- by weir ---- */

static size_t by_weir(int level, unsigned threads, unsigned char *out, size_t out_n)
{
    int named = level ? level : WEIR_GZIP_LEVEL_STORED;
    weir_gzip_options options = WEIR_GZIP_OPTIONS(.level = named, .threads = threads);
    weir_reader *reader = weir_gzip_with(weir_file_reader(path), &options);
    weir_error error;
    size_t n, all = 0;
    weir_state state;
    while ((state = weir_await_read(reader, out + all, out_n - all, &n, &error)) == WEIR_READY)
        all += n;
    weir_drop(reader);
    if (state != WEIR_END)
        give_up(error.message);
    return all;
}

/* ---- both ---- */

struct cost {
    double wall_s, cpu_s;
};

static struct cost begin(void)
{
    return (struct cost){now_s(CLOCK_MONOTONIC), now_s(CLOCK_PROCESS_CPUTIME_ID)};
}

static void end(struct cost since, struct cost *cost)
{
    double wall_s = now_s(CLOCK_MONOTONIC) - since.wall_s;
    double cpu_s = now_s(CLOCK_PROCESS_CPUTIME_ID) - since.cpu_s;
    cost->wall_s = !cost->wall_s || wall_s < cost->wall_s ? wall_s : cost->wall_s;
    cost->cpu_s = !cost->cpu_s || cpu_s < cost->cpu_s ? cpu_s : cost->cpu_s;
}

static void row(int level, unsigned threads, unsigned rounds)
{
    size_t blocks_n = (input_n + WEIR_GZIP_BLOCK_BYTES - 1) / WEIR_GZIP_BLOCK_BYTES;
    size_t out_n = blocks_n * WEIR_GZIP_PACKED_BYTES + 64, n[2] = {0, 0};
    struct split split = {.deflate = weir_gzip_block_deflate(level),
                          .level = level,
                          .blocks_n = blocks_n,
                          .blocks = room(blocks_n * sizeof(struct weir_gzip_block)),
                          .out = room(blocks_n * WEIR_GZIP_PACKED_BYTES)};
    unsigned char *out[2] = {room(out_n), room(out_n)};
    struct cost hand = {0, 0}, weir = {0, 0};
    for (unsigned i = 0; i < rounds; i++) {
        struct cost since = begin();
        n[0] = by_hand(&split, threads, out[0]);
        end(since, &hand);
        since = begin();
        n[1] = by_weir(level, threads, out[1], out_n);
        end(since, &weir);
    }
    if (n[0] != n[1] || memcmp(out[0], out[1], n[0]) != 0)
        give_up("the bytes differ");
    printf("level %2d, %u threads, %zu -> %zu bytes: wall ms by hand %.1f, weir %.1f, ratio %.3f; "
           "CPU ms %.1f, %.1f, ratio %.3f\n",
           level, threads, input_n, n[0], hand.wall_s * 1e3, weir.wall_s * 1e3,
           hand.wall_s / weir.wall_s, hand.cpu_s * 1e3, weir.cpu_s * 1e3, hand.cpu_s / weir.cpu_s);
    free(out[0]);
    free(out[1]);
    free(split.out);
    free(split.blocks);
}

static void look_at(const char *name)
{
    struct stat about;
    path = name;
    if (stat(path, &about))
        give_up("no such file");
    input_n = (size_t)about.st_size;
}

int main(int argc, char **argv)
{
    static const int usual[] = {WEIR_GZIP_LEVEL_DEFAULT, 1, 6, 9};
    unsigned threads = argc > 2 ? (unsigned)atoi(argv[2]) : 2;
    unsigned rounds = argc > 3 ? (unsigned)atoi(argv[3]) : ROUNDS;
    if (argc < 2 || !threads || threads > THREADS_MAX)
        give_up("usage: gzip_split FILE [THREADS [ROUNDS [LEVEL...]]]");
    look_at(argv[1]);
    for (int i = 4; i < argc; i++)
        row(atoi(argv[i]), threads, rounds);
    for (size_t i = 0; argc <= 4 && i < sizeof usual / sizeof *usual; i++)
        row(usual[i], threads, rounds);
    return 0;
}
