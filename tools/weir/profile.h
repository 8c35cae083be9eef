/* profile.h: what profile has found out, and how it is told. */
#ifndef TOOL_PROFILE_H
#define TOOL_PROFILE_H

#include <stdio.h>

#include "watched.h"

enum { PROFILE_ADVICE_MAX = 16 };

/* What was advised while it ran: the last word of each rule for each stage. */
struct profile_advice {
    struct watched_advice of[PROFILE_ADVICE_MAX];
    size_t n;
};

/* Takes the advice that stands now, where there is one. */
void profile_advise(struct profile_advice *advice, struct watched *watched);
void profile_advice_drop(struct profile_advice *advice);

/* The table of the whole run, then its spawn points: those that limit first. */
void profile_report(FILE *to, const struct watched *watched, const struct profile_advice *advice,
                    size_t width);

#endif
