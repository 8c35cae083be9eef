/* Files of source: small, so they are read whole; one that is larger than the bound is none. */
#include "text_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../weir/memory.h"

static size_t read_all(int fd, char *bytes, size_t size)
{
    size_t n = 0;

    while (n < size) {
        ssize_t got = read(fd, bytes + n, size - n);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    return n;
}

struct text_file text_file_read(const char *path)
{
    struct text_file file = {.path = path};
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return file;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size <= TEXT_FILE_BYTES_MAX) {
        file.bytes = memory_zeroed((size_t)about.st_size + 1, 1);
        file.n = read_all(fd, file.bytes, (size_t)about.st_size);
    }
    close(fd);
    return file;
}

void text_file_drop(struct text_file *file)
{
    free(file->bytes);
    *file = (struct text_file){.path = NULL};
}

const char *text_file_line(const struct text_file *file, size_t line, size_t *n)
{
    const char *at = file->bytes, *end = at + file->n;

    if (!at || !line)
        return NULL;
    while (--line) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (!at)
            return NULL;
        at++;
    }
    const char *over = memchr(at, '\n', (size_t)(end - at));
    *n = (size_t)((over ? over : end) - at);
    *n -= *n && at[*n - 1] == '\r';
    return at;
}
