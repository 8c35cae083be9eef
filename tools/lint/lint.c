/* weir lint: files, what is found in them, and what becomes of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../weir/report.h"
#include "clang.h"
#include "command.h"
#include "fix.h"
#include "jobs.h"
#include "render.h"

struct lint {
    const struct lint_options *options;
    const struct renderer *renderer; /* NULL: findings are not shown */
    struct fixes fixes;
    size_t files, failed, in_part; /* not understood in full */
    uint64_t shown, errors, allowed, fixed, fixed_errors;
    uint64_t functions, silent[SILENCES], cpu_us;
};

static void say_failed(struct lint *lint, const struct outcome *outcome)
{
    lint->failed++;
    report_plain(NULL, "lint: %s: %s", outcome->file, outcome->result.failed);
}

static void say_parse_errors(struct lint *lint, const struct outcome *outcome)
{
    const struct unit_result *result = &outcome->result;

    if (!result->parse_error)
        return;
    lint->in_part++;
    if (result->parse_errors > 1)
        report_plain(outcome->guess,
                     "lint: %s is not understood in full, %llu errors; the first: %s",
                     outcome->file, (unsigned long long)result->parse_errors, result->parse_error);
    else
        report_plain(outcome->guess, "lint: %s is not understood in full: %s", outcome->file,
                     result->parse_error);
}

static void count(struct lint *lint, const struct outcome *outcome)
{
    lint->functions += outcome->result.functions;
    lint->cpu_us += outcome->cpu_us;
    for (size_t i = 0; i < SILENCES; i++)
        lint->silent[i] += outcome->result.silent[i];
    if (outcome->result.findings_n == FINDINGS_MAX)
        report_plain(NULL, "lint: %s: %d findings, further ones are left out", outcome->file,
                     FINDINGS_MAX);
}

/* Of a file with errors too little is known to write into it. */
static void take_finding(struct lint *lint, const struct finding *finding, const char *allowed,
                         bool whole)
{
    bool error = finding->rule->level == LEVEL_ERROR;

    if (lint->renderer && (!allowed || lint->renderer->shows_allowed))
        lint->renderer->show(stdout, finding, allowed);
    if (allowed) {
        lint->allowed++;
        return;
    }
    lint->shown++;
    lint->errors += error;
    if (whole && (lint->options->fix || lint->options->diff) && fixes_add(&lint->fixes, finding)) {
        lint->fixed++;
        lint->fixed_errors += error;
    }
}

static void done(struct outcome *outcome, void *arg)
{
    struct lint *lint = arg;

    count(lint, outcome);
    if (outcome->result.failed) {
        say_failed(lint, outcome);
        return;
    }
    for (size_t i = 0; i < outcome->result.findings_n; i++)
        take_finding(lint, &outcome->result.findings[i], outcome->allowed[i],
                     !outcome->result.parse_errors);
    fflush(stdout);
    say_parse_errors(lint, outcome);
}

/* ---- at the end ---- */

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void say_summary(const struct lint *lint)
{
    fprintf(stderr, "%llu finding%s in %zu file%s", (unsigned long long)lint->shown,
            plural(lint->shown), lint->files, plural(lint->files));
    if (lint->allowed)
        fprintf(stderr, ", %llu allowed", (unsigned long long)lint->allowed);
    if (lint->options->fix && lint->fixed)
        fprintf(stderr, ", %llu fixed", (unsigned long long)lint->fixed);
    if (lint->in_part)
        fprintf(stderr, ", %zu not understood in full", lint->in_part);
    if (lint->failed)
        fprintf(stderr, ", %zu not parsed", lint->failed);
    putc('\n', stderr);
}

static uint64_t own_cpu_us(void)
{
    struct rusage used = {0};

    getrusage(RUSAGE_SELF, &used);
    return (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static void say_number(const char *what, uint64_t n)
{
    fprintf(stderr, "%-44s %10llu\n", what, (unsigned long long)n);
}

static void say_stats(const struct lint *lint)
{
    static const char *const why[SILENCES] = {
        [SILENT_CALLEE] = "silent: a call through a pointer",
        [SILENT_STREAM] = "silent: a stream from outside, or from two places",
        [SILENT_GOTO] = "silent: goto into the path",
        [SILENT_PARSE] = "silent: not understood",
        [SILENT_LARGE] = "silent: too large, or calls too deep"};

    say_number("files", lint->files);
    say_number("files not parsed", lint->failed);
    say_number("functions looked at", lint->functions);
    for (size_t i = 0; i < SILENCES; i++)
        say_number(why[i], lint->silent[i]);
    say_number("findings", lint->shown);
    say_number("allowed", lint->allowed);
    say_number("CPU ms", (lint->cpu_us + own_cpu_us()) / 1000);
}

/* What was cured does not fail. */
static int verdict(const struct lint *lint)
{
    bool fixes = lint->options->fix;
    uint64_t left = lint->shown - (fixes ? lint->fixed : 0);
    uint64_t errors = lint->errors - (fixes ? lint->fixed_errors : 0);

    /* Nothing of what was given was understood: no finding is no good news. */
    if (lint->failed + lint->in_part >= lint->files && !lint->shown)
        return 3;
    if (lint->options->fail_on == FAIL_ON_NONE)
        return 0;
    return (lint->options->fail_on == FAIL_ON_ERROR ? errors : left) != 0;
}

static int run(const struct lint_options *options, const struct sources *sources)
{
    static const struct renderer *const renderers[] = {[FORMAT_TEXT] = &render_text,
                                                       [FORMAT_GCC] = &render_gcc,
                                                       [FORMAT_JSON] = &render_json,
                                                       [FORMAT_SARIF] = &render_sarif};
    struct lint lint = {.options = options, .files = sources->n};
    int status;

    if (!options->diff)
        lint.renderer = renderers[options->format];
    if (lint.renderer && lint.renderer->begin)
        lint.renderer->begin(stdout);
    jobs_run(sources, options, done, &lint);
    if (lint.renderer && lint.renderer->end)
        lint.renderer->end(stdout);
    if (options->diff)
        fixes_print(&lint.fixes, stdout);
    bool written = !options->fix || fixes_write(&lint.fixes);
    status = written ? verdict(&lint) : 1;
    if (!written)
        lint.fixed = 0; /* not all of them */
    free(lint.fixes.at);
    fflush(stdout);
    say_summary(&lint);
    if (options->stats)
        say_stats(&lint);
    return status;
}

int lint_command(int n, char *const *words)
{
    struct lint_options options;
    struct sources sources = {.n = 0};
    int status = 0;

    if (!options_take(&options, n, words, &status))
        return status;
    const char *lacks = clang_load();
    if (lacks) {
        report_plain(NULL, "lint: %s", lacks);
        return 2;
    }
    status = sources_find(&sources, &options) ? run(&options, &sources) : 2;
    sources_drop(&sources);
    return status;
}
