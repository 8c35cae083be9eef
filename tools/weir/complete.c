/* The catalogue, a line a word: what the files of share/ offer is what this build has. */
#include "complete.h"

#include <stdio.h>
#include <string.h>

#include "address.h"
#include "catalogue.h"
#include "help.h"

static void print_flows(unsigned flows)
{
    const char *between = "";

    if (!flows)
        fputs("nothing", stdout);
    for (unsigned flow = FLOW_BYTES; flow <= FLOW_MESSAGES; flow *= 2)
        if (flows & flow) {
            printf("%s%s", between, flow_name(flow));
            between = ",";
        }
}

/* What names a source says that it takes nothing, though its inputs are bytes. */
static unsigned takes_of(const struct entry *entry)
{
    bool source = entry->flow && !strncmp(entry->flow, "nothing", 7);
    return source ? (unsigned)FLOW_NOTHING : entry->takes;
}

static void print_stage(const struct entry *entry)
{
    printf("stage\t%s\t", entry->name);
    print_flows(takes_of(entry));
    putchar('\t');
    if (entry->gives_of == catalogue_same)
        fputs("same", stdout);
    else
        print_flows(entry->gives);
    printf("\t%s\n", entry->does);
}

/* Each of its words: `first|second`, behind `key=` where it has one. */
static void print_choice(const char *stage, const char *kind, const char *before,
                         const char *choice)
{
    for (size_t n; *choice; choice += n + (choice[n] == '|')) {
        n = strcspn(choice, "|");
        printf("arg\t%s\t%s\t%s%s%.*s\n", stage, kind, before, *before ? "=" : "", (int)n, choice);
    }
}

static void print_arg(const char *stage, const struct arg_spec *spec)
{
    bool choice = spec->type == ARG_CHOICE;

    if (spec->kind == ARG_KEY && choice)
        print_choice(stage, "key", spec->name, spec->choice);
    else if (spec->kind == ARG_KEY)
        printf("arg\t%s\tkey\t%s=\n", stage, spec->name);
    else if (choice)
        print_choice(stage, "word", "", spec->choice);
    else if (spec->kind == ARG_FLAG)
        printf("arg\t%s\tflag\t%s%s\n", stage, *spec->name == '-' ? "" : "-", spec->name);
    else
        printf("arg\t%s\t%s\t%s\n", stage, spec->kind == ARG_WORD ? "word" : "value", spec->name);
}

static void print_args(const struct entry *entry)
{
    for (size_t i = 0; i < entry_args(entry); i++)
        print_arg(entry->name, &entry->args[i]);
    if (strcmp(entry->name, "par"))
        return;
    for (const struct entry *const *inner = catalogue; *inner; inner++)
        if ((*inner)->build_par)
            printf("arg\tpar\tword\t%s\n", (*inner)->name);
}

int complete_print(void)
{
    for (const struct entry *const *entry = catalogue; *entry; entry++) {
        print_stage(*entry);
        print_args(*entry);
    }
    for (size_t i = 0; address_entry(i); i++)
        printf("address\t%s\t%s\n", address_entry(i)->scheme, address_entry(i)->does);
    for (size_t i = 0; help_command(i); i++)
        printf("command\t%s\n", help_command(i));
    return 0;
}
