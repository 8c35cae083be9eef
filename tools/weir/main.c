/* weir, the command: options, then a pipeline or one of a few commands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lint/command.h"
#include "pipeline/broker.h"
#include "help.h"
#include "inherited.h"
#include "inspect.h"
#include "pipeline/plan.h"
#include "print.h"
#include "report.h"
#include "run.h"
#include "script.h"
#include "serve.h"
#include "pipeline/source.h"
#include "pipeline/stages.h"
#include "pipeline/suggest.h"
#include "top.h"
#include "pipeline/text.h"

/* What was printed is only printed when it has left. */
static int flush_stdout(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    report_plain(NULL, "standard output: cannot write: %s", weir_pl_text_reason(errno));
    return 1;
}

static int explain(struct pipeline *pipeline)
{
    int status = 0;
    weir_rt *rt = run_runtime(NULL, &status);

    if (!rt)
        return status;
    status = plan_print(stdout, pipeline, weir_rt_driver(rt)) ? 0 : 2;
    weir_rt_drop(rt);
    return status;
}

static int parse_and(struct words *words, const struct run_options *options, bool only_explain)
{
    struct pipeline pipeline;
    int status = 2;

    if (weir_pl_parse(&pipeline, words) && weir_pl_plan_make(&pipeline)) {
        if (only_explain)
            status = explain(&pipeline);
        else if (weir_pl_source_first_exist(&pipeline))
            status = run_pipeline(&pipeline, options);
    }
    weir_pl_drop(&pipeline);
    weir_pl_words_drop(words);
    return status;
}

static int run_file(int n, char *const *arguments, const struct run_options *options,
                    bool only_explain)
{
    struct words words;

    if (n != 1) {
        report_plain("usage: weir run FILE", "'run' takes one file");
        return 2;
    }
    if (!words_from_file(&words, arguments[0]))
        return 2;
    return parse_and(&words, options, only_explain);
}

static bool take_progress(const char *value, struct run_options *options)
{
    static const char *const names[] = {
        [PROGRESS_NONE] = "none", [PROGRESS_LINE] = "line", [PROGRESS_JSON] = "json"};

    for (int mode = PROGRESS_NONE; mode <= PROGRESS_JSON; mode++)
        if (!strcmp(names[mode], value)) {
            options->progress = (enum progress_mode)mode;
            return true;
        }
    report_plain("--progress=none|line|json", "there is no progress '%s'", value);
    return false;
}

static int refuse_option(const char *option)
{
    static const char *const known[] = {"--help",          "--version", "--explain",
                                        "--progress=none", "--inspect", "--inspect-anywhere="};
    struct suggestion near = {.word = option};
    char hint[300];

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        weir_pl_suggest(&near, known[i]);
    if (!access(option, F_OK))
        snprintf(hint, sizeof hint, "the file is written ./%.200s", option);
    else if (near.best[0])
        snprintf(hint, sizeof hint, "did you mean '%s'?", near.best);
    else
        snprintf(hint, sizeof hint, "'weir --help' lists them");
    report_plain(hint, "no option '%s'", option);
    return 2;
}

/* Options in front; returns how many words they are, or minus one and an exit code. */
static int take_options(int n, char *const *arguments, struct run_options *options, int *status)
{
    int i = 0;

    for (; i < n && arguments[i][0] == '-' && arguments[i][1]; i++) {
        const char *option = arguments[i];
        *status = 0;
        if (!strcmp(option, "--"))
            return i + 1;
        if (!strcmp(option, "-q")) {
            options->quiet = true;
        } else if (!strcmp(option, "-v")) {
            options->verbose = true;
        } else if (!strcmp(option, "--explain")) {
            options->explain = true;
        } else if (inspect_option(option)) {
            continue;
        } else if (!strncmp(option, "--progress=", 11)) {
            if (!take_progress(option + 11, options)) {
                *status = 2;
                return -1;
            }
        } else if (!strcmp(option, "--help") || !strcmp(option, "-h")) {
            help_print(stdout);
            return -1;
        } else if (!strcmp(option, "--version")) {
            printf("weir %s\n", WEIR_VERSION);
            return -1;
        } else {
            *status = refuse_option(option);
            return -1;
        }
    }
    return i;
}

static int run_words(int n, char *const *arguments, const struct run_options *options,
                     bool only_explain)
{
    struct words words;

    words_from_command(&words, n, arguments);
    return parse_and(&words, options, only_explain);
}

