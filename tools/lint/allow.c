/* What a comment allows is matched with what was found; a comment that allows nothing is found
 * itself, so that none outlives its cause. */
#include "allow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../weir/memory.h"
#include "pipeline/suggest.h"
#include "comments.h"
#include "rule.h"

static void check_nothing(struct unit *unit, const struct function *function)
{
    (void)unit, (void)function;
}

const struct rule rule_allow_without_reason = {
    .name = "allow_without_reason",
    .group = GROUP_CORE,
    .level = LEVEL_WARNING,
    .does = "an allow(rule) that gives no reason",
    .explain = "A comment that allows a finding has to say why it is fine here: whoever reads the\n"
               "code next cannot ask. The finding is not shown, this one is in its place.\n"
               "\n"
               "    /* weir-lint: allow(sequential_loops) one printer, its jobs stay in order */\n",
    .check = check_nothing,
};

const struct rule rule_unused_allow = {
    .name = "unused_allow",
    .group = GROUP_CORE,
    .level = LEVEL_WARNING,
    .does = "an allow(rule) for which nothing is found, or that no rule is called by",
    .explain =
        "A comment allows a finding that is not there: the code below it was changed, or the\n"
        "name is wrong. Left where it is, it would hide the next true finding. It stands for\n"
        "the line of code it is behind, or else for the first line of code below it. Take it\n"
        "away, or write the name of a rule that 'weir lint --rules' lists.\n",
    .check = check_nothing,
};

struct allow {
    struct outcome *outcome;
    const bool *enabled;
    size_t size; /* room for findings */
};

static void add(struct allow *allow, const struct comment *comment, const struct finding *found)
{
    struct unit_result *result = &allow->outcome->result;

    if (!allow->enabled[rule_index(found->rule)] || result->findings_n == allow->size)
        return;
    struct finding *to = &result->findings[result->findings_n++];
    *to = *found;
    to->at =
        (struct place){allow->outcome->file, comment->line, comment->column, comment->end_column};
}

/* How many findings of the rule stand on the line; they are allowed from now on. */
static size_t apply(struct allow *allow, size_t n, const struct rule *rule, unsigned line,
                    const char *reason)
{
    struct outcome *outcome = allow->outcome;
    size_t hits = 0;

    for (size_t i = 0; i < n && line; i++) {
        const struct place *at = &outcome->result.findings[i].at;
        if (outcome->result.findings[i].rule != rule || at->line != line || !at->file ||
            strcmp(at->file, outcome->file))
            continue;
        outcome->allowed[i] = reason;
        hits++;
    }
    return hits;
}

static void add_unknown(struct allow *allow, const struct comment *comment, const char *name)
{
    struct finding found = {.rule = &rule_unused_allow};
    struct suggestion near = {.word = name};

    for (size_t i = 0; rules[i]; i++)
        weir_pl_suggest(&near, rules[i]->name);
    found.message = unit_text("there is no rule `%s` to allow", name);
    found.help = near.best[0] ? unit_text("did you mean `%s`?", near.best)
                              : "'weir lint --rules' lists them";
    add(allow, comment, &found);
}

/* One name of the list. What the compiler did not understand, or does not see under these flags,
 * may hide what the comment is for, and so does a rule that is off. only: there is no other name.
 */
static void apply_name(struct allow *allow, size_t n, const struct comment *comment,
                       const char *name, const char *reason, bool only)
{
    const struct rule *rule = rule_find(name);

    if (!rule) {
        add_unknown(allow, comment, name);
        return;
    }
    if (apply(allow, n, rule, comment->for_line, reason) || !allow->enabled[rule_index(rule)] ||
        allow->outcome->result.parse_errors || comment->conditional)
        return;
    struct finding found = {.rule = &rule_unused_allow};
    found.message = unit_text("nothing is found here that allow(%s) is for", name);
    found.help = "take the comment away";
    if (only)
        finding_edit(&found, allow->outcome->file, comment->from, comment->to, "%s",
                     comment->parts ? " " : "");
    if (comment->for_line)
        finding_note(&found, (struct place){.file = NULL}, "it stands for line %u",
                     comment->for_line);
    else
        finding_note(&found, (struct place){.file = NULL},
                     "it stands for no line: code has to follow at once");
    add(allow, comment, &found);
}

