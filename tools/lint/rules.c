/* The table of rules. */
#include "rule.h"

#include <string.h>

#include "allow.h"

/* In the order of the manual. */
#define RULES(X)                                                                                   \
    X(sequential_loops)                                                                            \
    X(must_par_spawn)                                                                              \
    X(must_not_await)                                                                              \
    X(blocking_in_async)                                                                           \
    X(ignored_poll)                                                                                \
    X(goto_into_loop)                                                                              \
    X(locals_across_wait)                                                                          \
    X(unbounded)                                                                                   \
    X(lent_item_escapes)                                                                           \
    X(item_type_mismatch)                                                                          \
    X(dropped_lazy)                                                                                \
    X(use_after_move)                                                                              \
    X(poll_after_end)                                                                              \
    X(unfinished_sink)                                                                             \
    X(pending_without_waker)                                                                       \
    X(spawn_in_sequential)                                                                         \
    X(large_task)                                                                                  \
    X(retry_without_yield)                                                                         \
    X(allow_without_reason)                                                                        \
    X(unused_allow)

#define RULE_DECLARED_(name) extern const struct rule rule_##name;
RULES(RULE_DECLARED_)

#define RULE_LISTED_(name) &rule_##name,
const struct rule *const rules[] = {RULES(RULE_LISTED_) NULL};

const char *rule_group_name(enum group group)
{
    static const char *const names[] = {
        [GROUP_CORE] = "core", [GROUP_PERF] = "perf", [GROUP_PEDANTIC] = "pedantic"};
    return names[group];
}

size_t rule_index(const struct rule *rule)
{
    size_t i = 0;
    while (rules[i] != rule)
        i++;
    return i;
}

const struct rule *rule_find(const char *name)
{
    for (size_t i = 0; rules[i]; i++)
        if (!strcmp(rules[i]->name, name))
            return rules[i];
    return NULL;
}
