/* The command line of the lint: options and files in any order, and behind -- a compiler's. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../weir/memory.h"
#include "../weir/report.h"
#include "pipeline/suggest.h"
#include "help.h"
#include "jobs.h"
#include "rule.h"
#include "unit.h"

enum { JOBS_MAX = 256 };

/* The words, one by one. */
struct taking {
    struct lint_options *options;
    char *const *words;
    int n, at;
    int *status;
};

static bool wrong(struct taking *taking)
{
    *taking->status = 2;
    return false;
}

/* What is printed in place of looking. */
static bool printed(struct taking *taking, int status)
{
    *taking->status = status;
    return false;
}

/* The value of -p or --explain: joined, or the next word. NULL: there is none, and it was said. */
static const char *value_of(struct taking *taking, const char *option, const char *joined)
{
    if (joined && *joined)
        return joined;
    if (taking->at < taking->n)
        return taking->words[taking->at++];
    report_plain("'weir lint --help' shows how", "lint: %s takes a value", option);
    return NULL;
}

static bool one_of(struct taking *taking, const char *option, const char *value,
                   const char *const *names, int *to)
{
    char list[100] = "";

    for (int i = 0; names[i]; i++) {
        size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%s", i ? "|" : "", names[i]);
        if (!strcmp(names[i], value)) {
            *to = i;
            return true;
        }
    }
    report_plain(unit_text("%s=%s", option, list), "lint: %s: there is no '%s'", option, value);
    return wrong(taking);
}

static bool take_format(struct taking *taking, const char *value)
{
    static const char *const names[] = {
        [FORMAT_TEXT] = "text", [FORMAT_GCC] = "gcc", "json", "sarif", NULL};
    int at = 0;

    if (!one_of(taking, "--format", value, names, &at))
        return false;
    taking->options->format = (enum format)at;
    return true;
}

static bool take_fail_on(struct taking *taking, const char *value)
{
    static const char *const names[] = {"warning", "error", "none", NULL};
    int at = 0;

    if (!one_of(taking, "--fail-on", value, names, &at))
        return false;
    taking->options->fail_on = (enum fail_on)at;
    return true;
}

/* "perf" says a group, "all" says all. */
static bool is_meant(const char *name, const struct rule *rule)
{
    return !strcmp(name, "all") || !strcmp(name, rule_group_name(rule->group)) ||
           !strcmp(name, rule->name);
}

/* How many rules that sets on or off. */
static size_t set_rules(struct taking *taking, const char *name, bool on)
{
    size_t n = 0;
    for (size_t i = 0; rules[i]; i++)
        if (is_meant(name, rules[i])) {
            taking->options->enabled[i] = on;
            n++;
        }
    return n;
}

/* "a,b". */
static bool take_rules(struct taking *taking, const char *option, const char *value, bool on)
{
    char *names = memory_text(value, strlen(value));
    bool ok = true;

    for (char *rest = names, *name; ok && (name = strsep(&rest, ","));)
        ok = !*name || set_rules(taking, name, on) || lint_rule_named(option, name);
    free(names);
    return ok || wrong(taking);
}

static bool take_jobs(struct taking *taking, const char *value)
{
    char *over = NULL;
    unsigned long n = value && *value >= '0' && *value <= '9' ? strtoul(value, &over, 10) : 0;

    if (!value)
        return wrong(taking);
    if (n < 1 || n > JOBS_MAX || *over) {
        report_plain(NULL, "lint: -j takes a number from 1 to %d, not '%s'", JOBS_MAX, value);
        return wrong(taking);
    }
    taking->options->jobs = (unsigned)n;
    return true;
}

/* --format gcc: it is known, and its value stands behind a sign of equality. */
static bool lacks_value(const char *option)
{
    static const char *const known[] = {"--format", "--enable", "--disable", "--fail-on"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(option, known[i]))
            return true;
    return false;
}

