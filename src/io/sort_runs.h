/* Sorted runs of entries in temporary files, and the merge of several. */
#ifndef WEIR_IO_SORT_RUNS_H
#define WEIR_IO_SORT_RUNS_H

#include "format/sort_index.h"
#include "io/system.h"

enum {
    WEIR_SORT_FAN_IN = 16,         /* that are merged at once */
    WEIR_SORT_RUNS_MAX = 64,       /* open files; then some are merged into one */
    WEIR_SORT_STEP_BYTES = 1 << 20 /* that one step moves */
};

/* A run in a file without a name. */
struct weir_sort_run {
    int fd;
    uint64_t size;
    uint64_t offset;     /* of what is read next */
    unsigned char *base; /* its window, while it is merged */
    size_t begin, end, room;
    struct weir_sort_entry first;
    uint64_t prefix;
    bool over;
};

/* What is being written. */
struct weir_sort_out {
    int fd;
    uint64_t size; /* that was written */
    unsigned char *base;
    size_t n, room;
};

struct weir_sort_runs {
    const weir_sys *sys; /* NULL: nothing was opened yet */
    const char *directory;
    bool descending;
    struct weir_sort_run runs[WEIR_SORT_RUNS_MAX]; /* the oldest first */
    size_t n;
    struct weir_sort_out out;
    bool writes;          /* out is open */
    size_t from, merging; /* runs [from, from + merging) are being merged */
};

/* A file for the next run. READY or ERROR, as all of these. */
weir_poll weir_sort_begin(struct weir_sort_runs *self, weir_cx *cx, unsigned char *buffer,
                          size_t room);
weir_poll weir_sort_write(struct weir_sort_runs *self, weir_cx *cx, const unsigned char *entry);
/* What was written is the newest run; or, of a merge, stands in the place of what it was made of.
 */
weir_poll weir_sort_end(struct weir_sort_runs *self, weir_cx *cx);

/* The runs that are merged next, so that there are fewer, or, where they are few enough, all. They
 * read through windows in `memory`. */
weir_poll weir_sort_merge(struct weir_sort_runs *self, weir_cx *cx, unsigned char *memory,
                          size_t size, bool all);
/* The run whose entry comes next; NULL: all are over. */
struct weir_sort_run *weir_sort_first(struct weir_sort_runs *self);
/* Its next entry stands in the window already. */
bool weir_sort_has_next(const struct weir_sort_run *run);
/* On to that, which may have to be read: then what its window held is gone. */
weir_poll weir_sort_advance(struct weir_sort_runs *self, weir_cx *cx, struct weir_sort_run *run);

void weir_sort_close(struct weir_sort_runs *self);

#endif
