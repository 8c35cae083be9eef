/* rule.h: the table of rules. One file a rule, rule_NAME.c, which ends with its row. */
#ifndef LINT_RULE_H
#define LINT_RULE_H

#include <stddef.h>

struct function;
struct unit;

enum level { LEVEL_WARNING, LEVEL_ERROR };

/* core: on by default, free of false positives before it was let in. perf: on by default, never
 * an error, since it may be meant. pedantic: only where it is asked for (--enable=RULE). */
enum group { GROUP_CORE, GROUP_PERF, GROUP_PEDANTIC };

struct rule {
    const char *name;
    enum group group;
    enum level level;
    const char *does;    /* one line for --rules */
    const char *explain; /* for --explain: what it finds, why it matters, the cure, an example */
    /* Looks at one function of the file; calls unit_report() (unit.h) for what it found. */
    void (*check)(struct unit *unit, const struct function *function);
};

/* NULL ends it; in the order of the manual. */
extern const struct rule *const rules[];

/* Where it stands in the table; of NULL, how many there are. */
size_t rule_index(const struct rule *rule);

const struct rule *rule_find(const char *name);
const char *rule_group_name(enum group group);

#endif
