/* Help: the rules. The page is of page.c. */
#include "help.h"

#include <stdio.h>

#include "../weir/report.h"
#include "pipeline/suggest.h"
#include "rule.h"

static const char *const levels[] = {[LEVEL_WARNING] = "warning", [LEVEL_ERROR] = "error"};

void lint_list_rules(void)
{
    for (size_t i = 0; rules[i]; i++)
        printf("%-22s %-9s %-8s %s\n", rules[i]->name, rule_group_name(rules[i]->group),
               levels[rules[i]->level], rules[i]->does);
    printf(
        "\ncore and perf are on by default, pedantic ones by --enable=RULE or --enable=pedantic.\n"
        "weir lint --explain RULE says one in full.\n");
}

const struct rule *lint_rule_named(const char *option, const char *name)
{
    const struct rule *rule = rule_find(name);
    struct suggestion near = {.word = name};
    char hint[300];

    if (rule)
        return rule;
    for (size_t i = 0; rules[i]; i++)
        weir_pl_suggest(&near, rules[i]->name);
    snprintf(hint, sizeof hint, "did you mean '%s'?", near.best);
    report_plain(near.best[0] ? hint : "'weir lint --rules' lists them",
                 "lint: %s: there is no rule '%s'", option, name);
    return NULL;
}

int lint_explain(const char *name)
{
    const struct rule *rule = lint_rule_named("--explain", name);

    if (!rule)
        return 2;
    printf("%s (%s, %s): %s\n\n%s", rule->name, rule_group_name(rule->group), levels[rule->level],
           rule->does, rule->explain);
    return 0;
}
