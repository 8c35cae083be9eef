/* The table of rules. */
#include "rule.h"

#include <string.h>

#include "allow.h"

extern const struct rule rule_blocking_in_async;
extern const struct rule rule_ignored_poll;
extern const struct rule rule_dropped_lazy;
extern const struct rule rule_item_type_mismatch;
extern const struct rule rule_must_not_await;
extern const struct rule rule_pending_without_waker;
extern const struct rule rule_poll_after_end;
extern const struct rule rule_sequential_loops;
extern const struct rule rule_use_after_move;

const struct rule *const rules[] = {
    &rule_sequential_loops,      &rule_must_not_await,
    &rule_use_after_move,        &rule_poll_after_end,
    &rule_pending_without_waker, &rule_allow_without_reason,
    &rule_unused_allow,          NULL,
    &rule_sequential_loops,      &rule_must_not_await,
    &rule_blocking_in_async,     &rule_allow_without_reason,
    &rule_unused_allow,          NULL,
extern const struct rule rule_must_par_spawn;
extern const struct rule rule_sequential_loops;
extern const struct rule rule_unbounded;

const struct rule *const rules[] = {
    &rule_sequential_loops,
    &rule_must_par_spawn,
    &rule_must_not_await,
    &rule_blocking_in_async,
    &rule_ignored_poll,
    &rule_unbounded,
    &rule_item_type_mismatch,
    &rule_dropped_lazy,
    &rule_allow_without_reason,
    &rule_unused_allow,
    NULL,
};

const struct rule *rule_find(const char *name)
{
    for (size_t i = 0; rules[i]; i++)
        if (!strcmp(rules[i]->name, name))
            return rules[i];
    return NULL;
}
