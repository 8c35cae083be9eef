/* One stream vector: exactly at demand 1, the same items at larger demands, and dropped after each
 * of its polls. */

#include <stdio.h>
#include <string.h>

#include "conform.h"

static bool is_loose(const struct run *run)
{
    for (size_t i = 0; i < run->entries_n; i++)
        if (run->entries[i].op->flags & OP_LOOSE)
            return true;
    return false;
}

static const char *leak(const struct outcome *outcome, char *text)
{
    if (outcome->leak)
        snprintf(text, DIFFERENCE_BYTES, "dropped: %s", outcome->leak);
    return outcome->leak ? text : NULL;
}

/* Puts the demand before the difference. */
static const char *at_demand(char *text, size_t demand)
{
    char copy[DIFFERENCE_BYTES];
    snprintf(copy, sizeof copy, "%s", text);
    snprintf(text, DIFFERENCE_BYTES, "demand %zu: %.600s", demand, copy);
    return text;
}

static const char *run_at_one(const json_t *vector, char *text, bool *loose, size_t *polls)
{
    static struct run run;
    struct outcome outcome;
    char reason[REASON_BYTES], exact[DIFFERENCE_BYTES];
    catalog_prepare(&run, vector, reason);
    *polls = root_run(&run, (struct harness){1, DROP_NEVER}, &outcome);
    const char *found = compare_exact(&outcome, exact);
    if (found && is_loose(&run)) {
        found = compare_items(&outcome, text);
        *loose = !found;
        if (!found)
            memcpy(text, exact, DIFFERENCE_BYTES);
    } else if (found) {
        found = memcpy(text, exact, DIFFERENCE_BYTES);
    }
    if (!found)
        found = leak(&outcome, text);
    outcome_release(&outcome);
    return found;
}

static const char *run_at(const json_t *vector, size_t demand, char *text)
{
    static struct run run;
    struct outcome outcome;
    char reason[REASON_BYTES];
    catalog_prepare(&run, vector, reason);
    root_run(&run, (struct harness){demand, DROP_NEVER}, &outcome);
    const char *found = compare_items(&outcome, text);
    if (!found)
        found = leak(&outcome, text);
    outcome_release(&outcome);
    return found ? at_demand(text, demand) : NULL;
}

static const char *drop_after(const json_t *vector, size_t demand, size_t polls, char *text)
{
    static struct run run;
    struct outcome outcome;
    char reason[REASON_BYTES];
    catalog_prepare(&run, vector, reason);
    root_run(&run, (struct harness){demand, polls}, &outcome);
    if (outcome.leak)
        snprintf(text, DIFFERENCE_BYTES, "demand %zu: dropped after %zu polls: %s", demand, polls,
                 outcome.leak);
    const char *found = outcome.leak ? text : NULL;
    outcome_release(&outcome);
    return found;
}

enum verdict stream_vector(const json_t *vector, const struct options *options, char *text,
                           bool *loose)
{
    static const size_t demands[] = {2, 7, 256};
    static struct run run;
    size_t polls;
    *loose = false;
    if (catalog_prepare(&run, vector, text))
        return SKIPPED;
    const char *found = run_at_one(vector, text, loose, &polls);
    for (size_t i = 0; !found && i < 3; i++)
        found = run_at(vector, demands[i], text);
    for (size_t k = 0; options->drops && !found && k < polls; k++) {
        found = drop_after(vector, 1, k, text);
        if (!found)
            found = drop_after(vector, 7, k, text);
    }
    return found ? FAILED : PASSED;
}
