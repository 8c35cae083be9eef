/* conform [-v] [--drops] [VECTORS=folder | folder]: runs every vector of every *.jsonl under the
 * folder whose operators there are, prints what differs, and ends with
 * `N passed, N failed, N skipped`. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conform.h"

enum { SKIP_KINDS_MAX = 128, PATH_BYTES = 4096, FOLDER_DEPTH_MAX = 8 };

struct skipped {
    char what[REASON_BYTES];
    size_t n;
};

struct report {
    struct options options;
    size_t counts[4]; /* by enum verdict */
    size_t files;
    size_t sets_exact;
    size_t sets_loose;
    struct skipped skipped[SKIP_KINDS_MAX];
    size_t skipped_n;
};

static void count_skipped(struct report *report, const char *what)
{
    size_t i = 0;
    while (i < report->skipped_n && strncmp(report->skipped[i].what, what, REASON_BYTES - 1))
        i++;
    if (i == SKIP_KINDS_MAX)
        return;
    if (i == report->skipped_n)
        snprintf(report->skipped[report->skipped_n++].what, REASON_BYTES, "%.60s", what);
    report->skipped[i].n++;
}

static enum verdict run_vector(struct report *report, const json_t *vector, char *text)
{
    bool loose = false;
    if (json_object_get(vector, "sinks") || json_object_get(vector, "sink_log"))
        return sinks_vector(vector, &report->options, text);
    if (json_object_get(vector, "readers") || json_object_get(vector, "writers") ||
        json_object_get(vector, "op"))
        return bytes_vector(vector, &report->options, text);
    enum verdict verdict = stream_vector(vector, &report->options, text, &loose);
    if (verdict == PASSED && json_object_get(vector, "sched")) {
        report->sets_loose += loose;
        report->sets_exact += !loose;
    }
    if (loose && report->options.verbose)
        printf("%s: by the looser rule: %s\n", json_string_value(json_object_get(vector, "id")),
               text);
    return verdict;
}

static void run_line(struct report *report, const char *line, const char *path, size_t number)
{
    char text[DIFFERENCE_BYTES];
    json_error_t error;
    json_t *vector = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    const char *id = json_string_value(json_object_get(vector, "id"));
    bool whole = id && (json_is_array(json_object_get(vector, "chain")) ||
                        json_is_array(json_object_get(vector, "op")));
    if (!whole) {
        printf("%s:%zu: no vector: %s\n", path, number, vector ? "no id or chain" : error.text);
        report->counts[FAILED]++;
        json_decref(vector);
        return;
    }
    const char *why = deviation_of(vector);
    enum verdict verdict = why ? DEVIATES : run_vector(report, vector, text);
    report->counts[verdict]++;
    if (verdict == SKIPPED)
        count_skipped(report, text);
    if (verdict == FAILED)
        printf("%s: %s\n", id, text);
    if (verdict == DEVIATES && report->options.verbose)
        printf("%s: deviates: %s\n", id, why);
    json_decref(vector);
}

static void run_file(struct report *report, const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0, number = 0;
    if (!file) {
        perror(path);
        report->counts[FAILED]++;
        return;
    }
    report->files++;
    for (ssize_t n; (n = getline(&line, &room, file)) >= 0;) {
        number++;
        if (line[strspn(line, " \t\r\n")])
            run_line(report, line, path, number);
    }
    free(line);
    fclose(file);
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && !strcmp(name + n - m, end);
}

static void run_folder(struct report *report, const char *path, int depth)
{
    struct dirent **names;
    int n = depth < FOLDER_DEPTH_MAX ? scandir(path, &names, NULL, alphasort) : 0;
    if (n < 0) {
        perror(path);
        report->counts[FAILED]++;
    }
    for (int i = 0; i < n; i++) {
        char inner[PATH_BYTES];
        struct stat status;
        int length = snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && length < PATH_BYTES && !stat(inner, &status)) {
            if (S_ISDIR(status.st_mode))
                run_folder(report, inner, depth + 1);
            else if (ends_with(inner, ".jsonl"))
                run_file(report, inner);
        }
        free(names[i]);
    }
    if (n > 0)
        free(names);
}

static int by_count(const void *a, const void *b)
{
    const struct skipped *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->what, y->what);
}

static void print_report(struct report *report)
{
    if (report->options.verbose) {
        qsort(report->skipped, report->skipped_n, sizeof report->skipped[0], by_count);
        for (size_t i = 0; i < report->skipped_n; i++)
            printf("skipped %5zu  %s\n", report->skipped[i].n, report->skipped[i].what);
        printf("sets of children: %zu exact, %zu by the looser rule\n", report->sets_exact,
               report->sets_loose);
    }
    if (report->counts[DEVIATES])
        printf("%zu of the skipped deviate on purpose (deviations.md)\n", report->counts[DEVIATES]);
    printf("%zu passed, %zu failed, %zu skipped\n", report->counts[PASSED], report->counts[FAILED],
           report->counts[SKIPPED] + report->counts[DEVIATES]);
}

int main(int argc, char **argv)
{
    static struct report report;
    const char *folder = getenv("VECTORS");
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-v"))
            report.options.verbose = true;
        else if (!strcmp(argv[i], "--drops"))
            report.options.drops = true;
        else if (!strncmp(argv[i], "VECTORS=", 8))
            folder = argv[i] + 8;
        else
            folder = argv[i];
    }
    if (!folder)
        folder = "vectors";
    memory_count();
    if (!adapt_init()) {
        fputs("conform: no memory\n", stderr);
        return 2;
    }
    run_folder(&report, folder, 0);
    if (!report.files) {
        printf("%s: no *.jsonl file\n", folder);
        report.counts[FAILED]++;
    }
    print_report(&report);
    fflush(stdout); /* before the leak checker has its say */
    return report.counts[FAILED] ? 1 : 0;
}
