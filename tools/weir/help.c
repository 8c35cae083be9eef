/* Help: the page, and the catalogue. */
#include "help.h"

#include <string.h>

#include "pipeline/address.h"
#include "pipeline/broker.h"
#include "pipeline/catalogue.h"
#include "complete.h"
#include "help_words.h"
#include "report.h"

static const char options_text[] =
    "  --explain                 print the plan on stderr, then run\n"
    "  --progress=none|line|json how far it is, on stderr; a line when that is a terminal\n"
    "                            and results go elsewhere\n"
    "  --inspect[=ADDRESS]       a live page of what runs, for a browser of this machine:\n"
    "                            127.0.0.1:PORT, [::1]:PORT or :PORT; without it a free port\n"
    "  --inspect-anywhere=ADDRESS the same for other machines, unencrypted\n"
    "  -q                        no progress\n"
    "  -v                        a line a stage while it runs, and a table of them at the end\n"
    "  --help, --version\n";

void help_print(FILE *to)
{
    fputs(
        "weir: pipelines of streams, in bounded memory\n"
        "\n"
        "  weir [OPTIONS] SOURCE... [! STAGE]... [! SINK]\n"
        "\n"
        "  weir access.log ! gzip ! access.log.gz\n"
        "  weir access.log.gz ! gunzip ! lines ! grep ERROR ! count\n"
        "  weir app.log ! lines ! grep ERROR ! to lines ! errors.log\n"
        "  weir people.csv ! from csv ! where age gt 30 ! pick name,age ! to ndjson ! -\n"
        "  weir in.log ! tee t ! gzip ! in.log.gz + t. ! lines ! count ! -\n"
        "  weir tcp-listen:9000 ! buffer 256M ! recv.bin\n"
        "  weir tail app.log ! lines ! grep ERROR ! unix:/run/alert.sock\n"
        "  weir https://example.org/data.csv.gz ! gunzip ! from csv ! stats ! print\n"
        "  weir urls.txt ! lines ! par 16 http-get timeout=5s retries=3 ! save out/\n"
        "  weir glob 'img/*.raw' ! par 4 exec 'convert {} {.}.png' ! print\n"
        "\n"
        "Sources are files, - for standard input, or addresses; several are read one after the\n"
        "other. Addresses are tcp:HOST:PORT, tcp-listen:PORT, unix:PATH, unix-listen:PATH,\n"
        "tls:HOST:PORT, http:HOST/PATH, https:HOST/PATH (or as URLs are written, http://...)\n"
        "and exec:'COMMAND', and may be sinks as well; so may nats:STREAM/CONSUMER,\n"
        "kafka:TOPIC,group=G and redis:STREAM,group=G, whose messages are acknowledged once\n"
        "what was made of them is safe.\n"
        "Without a sink the result goes to standard output. A file that is written either\n"
        "does not exist, is the old one, or is complete. '+' starts another chain, which runs\n"
        "when the one before it is done, or at the same time where it reads its 'tee'.\n"
        "\n"
        "  weir stages [NAME]        what stages there are; one in full\n"
        "  weir explain PIPELINE     the plan; nothing is opened\n"
        "  weir relay ADDRESS ADDRESS both ways between two; of one that listens, for each\n"
        "                            connection: weir relay tcp-listen:8443,max=500 tcp:web:443\n"
        "  weir serve ADDRESS ! ...  a pipeline for each connection, which - is at its end too:\n"
        "                            weir serve tcp-listen:7 ! -; behind http:PORT for each\n"
        "                            request: weir serve http:8080 ! gzip ! -\n"
        "  weir run FILE             a pipeline from a file; # starts a comment\n"
        "  weir lint FILE...         loops that should be parallel, waits that should not be "
        "held,\n"
        "                            in C files that use weir: weir lint --help\n"
        "  weir top [PID]            what the stages of a program do while it runs, and which one\n"
        "                            limits the others\n"
        "  weir profile COMMAND      run it, then where it should spawn, by what was seen\n"
        "  weir tap PID STAGE [N]    a sample of the items of a stage, where the program lets it\n"
        "  weir doctor [ADDRESS]     what this machine and this build can do; what a broker has\n"
        "  weir help [NAME]          this page; a stage; grammar, explain, serve, lint, top, "
        "profile,\n"
        "                            tap\n"
        "\n",
        to);
    fputs(options_text, to);
    fputs("\n"
          "Exit codes: 0 done and safe on disk; 1 a stage failed; 2 the command line is wrong,\n"
          "nothing was opened; 3 done, but some items were left out (on-error=skip, dead); 4 a\n"
          "deadline passed; death by the signal that ended it.\n",
          to);
}

static void print_list(void)
{
    for (const struct entry *const *entry = weir_pl_catalogue; *entry; entry++) {
        const char *from = weir_pl_flow_name((*entry)->takes);
        const char *to = weir_pl_flow_name((*entry)->gives);
        char flow[64];
        snprintf(flow, sizeof flow, "%s -> %s", from, to);
        if ((*entry)->flow)
            snprintf(flow, sizeof flow, "%s", (*entry)->flow);
        printf("%-26s %-26s %s%s\n", (*entry)->usage, flow, (*entry)->does,
               (*entry)->lacks ? " (not in this build)" : "");
    }
    printf("\nAddresses, as sources and as sinks:\n");
    for (size_t i = 0; weir_pl_address_entry(i); i++)
        printf("%-26s %s\n", weir_pl_address_entry(i)->usage, weir_pl_address_entry(i)->does);
    printf(
        "\nA file, - or an address comes first, or a stage that takes nothing. A file, -, null or\n"
        "an address comes last.\n"
        "weir stages NAME shows one with an example.\n");
}

