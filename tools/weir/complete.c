/* The catalogue for shells, a line a word: what the files of share/ offer is what this build has,
 * and behind a ! what takes what flows there. */
#include "complete.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/address.h"
#include "pipeline/catalogue.h"
#include "help.h"

enum { FLOW_ANY = FLOW_MESSAGES * 2 - 1 };

/* What names its sources takes nothing, though their bytes flow into it. */
static unsigned takes_of(const struct entry *entry)
{
    bool source = entry->flow && !strncmp(entry->flow, "nothing", 7);
    return source ? (unsigned)FLOW_NOTHING : entry->takes;
}

/* ---- the words behind a stage ---- */

/* `arg STAGE KIND WORD`, or where a shell asks for what may stand here, `arg WORD`. */
static void print_word(const char *stage, const char *kind, const char *key, const char *word,
                       int n)
{
    if (stage)
        printf("arg\t%s\t%s\t%s%s%.*s\n", stage, kind, key, *key ? "=" : "", n, word);
    else if (strcmp(kind, "value"))
        printf("arg\t%s%s%.*s\t\n", key, *key ? "=" : "", n, word);
}

/* Each of `first|second`. */
static void print_choice(const char *stage, const char *kind, const char *key, const char *choice)
{
    for (size_t n; *choice; choice += n + (choice[n] == '|')) {
        n = strcspn(choice, "|");
        print_word(stage, kind, key, choice, (int)n);
    }
}

static void print_arg(const char *stage, const struct arg_spec *spec)
{
    bool choice = spec->choice;
    char flag[32];

    if (spec->kind == ARG_KEY)
        print_choice(stage, "key", spec->name, choice ? spec->choice : "|");
    else if (choice)
        print_choice(stage, "word", "", spec->choice);
    else if (spec->kind == ARG_FLAG)
        print_word(stage, "flag", "", flag, snprintf(flag, sizeof flag, "-%s", spec->name));
    else
        print_word(stage, spec->kind == ARG_WORD ? "word" : "value", "", spec->name,
                   (int)strlen(spec->name));
}

static void print_args(const struct entry *entry, const char *stage)
{
    for (size_t i = 0; i < weir_pl_entry_args(entry); i++)
        print_arg(stage, &entry->args[i]);
    if (strcmp(entry->name, "par"))
        return;
    for (const struct entry *const *inner = weir_pl_catalogue; *inner; inner++)
        if ((*inner)->build_par)
            print_word(stage, "word", "", (*inner)->name, (int)strlen((*inner)->name));
}

/* ---- all of it ---- */

static void print_flows(unsigned flows)
{
    const char *between = "";

    if (!flows)
        fputs("nothing", stdout);
    for (unsigned flow = FLOW_BYTES; flow < FLOW_ANY; flow *= 2)
        if (flows & flow) {
            printf("%s%s", between, weir_pl_flow_name(flow));
            between = ",";
        }
}

static void print_stage(const struct entry *entry)
{
    printf("stage\t%s\t", entry->name);
    print_flows(takes_of(entry));
    putchar('\t');
    if (entry->gives_of == weir_pl_catalogue_same)
        fputs("same", stdout);
    else
        print_flows(entry->gives);
    printf("\t%s\n", entry->does);
}

static void print_addresses(void)
{
    for (size_t i = 0; weir_pl_address_entry(i); i++)
        printf("address\t%s\t%s\n", weir_pl_address_entry(i)->scheme,
               weir_pl_address_entry(i)->does);
}

static void print_commands(void)
{
    for (size_t i = 0; help_command(i); i++)
        printf("command\t%s\t\n", help_command(i));
}

static void print_catalogue(void)
{
    for (const struct entry *const *entry = weir_pl_catalogue; *entry; entry++) {
        print_stage(*entry);
        print_args(*entry, (*entry)->name);
    }
    print_addresses();
    print_commands();
}

/* ---- what may stand behind these words ---- */

/* Those of this build that take one of these flows; FLOW_NOTHING: that are sources. */
static void offer_stages(unsigned flow)
{
    for (const struct entry *const *entry = weir_pl_catalogue; *entry; entry++)
        if (!(*entry)->lacks && (flow ? takes_of(*entry) & flow : !takes_of(*entry)))
            printf("stage\t%s\t%s\n", (*entry)->name, (*entry)->does);
}

/* Where a line stands behind some words. */
struct place {
    unsigned flow;             /* what flows there */
    const struct entry *stage; /* whose words come; NULL: none that is known */
    bool begins;               /* a source is due */
    bool due;                  /* a stage or a sink is */
};

/* By an address, or a file. Of a message a stage may see the bytes. */
static unsigned given_by(const char *source)
{
    for (size_t i = 0; weir_pl_address_entry(i); i++) {
        const struct entry *entry = weir_pl_address_entry(i);
        if (!strncmp(source, entry->scheme, strlen(entry->scheme)) && entry->gives)
            return entry->gives & FLOW_MESSAGES ? entry->gives | FLOW_BYTES : entry->gives;
    }
    return FLOW_BYTES;
}

/* The first word behind ! or +, and further sources. */
static void take_name(struct place *place, const char *word)
{
    const struct entry *entry = weir_pl_catalogue_find(word);

    place->stage = entry;
    if (place->due)
        place->flow = !entry                                      ? (unsigned)FLOW_ANY
                      : entry->gives_of == weir_pl_catalogue_same ? place->flow
                                                                  : entry->gives;
    else
        place->flow = entry ? entry->gives : given_by(word);
    place->begins = place->due = false;
}

