/* watch.h: the lines of a program that is looked at, from its socket or from a file, into what is
 * known of it. */
#ifndef TOOL_WATCH_H
#define TOOL_WATCH_H

#include "feed.h"
#include "watched.h"

struct watch {
    struct watched watched;
    struct feed feed;
    /* Told of each line that is a JSON object; NULL: nobody is. */
    void (*on_line)(struct watch *watch, const char *type, const char *line, size_t n);
    void *arg;
};

void watch_bytes(struct watch *watch, const char *bytes, size_t n);
/* No more come: what has no newline is a line too. */
void watch_over(struct watch *watch);

/* on_line of --json: it is printed as it came; harmless where that is a terminal. */
void watch_print_line(struct watch *watch, const char *type, const char *line, size_t n);

/* A session that was kept. False: it complained. */
bool watch_file(struct watch *watch, const char *path);

/* It greeted, in a version that is known; else it complained. `name` is who should have. */
bool watch_greeted(const struct watch *watch, const char *name);

/* Takes what a socket has; false: it has ended, and no more comes. */
bool watch_socket(struct watch *watch, int fd);

void watch_drop(struct watch *watch);

#endif
