/* allow.h: findings that the source itself says are meant.
 *
 *     weir-lint: allow(rule, rule) reason
 *
 * in a comment behind the code of a line, or before it, on lines of its own. */
#ifndef LINT_ALLOW_H
#define LINT_ALLOW_H

#include "carry.h"

extern const struct rule rule_allow_without_reason;
extern const struct rule rule_unused_allow;

/* Reads the file once more, marks what is allowed in outcome->allowed, and adds what is wrong with
 * the words that allow it. enabled: by the order of `rules`. */
void allow_apply(struct outcome *outcome, const bool *enabled);

#endif