/* A copy in one line, without the stars that some put before each. */
static char *one_line(const char *text, size_t n)
{
    char *copy = memory_zeroed(n + 1, 1), *to = copy;

    for (size_t i = 0; i < n; i++) {
        bool blank = strchr(" \t\r\n\\", text[i]) != NULL;
        bool star = text[i] == '*' && to > copy && to[-1] == ' ';
        if (star || (blank && (to == copy || to[-1] == ' ')))
            continue;
        *to++ = blank ? ' ' : text[i];
    }
    while (to > copy && to[-1] == ' ')
        *--to = 0;
    return copy;
}

/* "allow(a, b) reason" */
static void read_comment(struct allow *allow, size_t n, const struct comment *comment)
{
    char *text = one_line(comment->text, comment->n);
    char *over = strchr(text, ')');
    struct finding found = {.rule = &rule_unused_allow};

    if (strncmp(text, "allow(", 6) || !over) {
        found.message = "comment says nothing to the lint";
        found.help = "write `weir-lint: allow(RULE) reason`";
        add(allow, comment, &found);
        return;
    }
    *over = 0;
    bool only = !strchr(text, ',');
    const char *reason = over + 1 + strspn(over + 1, " :,-");
    for (char *rest = text + 6, *name; (name = strsep(&rest, ","));) {
        name += strspn(name, " ");
        name[strcspn(name, " ")] = 0;
        if (*name)
            apply_name(allow, n, comment, name, *reason ? reason : "no reason is given", only);
    }
    if (*reason)
        return;
    found.rule = &rule_allow_without_reason;
    found.message = "no reason is given for what is allowed";
    found.help = "write behind the parenthesis why it is fine here";
    add(allow, comment, &found);
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = &((const struct finding *)a)->at, *y = &((const struct finding *)b)->at;

    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

/* New findings come last; they are put where they belong, with what is said about each. */
static void sort(struct outcome *outcome)
{
    struct pair {
        struct finding finding;
        const char *allowed;
    };
    size_t n = outcome->result.findings_n;
    struct pair *pairs = memory_zeroed(n, sizeof *pairs);

    for (size_t i = 0; i < n; i++)
        pairs[i] = (struct pair){outcome->result.findings[i], outcome->allowed[i]};
    qsort(pairs, n, sizeof *pairs, by_place); /* the finding is its first member */
    for (size_t i = 0; i < n; i++) {
        outcome->result.findings[i] = pairs[i].finding;
        outcome->allowed[i] = pairs[i].allowed;
    }
    free(pairs);
}

void allow_apply(struct outcome *outcome, const bool *enabled)
{
    struct unit_result *result = &outcome->result;
    struct text_file file = text_file_read(outcome->file);
    struct comments comments = {.n = 0};
    size_t n = result->findings_n;
    struct allow allow = {.outcome = outcome, .enabled = enabled};

    if (file.bytes && !result->failed)
        comments = comments_find(&file);
    allow.size = n + comments.n * 9; /* names of one comment; more are not said */
    struct finding *room = memory_zeroed(allow.size, sizeof *room);
    if (n)
        memcpy(room, result->findings, n * sizeof *room);
    result->findings = room;
    outcome->allowed = memory_zeroed(allow.size, sizeof *outcome->allowed);
    for (size_t i = 0; i < comments.n; i++)
        read_comment(&allow, n, &comments.at[i]);
    if (comments.n)
        sort(outcome);
    free(comments.at);
    text_file_drop(&file);
}
