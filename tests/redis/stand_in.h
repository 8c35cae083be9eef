/* A server that is none: it answers what it is asked as the test has it written down, and what it
 * is not told of in the usual way, as one that has nothing. */
#ifndef WEIR_TESTS_REDIS_STAND_IN_H
#define WEIR_TESTS_REDIS_STAND_IN_H

#include "../broker/rig.h"

/* The first row that stands in what was asked, "XACK s g 1-0" say, answers it; once, or always. */
struct stand_in_row {
    const char *asked, *answer; /* NULL: none */
    bool always;
    unsigned wait_ms; /* first */
};

extern char stand_in_at[24]; /* its address */

/* At most 16 rows, which stay. */
void stand_in_begin(const struct stand_in_row *rows, size_t n);
void stand_in_end(void);
#define STAND_IN(rows) stand_in_begin(rows, sizeof(rows) / sizeof *(rows))

/* How often that stands in what was asked up to now. */
unsigned stand_in_heard(const char *words);

/* ---- answers ---- */

/* Entry "N-0", whose value is N: of one digit. */
#define ENTRY(n) "*2\r\n$3\r\n" #n "-0\r\n*2\r\n$5\r\nvalue\r\n$1\r\n" #n "\r\n"

/* So many entries of stream "s" follow; the same, claimed. */
#define PAGE(n) "*1\r\n*2\r\n$1\r\ns\r\n*" #n "\r\n"
#define CLAIMED(n) "*3\r\n$3\r\n0-0\r\n*" #n "\r\n"

/* Of one that was claimed: it was given so often. */
#define TRIES(n) "*1\r\n*4\r\n$3\r\n1-0\r\n$1\r\nw\r\n:0\r\n:" #n "\r\n"

/* Deeper than any reply: it is cut off before that, as if it were too large. */
#define TOO_MUCH "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"

#endif
