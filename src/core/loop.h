/* What core shares of loops with those who wait. */
#ifndef WEIR_CORE_LOOP_H
#define WEIR_CORE_LOOP_H

#include "core/format.h"
#include "weir/loop.h"

#define WEIR_DROPPED "it was dropped while it waited"

/* Core knows no threads: who has them says who waits on this one (NULL: nobody can). */
void weir_waiter_find_by(weir_waiter *(*here)(void));

/* The error is told as of this place, where it is known. */
void weir_site_note(weir_site site, weir_error *error);

/* What is to be waited for is NULL. Answers true, *why says so. */
bool weir_site_refuses_nothing(weir_site site, weir_error *why);

/* True: it cannot wait for this stage, *why says so, and for which function. */
bool weir_waiter_refuses(weir_waiter *waiter, const weir_stage *stage, weir_site site,
                         weir_error *why);

/* Polls until it is not PENDING; out NULL: the item is dropped. ERROR: cx->error says why, also
 * where it cannot wait. */
weir_poll weir_waiter_next(weir_waiter *waiter, weir_stream *stream, void *out);

/* A poll on a waiter's behalf is over; answers what it got. */
weir_poll weir_waiter_polled(weir_waiter *waiter, const weir_stage *stage, weir_poll got);

/* Waits once, after a PENDING. False: cx->error says why. */
bool weir_waiter_wait(weir_waiter *waiter);

/* Keeps an error that nobody has a variable for. */
void weir_waiter_fail(weir_waiter *waiter, const weir_error *error);

#endif
