/* Stages with mistakes, and what weir_contract_check says of them. */
#ifndef TESTS_CHECK_MUTANTS_H
#define TESTS_CHECK_MUTANTS_H

#include "weir.h"

struct mutant {
    const char *name;
    const weir_contract *of;
    unsigned mistake;     /* its arg points to it */
    const char *sentence; /* part of it */
};

/* Each is found in one call, in words that say what it is, and found again by what is said. */
void check_find_mutants(const struct mutant *mutant, size_t n);

/* Those of a line. */
void check_settle_all(weir_mark *mark, bool kept);

#endif
