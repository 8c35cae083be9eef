/* Draws, and bytes in memory. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/draw.h"
#include "fuzz.h"

void give_up(const char *what)
{
    perror(what);
    exit(2);
}

uint64_t draw_bits(struct draw *draw)
{
    return weir_draw(&draw->state);
}

size_t draw_below(struct draw *draw, size_t n)
{
    return (size_t)(draw_bits(draw) % n);
}

bool draw_percent(struct draw *draw, unsigned percent)
{
    return draw_below(draw, 100) < percent;
}

static size_t around(size_t n, struct draw *draw)
{
    return n - 2 + draw_below(draw, 5);
}

size_t draw_size(struct draw *draw)
{
    size_t kind = draw_below(draw, 100);
    if (kind < 50)
        return draw_below(draw, 2000);
    if (kind < 75)
        return draw_below(draw, 40000);
    if (kind < 85) /* around the sizes of buffers */
        return around((size_t)1 << (12 + draw_below(draw, 7)), draw);
    return kind < 97 ? draw_below(draw, 300000) : draw_below(draw, 1500000);
}

void bytes_add(struct bytes *bytes, const void *from, size_t n)
{
    if (bytes->n + n > bytes->room) {
        bytes->room = 2 * (bytes->n + n);
        bytes->at = realloc(bytes->at, bytes->room);
        if (!bytes->at)
            give_up("no memory");
    }
    if (n)
        memcpy(bytes->at + bytes->n, from, n);
    bytes->n += n;
}

void bytes_drop(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){NULL, 0, 0};
}

struct bytes bytes_of_file(const char *path)
{
    struct bytes bytes = {NULL, 0, 0};
    unsigned char block[16384];
    size_t n;
    FILE *file = fopen(path, "rb");
    if (!file)
        give_up(path);
    while ((n = fread(block, 1, sizeof block, file)))
        bytes_add(&bytes, block, n);
    fclose(file);
    return bytes;
}

void bytes_to_file(const struct bytes *bytes, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes->at ? bytes->at : (const void *)"", 1, bytes->n, file) != bytes->n ||
        fclose(file))
        give_up(path);
}

bool bytes_begin(const struct bytes *whole, const struct bytes *beginning)
{
    return beginning->n <= whole->n &&
           (!beginning->n || !memcmp(whole->at, beginning->at, beginning->n));
}

bool bytes_same(const struct bytes *a, const struct bytes *b)
{
    return a->n == b->n && bytes_begin(a, b);
}

size_t bytes_lines(const struct bytes *bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < bytes->n; i++)
        n += bytes->at[i] == '\n';
    return n;
}