static const struct entry *find(const char *name)
{
    for (size_t i = 0; weir_pl_address_entry(i); i++)
        if (!strncmp(weir_pl_address_entry(i)->scheme, name,
                     strlen(weir_pl_address_entry(i)->scheme)))
            return weir_pl_address_entry(i);
    const struct entry *entry = weir_pl_catalogue_find(name);
    size_t n = strlen(name);
    for (size_t i = 0; !entry && weir_pl_address_entry(i); i++) /* "http", without its colon */
        if (!strncmp(weir_pl_address_entry(i)->scheme, name, n) &&
            !strcmp(weir_pl_address_entry(i)->scheme + n, ":"))
            return weir_pl_address_entry(i);
    return entry;
}

const char *help_command(size_t i)
{
    static const char *const commands[] = {"stages", "explain", "relay", "serve",  "run", "lint",
                                           "top",    "profile", "tap",   "doctor", "help"};
    return i < sizeof commands / sizeof *commands ? commands[i] : NULL;
}

bool help_is_command(const char *name)
{
    for (size_t i = 0; help_command(i); i++)
        if (!strcmp(help_command(i), name))
            return true;
    return false;
}

static void print_entry(const struct entry *entry)
{
    char why[400];

    printf("%s\n  %s\n", entry->usage, entry->does);
    if (entry->scheme)
        printf("  gives %s as a source, takes %s as a sink%s\n",
               entry->broker ? "messages" : "bytes",
               entry->broker ? "lines or messages" : "bytes or lines",
               weir_pl_entry_args(entry) ? "; options: ,KEY=VALUE" : "");
    else
        printf("  takes %s, gives %s\n", weir_pl_flow_name(entry->takes),
               weir_pl_flow_name(entry->gives));
    if (entry->lacks)
        printf("  not in this build, which was made without %s\n", entry->lacks);
    if (entry->broker && !weir_pl_broker_load(entry->broker, why, sizeof why))
        printf("  not in this build, since %s\n", why);
    for (const char *line = entry->help; line && *line;) {
        size_t n = strcspn(line, "\n");
        printf("  %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    printf("\n  %s\n", entry->example);
}

/* Whether a line of the options is of this one, of n letters: the first of it, or the second. */
static bool is_line_of(const char *line, const char *option, size_t n)
{
    const char *first = line + 2, *second = first + strcspn(first, " ,\n");

    second = *second == ',' ? second + 2 : first;
    return (!strncmp(first, option, n) && strchr(" =[,", first[n])) ||
           (!strncmp(second, option, n) && strchr(" =[\n", second[n]));
}

/* Of the command itself, with the lines that belong to it. */
static bool print_option(const char *option, const char *also)
{
    size_t n = strcspn(option, "=");
    bool inside = false, found = false;

    for (const char *line = options_text; *line && *option == '-';) {
        size_t size = strcspn(line, "\n") + 1;
        inside = is_line_of(line, option, n) || (inside && line[2] == ' ');
        found |= inside;
        if (inside)
            printf("%.*s", (int)size, line);
        line += size;
    }
    if (found && also)
        printf("  %s\n", also);
    return found;
}

/* A word that is no stage, and is known all the same. */
static bool print_word(const char *name, bool follows)
{
    char where[256];
    bool known = help_word(name, where, sizeof where);

    if (follows && known)
        putchar('\n');
    if (print_option(name, known ? where : NULL))
        return true;
    if (known)
        printf("%s\n  %s\n", name, where);
    return known;
}

/* False: there is nothing of that name. */
static bool print_name(const char *name, bool follows)
{
    const struct entry *entry = find(name);

    if (entry && follows)
        putchar('\n');
    if (entry)
        print_entry(entry);
    return entry || help_page(name, follows) || print_word(name, follows);
}

static void refuse(const char *name)
{
    char near[64], hint[256];
    bool ours = help_is_command(name);

    weir_pl_catalogue_suggest(name, STANDS_ANYWHERE, near);
    if (ours)
        snprintf(hint, sizeof hint, "it is a command: 'weir help', and 'man weir' in full");
    else if (weir_pl_elsewhere_hint(name, STANDS_BEHIND, hint, sizeof hint))
        ; /* it is there */
    else if (*near)
        snprintf(hint, sizeof hint, "did you mean '%s'?", near);
    else
        snprintf(hint, sizeof hint, "'weir stages' lists them");
    report_plain(hint, "no stage called '%s'", name);
}

int help_stages(int n, char *const *names)
{
    if (n && !strcmp(names[0], "--complete"))
        return complete_print(n - 1, names + 1);
    if (n == 0)
        print_list();
    for (int i = 0; i < n; i++)
        if (!print_name(names[i], i)) {
            refuse(names[i]);
            return 2;
        }
    return 0;
}
