/* text_file.h: a file of source, read whole. */
#ifndef LINT_TEXT_FILE_H
#define LINT_TEXT_FILE_H

#include <stddef.h>

enum { TEXT_FILE_BYTES_MAX = 64 << 20 };

struct text_file {
    const char *path;
    char *bytes; /* a NUL stands behind them; NULL: it cannot be read */
    size_t n;
};

/* For text_file_drop(), whatever it gives. */
struct text_file text_file_read(const char *path);
void text_file_drop(struct text_file *file);

/* Line `line` from 1, and its bytes without the newline; NULL: there is none. */
const char *text_file_line(const struct text_file *file, size_t line, size_t *n);

#endif
