/* screen.h: a terminal that is drawn upon, and is as before when that is over, whatever ends it. */
#ifndef TOOL_SCREEN_H
#define TOOL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct screen_size {
    size_t columns, lines; /* 0: standard output is no terminal, or does not say */
};

/* Standard output is a terminal that knows how to be drawn upon. */
bool screen_can(void);

/* It may be coloured: NO_COLOR is not set. */
bool screen_colours(void);

struct screen_size screen_size(void);

/* Signals that stop are noted from here on, and those that come later interrupt what is blocked;
 * `draw`: the terminal is drawn upon, and they wait for screen_wait(). */
void screen_open(bool draw);
/* The terminal is as it was. */
void screen_close(void);

/* Lines, each with its newline, in the place of what stood there; at most `most`, 0: all. */
void screen_show(const char *text, size_t most);

/* Waits for bytes in `fd` (minus one: none), a key, a signal or the time; true: there is something
 * in fd. */
bool screen_wait(int fd, int timeout_ms);

/* q was typed. */
bool screen_quit(void);

/* The signal that asked to stop; 0: none. */
int screen_stopped(void);

#endif
