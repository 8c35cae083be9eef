/* help.h: what the lint says about itself and its rules. */
#ifndef LINT_HELP_H
#define LINT_HELP_H

void lint_help(void);
void lint_list_rules(void);

/* An exit code; complains on stderr. */
int lint_explain(const char *name);

struct rule;
/* NULL: there is none of this name, and it was said. option: where it was given. */
const struct rule *lint_rule_named(const char *option, const char *name);

#endif
