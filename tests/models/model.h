/* What the models of memory orders share: each runs all threads of a suite in many interleavings,
 * where a load may see any value that C11 lets it see. `MODEL` runs it as it is, `MODEL NAME` with
 * one of its mutants; the exit status says whether something was found. */
#ifndef WEIR_MODEL_H
#define WEIR_MODEL_H

#include <cstring>
#include <ostream>

#include <relacy/relacy.hpp>

using rl::mo_acq_rel;
using rl::mo_acquire;
using rl::mo_relaxed;
using rl::mo_release;
using rl::mo_seq_cst;

static const char *mutant = "";

static bool is(const char *name)
{
    return strcmp(mutant, name) == 0;
}

/* The order as it stands in the source, or the weaker one of the mutant that is named. */
static rl::memory_order order(rl::memory_order as_it_is, const char *name, rl::memory_order weaker)
{
    return is(name) ? weaker : as_it_is;
}

/* Every interleaving where `all` is 0, else so many that are drawn. */
template <typename Suite> int model(int argc, char **argv, unsigned drawn)
{
    rl::test_params params;
    std::ostream nowhere(nullptr);
    mutant = argc > 1 ? argv[1] : "";
    params.search_type = drawn ? rl::sched_random : rl::sched_full;
    params.iteration_count = drawn ? drawn : 100000000;
    params.progress_stream = &nowhere;
    return !rl::simulate<Suite>(params);
}

#endif