static int serve_words(int n, char *const *arguments, const struct run_options *options,
                       bool only_explain)
{
    struct words words;

    words_from_command(&words, n, arguments);
    int status = serve_command(&words, options, only_explain);
    weir_pl_words_drop(&words);
    return status;
}

static int relay_words(int n, char *const *arguments, const struct run_options *options)
{
    struct words words;

    words_from_command(&words, n, arguments);
    int status = relay_command(&words, options);
    weir_pl_words_drop(&words);
    return status;
}

/* What stands in front of them is for pipelines. */
static const struct {
    const char *name;
    int (*run)(int n, char *const *arguments);
} without_options[] = {
    {"lint", lint_command},
    {"top", top_command},
    {"tap", tap_command},
    {"profile", profile_command},
};

static bool asks_for_help(int n, char *const *arguments)
{
    return n > 1 && (!strcmp(arguments[1], "--help") || !strcmp(arguments[1], "-h"));
}

static int print_help(void)
{
    help_print(stdout);
    return 0;
}

static int command(int n, char *const *arguments, const struct run_options *options)
{
    const char *name = arguments[0];
    bool only_explain = !strcmp(name, "explain");

    if (asks_for_help(n, arguments) && help_is_command(name))
        return help_page(name, false) ? 0 : print_help();
    if (!strcmp(name, "stages") || (!strcmp(name, "help") && n > 1))
        return help_stages(n - 1, arguments + 1);
    if (!strcmp(name, "help"))
        return print_help();
    if (!strcmp(name, "doctor") && n == 2 && strchr(arguments[1], ':'))
        return broker_doctor(arguments[1]);
    if (!strcmp(name, "doctor") && n > 1) {
        report_plain("usage: weir doctor [ADDRESS]; a file of that name is written ./doctor",
                     "'doctor' takes the address of a broker, or nothing");
        return 2;
    }
    if (!strcmp(name, "doctor"))
        return help_doctor();
    for (size_t i = 0; i < sizeof without_options / sizeof *without_options; i++)
        if (!strcmp(name, without_options[i].name))
            return without_options[i].run(n - 1, arguments + 1);
    if (only_explain) {
        n--;
        arguments++;
    }
    if (n && !strcmp(arguments[0], "serve"))
        return serve_words(n - 1, arguments + 1, options, only_explain);
    if (n && !only_explain && !strcmp(arguments[0], "relay"))
        return relay_words(n - 1, arguments + 1, options);
    if (n && !strcmp(arguments[0], "run"))
        return run_file(n - 1, arguments + 1, options, only_explain);
    return run_words(n, arguments, options, only_explain);
}

/* What ends at once is not told. */
static int wait_for_brokers(int status)
{
    enum { LOOKS = 50 };
    const struct broker_calls *calls = *weir_pl_entry_kafka_source.broker->calls;
    const struct timespec pause = {.tv_nsec = 10000000};
    uint64_t ns = calls && calls->closing_ns ? calls->closing_ns() : 0;

    for (unsigned i = 0; ns && i < LOOKS; i++) {
        nanosleep(&pause, NULL);
        ns = calls->closing_ns();
    }
    if (ns)
        report_plain("where none answers; what was not accepted by then comes again",
                     "waiting up to %llu s for librdkafka to tell the brokers that this one leaves",
                     (unsigned long long)(ns / 1000000000));
    return status;
}

int main(int argc, char **argv)
{
    struct run_options options = {0};
    int status = 0;

    weir_inspect_from_env();
    if (!inherited_descriptors()) {
        report_plain(NULL, "standard descriptors are closed, and /dev/null cannot be opened");
        return 1;
    }
    int taken = take_options(argc - 1, argv + 1, &options, &status);
    if (taken < 0)
        return flush_stdout(status);
    if (options.quiet)
        options.progress = PROGRESS_NONE;
    if (taken == argc - 1) {
        help_print(stderr);
        return 2;
    }
    int n = argc - 1 - taken;
    char *const *rest = argv + 1 + taken;
    if (taken && !strcmp(argv[taken], "--")) /* a pipeline, whatever its first word is */
        return wait_for_brokers(flush_stdout(run_words(n, rest, &options, false)));
    return wait_for_brokers(flush_stdout(command(n, rest, &options)));
}
