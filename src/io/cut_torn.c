/* cut_torn: a file ends behind its last newline. */

#include "io/cut_torn.h"

#include <errno.h>
#include <string.h>

enum { CUT_TORN_PIECE_BYTES = 4096, LOOK_BYTES = 16 << 20, CUT_TORN_EINTR_MAX = 10000 };

static int64_t cut_torn_read_at(const weir_sys *sys, int fd, void *out, size_t n, uint64_t at)
{
    int64_t got = -EINTR;
    for (int tries = 0; tries < CUT_TORN_EINTR_MAX && got == -EINTR; tries++)
        got = sys->pread(sys, fd, out, n, at);
    return got;
}

/* Where the last whole line ends, from the back, piece by piece. */
static int64_t end_of_lines(const weir_sys *sys, int fd, uint64_t size)
{
    char piece[CUT_TORN_PIECE_BYTES];
    for (uint64_t end = size; end && size - end < LOOK_BYTES;) {
        uint64_t begin = end > CUT_TORN_PIECE_BYTES ? end - CUT_TORN_PIECE_BYTES : 0;
        int64_t got = cut_torn_read_at(sys, fd, piece, (size_t)(end - begin), begin);
        if (got < 0)
            return got;
        const char *newline = memrchr(piece, '\n', (size_t)got);
        if (newline)
            return (int64_t)begin + (newline - piece) + 1;
        end = begin;
    }
    return size > LOOK_BYTES ? -EFBIG : 0;
}

static int cut_torn_cut(const weir_sys *sys, int fd, uint64_t size)
{
    int error = -EINTR;
    for (int tries = 0; tries < CUT_TORN_EINTR_MAX && error == -EINTR; tries++)
        error = sys->truncate(sys, fd, size);
    return error;
}

int weir_cut_torn(const weir_sys *sys, int fd)
{
    struct stat about;
    int error = sys->fstat(sys, fd, &about);
    if (error || !S_ISREG(about.st_mode))
        return error;
    int64_t end = end_of_lines(sys, fd, (uint64_t)about.st_size);
    if (end < 0 || end == about.st_size)
        return end < 0 ? (int)end : 0;
    return cut_torn_cut(sys, fd, (uint64_t)end);
}