static bool refuse(struct taking *taking, const char *option)
{
    static const char *const known[] = {
        "--format=text", "--format=gcc",   "--format=json",   "--format=sarif", "--enable=",
        "--disable=",    "--fail-on=none", "--fail-on=error", "--fix",          "--diff",
        "--stats",       "--rules",        "--explain",       "--help",
    };
    struct suggestion near = {.word = option};

    if (lacks_value(option)) {
        report_plain("'weir lint --help' shows how", "lint: %s takes a value: %s=VALUE", option,
                     option);
        return wrong(taking);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        weir_pl_suggest(&near, known[i]);
    report_plain(near.best[0] ? unit_text("did you mean '%s'?", near.best)
                              : "'weir lint --help' lists them",
                 "lint: no option '%s'", option);
    return wrong(taking);
}

/* The value of an option that is written --name=value; NULL: it is another. */
static const char *behind(const char *option, const char *name)
{
    size_t n = strlen(name);

    return !strncmp(option, name, n) ? option + n : NULL;
}

static bool take_flag(struct taking *taking, const char *option)
{
    struct lint_options *options = taking->options;
    struct {
        const char *name;
        bool *to;
    } flags[] = {
        {"--stats", &options->stats},
        {"--fix", &options->fix},
        {"--diff", &options->diff},
        {"-v", &options->verbose},
    };

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (!strcmp(option, flags[i].name))
            return *flags[i].to = true;
    return false;
}

/* What is asked about the lint itself; true: it was. */
static bool take_question(struct taking *taking, const char *option, bool *ok)
{
    const char *value = NULL;

    *ok = false;
    if (!strcmp(option, "--help") || !strcmp(option, "-h")) {
        lint_help();
        printed(taking, 0);
    } else if (!strcmp(option, "--rules")) {
        lint_list_rules();
        printed(taking, 0);
    } else if (!strcmp(option, "--explain") || (value = behind(option, "--explain="))) {
        value = value_of(taking, "--explain", value);
        printed(taking, value ? lint_explain(value) : 2);
    } else {
        return false;
    }
    return true;
}

static bool take_option(struct taking *taking, const char *option)
{
    const char *value;
    bool ok;

    if (take_question(taking, option, &ok))
        return ok;
    if (take_flag(taking, option))
        return true;
    if ((value = behind(option, "--format=")))
        return take_format(taking, value);
    if ((value = behind(option, "--fail-on=")))
        return take_fail_on(taking, value);
    if ((value = behind(option, "--enable=")))
        return take_rules(taking, "--enable", value, true);
    if ((value = behind(option, "--disable=")))
        return take_rules(taking, "--disable", value, false);
    if (option[1] == 'j')
        return take_jobs(taking, value_of(taking, "-j", option + 2));
    if (option[1] == 'p') {
        taking->options->database = value_of(taking, "-p", option + 2);
        return taking->options->database || wrong(taking);
    }
    return refuse(taking, option);
}

/* What is missing, or contradicts. */
static bool fits(struct taking *taking)
{
    const struct lint_options *options = taking->options;
    const char *what = NULL;

    if (options->flags && options->database)
        what = "flags come from -p or from --, not from both";
    else if (options->flags && !options->files_n)
        what = "which file? weir lint FILE -- CC-FLAGS";
    else if (options->fix && options->diff)
        what = "--fix writes, --diff only shows: one of them";
    else if (!options->files_n && !options->database)
        what = "which files? weir lint FILES..., or weir lint -p BUILD";
    if (!what)
        return true;
    report_plain("'weir lint --help' shows how", "lint: %s", what);
    return wrong(taking);
}

static void defaults(struct lint_options *options, int n)
{
    size_t all = 0;

    while (rules[all])
        all++;
    *options = (struct lint_options){.jobs = jobs_processors()};
    options->jobs = options->jobs > JOBS_MAX ? JOBS_MAX : options->jobs;
    options->enabled = unit_memory(all * sizeof *options->enabled);
    options->files = unit_memory((size_t)n * sizeof *options->files);
    for (size_t i = 0; i < all; i++)
        options->enabled[i] = rules[i]->group != GROUP_PEDANTIC;
}

bool options_take(struct lint_options *options, int n, char *const *words, int *status)
{
    struct taking taking = {.options = options, .words = words, .n = n, .status = status};

    defaults(options, n);
    while (taking.at < n) {
        const char *word = words[taking.at++];
        if (!strcmp(word, "--")) {
            options->flags = (const char *const *)words + taking.at;
            options->flags_n = (size_t)(n - taking.at);
            break;
        }
        if (*word != '-')
            options->files[options->files_n++] = word;
        else if (!take_option(&taking, word))
            return false;
    }
    return fits(&taking);
}