static void take_word(struct place *place, const char *word)
{
    if (!strcmp(word, "+"))
        *place = (struct place){.begins = true};
    else if (!strcmp(word, "!"))
        *place = (struct place){.flow = place->flow, .due = true};
    else if (place->begins || place->due)
        take_name(place, word);
    else if (place->stage && !strcmp(place->stage->name, "par") && weir_pl_catalogue_find(word))
        place->stage = weir_pl_catalogue_find(word);
}

/* Options, and commands that are followed by a pipeline. */
static int skip_front(int n, char *const *words)
{
    int i = 0;

    while (i < n && ((words[i][0] == '-' && words[i][1]) || !strcmp(words[i], "explain") ||
                     !strcmp(words[i], "serve")))
        i++;
    return i;
}

/* In front of a pipeline. */
static void print_options(void)
{
    static const struct {
        const char *option, *does;
    } known[] = {{"--explain", "print the plan, then run"},
                 {"--progress=none", "say nothing of how far it is"},
                 {"--progress=line", "say how far it is, on a line"},
                 {"--progress=json", "say how far it is, as JSON"},
                 {"--inspect", "a live page of what runs"},
                 {"--inspect=", "the same, at an address of this machine"},
                 {"--inspect-anywhere=", "the same, for other machines"},
                 {"-q", "no progress"},
                 {"-v", "a line a stage while it runs"},
                 {"--help", "what there is"},
                 {"--version", "which one this is"}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        printf("option\t%s\t%s\n", known[i].option, known[i].does);
}

/* A word that is the last one may still be typed. */
static bool is_said(const struct arg_spec *spec, const char *word)
{
    size_t n = strlen(spec->name);
    char end = spec->kind == ARG_KEY ? '=' : ',';

    while ((word = strchr(word, ',')))
        if (!strncmp(++word, spec->name, n) && word[n] == end)
            return true;
    return false;
}

/* The first n letters are there. */
static void print_option(const struct arg_spec *spec, const char *word, int n)
{
    const char *choice = spec->type == ARG_CHOICE ? spec->choice : "";

    if (is_said(spec, word))
        return;
    if (spec->kind == ARG_WORD)
        printf("arg\t%.*s%s\t\n", n, word, spec->name);
    if (spec->kind != ARG_KEY)
        return;
    do {
        size_t letters = strcspn(choice, "|");
        printf("arg\t%.*s%s=%.*s\t\n", n, word, spec->name, (int)letters, choice);
        choice += letters + (choice[letters] == '|');
    } while (*choice);
}

static void offer_options(const struct entry *entry, const char *word, const char *comma)
{
    for (size_t i = 0; i < weir_pl_entry_args(entry); i++)
        print_option(&entry->args[i], word, (int)(comma - word) + 1);
}

/* An address whose options are being typed: SCHEME:REST,... false: it is none. */
static bool offer_address(const struct place *place, const char *word)
{
    const char *comma = strrchr(word, ',');

    for (size_t i = 0; comma && weir_pl_address_entry(i); i++) {
        const struct entry *source = weir_pl_address_entry(i);
        if (strncmp(word, source->scheme, strlen(source->scheme)))
            continue;
        offer_options(place->due ? weir_pl_address_sink(i) : source, word, comma);
        return true;
    }
    return false;
}

/* What `weir stages` and `weir help` have in full. false: neither of them begins the line. */
static bool offer_pages(int n, char *const *words)
{
    bool help = n && !strcmp(words[0], "help");

    if (!help && !(n && !strcmp(words[0], "stages")))
        return false;
    offer_stages(FLOW_NOTHING);
    offer_stages(FLOW_ANY);
    print_addresses();
    for (size_t i = 0; help && help_page_name(i); i++)
        printf("command\t%s\t\n", help_page_name(i));
    return true;
}

static void print_listeners(void)
{
    for (size_t i = 0; weir_pl_address_entry(i); i++) {
        const struct entry *entry = weir_pl_address_entry(i);
        if (strstr(entry->scheme, "-listen") || !strcmp(entry->scheme, "http:"))
            printf("address\t%s\t%s\n", entry->scheme, entry->does);
    }
}

/* What `weir relay` and `weir serve` have in front. false: something else is typed. */
static bool offer_ends(int n, char *const *words)
{
    bool relay = n && !strcmp(words[0], "relay");

    if (relay && n < 3) {
        print_addresses();
        puts("arg\t-\tstandard input and output");
    } else if (relay) {
        puts("arg\tidle=\t\narg\tstill=\t");
    } else if (n == 1 && !strcmp(words[0], "serve")) {
        print_listeners();
    } else {
        return false;
    }
    return true;
}

static void offer(const struct place *place, bool first)
{
    if (place->begins || place->due) {
        offer_stages(place->due ? place->flow : (unsigned)FLOW_NOTHING);
        print_addresses();
        printf("arg\t-\t%s\nfile\n", place->due ? "standard output" : "standard input");
        if (first) {
            print_commands();
            print_options();
        }
        return;
    }
    if (place->stage)
        print_args(place->stage, NULL);
    printf("arg\t!\tthe next stage\narg\t+\tanother chain\nfile\n");
}

/* word: what is there of the one that is typed. */
static void print_offers(int n, char *const *words, const char *word)
{
    struct place place = {.begins = true};
    int i = skip_front(n, words);

    if (offer_pages(n, words))
        return;
    for (; i < n; i++)
        take_word(&place, words[i]);
    if (!offer_address(&place, word) && !offer_ends(n, words))
        offer(&place, !n || words[n - 1][0] == '-');
}

int complete_print(int n, char *const *words)
{
    const char *word = n && !strncmp(words[0], "--word=", 7) ? words[0] + 7 : NULL;
    int at = word ? 1 : 0;

    if (at < n && !strcmp(words[at], "--"))
        print_offers(n - at - 1, words + at + 1, word ? word : "");
    else
        print_catalogue();
    return 0;
}
