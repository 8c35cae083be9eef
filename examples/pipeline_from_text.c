/* A pipeline that stands in a file of settings, say: what it may reach is this program's to say,
 * and what is wrong with it is told where. */

#include <stdio.h>
#include <string.h>

#include "weir.h"
#include "weir/pipeline.h"

static const char csv[] = "name,age\n"
                          "Ada,36\n"
                          "Bob,25\n"
                          "Cleo,51\n";

/* A word more for such texts: `tally` counts the lines of the program. */
static void count(weir_line line, void *arg)
{
    (void)line;
    ++*(unsigned *)arg;
}
WEIR_EACH_FN(count_fn, count, weir_line, .of = &weir_type_line)

static weir_flow make_tally(weir_flow from, const char *const *words, size_t n, void *arg)
{
    (void)words, (void)n;
    return (weir_flow){.stream = weir_inspect(from.stream, &count_fn, arg)};
}

static void print(weir_line line, void *arg)
{
    (void)arg;
    printf("%.*s\n", (int)line.size, line.data);
}
WEIR_EACH_FN(print_fn, print, weir_line, .of = &weir_type_line)

/* The text, and a caret under what is wrong with it. */
static void complain(const char *text, const weir_note *note)
{
    printf("%s\n%s\n%*s%s\n", note->message, text, (int)note->at, "", "^");
    if (note->hint[0])
        printf("%s\n", note->hint);
}

static void run(const char *text)
{
    weir_note note;
    weir_error error;
    weir_parse_options options =
        WEIR_PARSE_OPTIONS(.input = weir_memory_reader(csv, sizeof csv - 1));
    weir_pipeline *pipeline = weir_parse(text, strlen(text), &options, &note);

    if (!pipeline)
        complain(text, &note);
    else if (weir_run(weir_for_each(weir_pipeline_lines(pipeline), &print_fn, NULL), NULL,
                      &error) != WEIR_READY)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
}

int main(void)
{
    unsigned tallied = 0;
    weir_entry tally = WEIR_ENTRY(.name = "tally", .usage = "tally",
                                  .does = "count for the program", .takes = WEIR_FLOW_LINES,
                                  .gives = WEIR_FLOW_LINES, .make = make_tally, .arg = &tallied);

    if (!weir_catalogue_add(&tally))
        return 1;
    run("- ! from csv ! where age gt 30 ! to ndjson ! lines ! tally");
    printf("%u of them\n", tallied);
    run("- ! lines ! gerp Ada");
    run("- ! lines ! tee ./copy.csv ! grep Ada");
    run("/etc/passwd ! lines ! grep root");
    return 0;
}
