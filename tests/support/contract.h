/* The contract checker: a stage that passes everything on and asserts the poll contract of the
 * stream below it, and of whoever polls it. */
#ifndef WEIR_TESTS_CONTRACT_H
#define WEIR_TESTS_CONTRACT_H

#include "doubles.h"

/* What was found. Complaints are counted and the first is kept; with no struct check at hand the
 * checker aborts at the first. */
struct check {
    unsigned complaints;
    char first[240];
    unsigned polls;
    unsigned items;
    unsigned errors;
    unsigned pendings;
    bool ended;
};

/* Rules, by their names in the documents:
 *   P1  PENDING comes with n == 0, after the waker was stored or woken, and says what it waits for
 *   P2  each poll gets a fresh waker; only the latest one counts, older ones wake nobody
 *   P3  END is repeated, and nothing below is polled again
 *   P4  ERROR comes with n == 0, a code and a message; after a fatal one only END
 *   P5  n <= demand; READY has n >= 1
 *   P6  MARK comes with n == 0, from stages that say that they give marks
 *   P10 one poll spends a bounded number of polls
 *   P11 the object does not move
 *   P12 lower <= remaining <= upper, for each hint that was given on the way
 *   exact: an exact source gives at most one item a poll; one: a future gives one item
 *   scratch that was taken is given back */
weir_stream *check_stream(weir_stream *source WEIR_TAKES, struct check *check WEIR_KEEPS);

#endif
