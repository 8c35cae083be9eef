/* file_path.h: names of files, by their words alone: what a database says need not exist. */
#ifndef LINT_FILE_PATH_H
#define LINT_FILE_PATH_H

/* `path` as somebody in `directory` means it, without . and .. in it; for free(). */
char *file_path_absolute(const char *directory, const char *path);

/* The working directory; it is asked for once. */
const char *file_path_here(void);

/* Relative where it is below the working directory, as somebody would write it; else as it is. */
const char *file_path_shown(const char *path);

#endif
