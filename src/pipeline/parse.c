/* Grammar: words into chains of nodes.
 *
 *     PIPELINE := CHAIN { "+" CHAIN }
 *     CHAIN    := HEAD { "!" STAGE }
 *     HEAD     := SOURCE {SOURCE} | NAME {ARG} | LABEL "."
 *     SOURCE   := PATH | "-"
 *     STAGE    := NAME {ARG} | PATH {ARG} | "-"
 *
 * What a word is depends on where it stands. A bare word in last place is never made a file: a
 * typo must not create one. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pipeline/address.h"
#include "pipeline/allow.h"
#include "pipeline/arguments.h"
#include "pipeline/columns.h"
#include "pipeline/room.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/sought.h"
#include "pipeline/sink.h"
#include "pipeline/stage_net.h"
#include "pipeline/stages.h"
#include "pipeline/suggest.h"

static const struct span nothing = {0, 0};

static struct span word_span(size_t word)
{
    return (struct span){word, word + 1};
}

static bool exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

/* As much of a name as a hint has room for. */
static int name_bytes(const char *text)
{
    return (int)weir_pl_columns_cut(text, SIZE_MAX, 200);
}

/* Of the command, whose '-' and whose options these are. */
static bool is_command(const struct words *words)
{
    return words->host->input == &weir_pl_entry_stdin;
}

static const char *how_to_start(const struct words *words)
{
    if (is_command(words))
        return "start with a file, or with - for standard input";
    return words->host->input ? "start with a file, or with - for .input of weir_parse_options"
                              : "start with a file, or with a source such as seq";
}

/* What to put before a stage that stands first. */
static const char *before_it(const struct words *words, size_t word, char *hint, size_t size)
{
    const char *text = words->at[word].text;
    const char *next = word + 1 < words->n ? words->at[word + 1].text : "";

    if (!strcmp(next, "--help"))
        snprintf(hint, size, "weir stages %s", text);
    else if (weir_pl_catalogue_find(text) == &weir_pl_entry_http_get &&
             !strncasecmp(next, "http", 4))
        snprintf(hint, size, "a URL is a source itself: weir %.*s", name_bytes(next), next);
    else if (!weir_pl_address_hint(text, hint, size))
        snprintf(hint, size, "%s", how_to_start(words));
    return hint;
}

/* For a name in front: what takes something stands behind what gives it. */
static void put_near_in_front(const char *near, char *hint, size_t size)
{
    const struct entry *entry = weir_pl_catalogue_find(near);
    unsigned takes = entry ? entry->takes : FLOW_NOTHING;
    const char *made = takes & FLOW_BYTES     ? ""
                       : takes & FLOW_LINES   ? "lines ! "
                       : takes & FLOW_RECORDS ? "from csv ! "
                                              : NULL;

    if (made)
        snprintf(hint, size, "did you mean '%s'? it has a source in front: FILE ! %s%s", near, made,
                 near);
    else
        snprintf(hint, size, "did you mean '%s'?", near);
}

/* A bare word in the place of a source that is neither a stage nor a file. */
static bool refuse_source(const struct words *words, size_t word)
{
    const char *text = words->at[word].text;
    char hint[300], near[64];
    struct suggestion file = {.word = text};
    const struct entry *entry = weir_pl_catalogue_find(text);
    const char *unstick = weir_pl_word_unstick(text);

    if (entry && entry != &weir_pl_entry_merge && entry->takes != FLOW_NOTHING && word > 0) {
        weir_pl_note_set(words, word_span(word), nothing, "put '!' before it",
                         "the stage '%s' stands among the sources", text);
        return false;
    }
    if (entry && (entry->takes == FLOW_NOTHING || entry == &weir_pl_entry_merge)) {
        weir_pl_note_set(words, word_span(word), nothing, "the first word of its chain",
                         "'%s' and its arguments are all that is read there", text);
        return false;
    }
    if (entry) {
        weir_pl_note_set(words, word_span(word), nothing, before_it(words, word, hint, sizeof hint),
                         "'%s' has nothing to read", text);
        return false;
    }
    weir_pl_suggest_file(&file, text);
    if (unstick)
        snprintf(hint, sizeof hint, "%s", unstick);
    else if (*text == '-')
        snprintf(hint, sizeof hint, "%sa file is written ./%.*s",
                 is_command(words) ? "options stand right behind 'weir'; " : "", name_bytes(text),
                 text);
    else if (file.best[0])
        snprintf(hint, sizeof hint, "did you mean '%s'?", file.best);
    else if (weir_pl_elsewhere_hint(text, STANDS_IN_FRONT, hint, sizeof hint) ||
             weir_pl_address_hint(text, hint, sizeof hint))
        ; /* it is there */
    else if (*weir_pl_catalogue_suggest(text, STANDS_IN_FRONT, near))
        put_near_in_front(near, hint, sizeof hint);
    else
        snprintf(hint, sizeof hint, "%s", how_to_start(words));
    weir_pl_note_set(words, word_span(word), nothing, hint, "no file called '%s'", text);
    return false;
}

static bool refuse_dash(const struct words *words, size_t word, const char *verb)
{
    weir_pl_note_set(words, word_span(word), nothing, ".input and .output of weir_parse_options",
                     "there is nothing that '-' could %s", verb);
    return false;
}

static bool parse_source(struct words *words, size_t word, struct node *node)
{
    const char *text = words->at[word].text;

    node->first = word;
    node->end = word + 1;
    if (!strcmp(text, "-")) {
        node->entry = words->host->input;
        return node->entry || refuse_dash(words, word, "read");
    }
    if (!weir_pl_address_looks_like(text) && !weir_pl_catalogue_find(text) &&
        !weir_pl_allow_reach(words, word, WEIR_ALLOW_READ))
        return false; /* it is not even looked for */
    if (!weir_pl_address_looks_like(text) && (weir_pl_catalogue_find(text) || !exists(text)))
        return refuse_source(words, word);
    return weir_pl_address_parse(node, words, ADDRESS_SOURCE);
}

/* For a name that nothing is known by. */
static void put_near(const char *text, bool last, char *hint, size_t size)
{
    char near[64];

    if (*weir_pl_catalogue_suggest(text, STANDS_BEHIND, near))
        snprintf(hint, size, "did you mean '%s'?", near);
    else if (last && *text && strlen(text) < 64)
        snprintf(hint, size, "to write a file of that name, say './%s'", text);
    else
        snprintf(hint, size, "'weir stages' lists them");
}

static bool refuse_name(const struct words *words, size_t word, bool last)
{
    const char *text = words->at[word].text;
    char hint[128];
    const char *unstick = weir_pl_word_unstick(text);

    if (unstick)
        snprintf(hint, sizeof hint, "%s", unstick);
    else if (!weir_pl_elsewhere_hint(text, STANDS_BEHIND, hint, sizeof hint) &&
             !weir_pl_address_hint(text, hint, sizeof hint))
        put_near(text, last, hint, sizeof hint);
    weir_pl_note_set(words, word_span(word), nothing, hint, "no stage called '%s'", text);
    return false;
}

/* The place of the stage behind par's own arguments, or the end. */
static size_t inner_of(const struct words *words, size_t first, size_t end)
{
    size_t at = first + 1;

    while (at < end &&
           (isdigit((unsigned char)*words->at[at].text) || !strncmp(words->at[at].text, "n=", 2) ||
            !strncmp(words->at[at].text, "by=", 3) || !strcmp(words->at[at].text, "keep-order")))
        at++;
    return at;
}

static bool refuse_inner(const struct words *words, size_t word, const struct entry *entry)
{
    const char *hint = entry->gives == FLOW_NOTHING  ? "it goes behind a '!' of its own"
                       : entry->takes == FLOW_BYTES  ? "par takes items apart, and bytes are none"
                       : entry == &weir_pl_entry_par ? "one is enough: the numbers would multiply"
                                                     : "exec, grep and http-get can";

    weir_pl_note_set(words, word_span(word), nothing, hint, "'%s' cannot stand behind par",
                     words->at[word].text);
    return false;
}

/* `par N STAGE ...`: the node has the words up to STAGE, and STAGE is a node of its own. */
static bool parse_inner(struct words *words, struct node *par)
{
    size_t first = inner_of(words, par->first, par->end), end = par->end;
    const struct entry *entry = first < end ? weir_pl_catalogue_find(words->at[first].text) : NULL;
    struct suggestion near = {.word = first < end ? words->at[first].text : ""};

    weir_pl_suggest(&near, "keep-order");
    if (first < end && !entry && near.best[0]) {
        weir_pl_note_set(words, word_span(first), nothing, "did you mean 'keep-order'?",
                         "no stage called '%s'", words->at[first].text);
        return false;
    }
    if (first < end && !entry)
        return refuse_name(words, first, false);
    if (entry && !entry->build_par)
        return refuse_inner(words, first, entry);
    if (entry && !weir_pl_allow_reach(words, first, entry->reach))
        return false;
    par->end = first;
    if (!weir_pl_arguments_parse(par, words) || !par->entry->check(par, words))
        return false;
    par->end = end;
    if (!entry) {
        weir_pl_note_set(words, word_span(par->first), nothing, "par 4 exec 'COMMAND'",
                         "'par' needs a stage behind its number");
        return false;
    }
    par->inner = weir_pl_room_zeroed(1, sizeof *par->inner);
    if (!par->inner)
        return weir_pl_note_no_memory(words);
    par->inner->entry = entry;
    par->inner->first = first;
    par->inner->end = end;
    return weir_pl_arguments_parse(par->inner, words) &&
           (!entry->check || entry->check(par->inner, words));
}

/* The words [first, end) behind a '!'. */
static bool parse_stage(struct words *words, size_t first, size_t end, bool last, struct node *node)
{
    const char *text = words->at[first].text;
    struct span all = {first, end};

    node->first = first;
    node->end = end;
    if (!strcmp(text, "-")) {
        node->entry = words->host->output;
        if (!node->entry)
            return refuse_dash(words, first, "write");
    } else if (weir_pl_address_looks_like(text)) {
        if (!weir_pl_address_parse(node, words, ADDRESS_SINK))
            return false;
    } else if (!(node->entry = weir_pl_catalogue_find(text))) {
        return refuse_name(words, first, last);
    }
    if (!weir_pl_allow_reach(words, first, node->entry->reach))
        return false;
    if (node->entry->takes == FLOW_NOTHING) {
        bool tail = node->entry == &weir_pl_entry_tail;
        weir_pl_note_set(words, all, nothing,
                         tail ? "'last N' gives the last lines" : "'+' starts another chain",
                         "'%s' is a source, and stands in front", text);
        return false;
    }
    if (node->entry->gives == FLOW_NOTHING && !last) {
        weir_pl_note_set(words, all, nothing,
                         node->path ? "'tee FILE' writes a copy and goes on"
                                    : "a chain ends here; '+' starts another",
                         "'%s' is a sink and gives nothing to the next stage", text);
        return false;
    }
    if (node->entry == &weir_pl_entry_par)
        return parse_inner(words, node);
    return weir_pl_arguments_parse(node, words) &&
           (!node->entry->check || node->entry->check(node, words));
}

/* The place of the next separator from `at` on, or the end. */
static size_t separator(const struct words *words, size_t at)
{
    while (at < words->n && !weir_pl_word_is(&words->at[at], "!") &&
           !weir_pl_word_is(&words->at[at], "+"))
        at++;
    return at;
}

/* Nothing stands between two separators, or before or behind one. */
static bool refuse_gap(const struct words *words, size_t at, bool head)
{
    if (at < words->n)
        weir_pl_note_set(words, word_span(at), nothing, head ? how_to_start(words) : "",
                         "nothing stands before this '%s'", words->at[at].text);
    else if (at > 0)
        weir_pl_note_set(words, word_span(at - 1), nothing,
                         head ? "a source follows" : "a stage follows",
                         "nothing stands behind this '%s'", words->at[at - 1].text);
    else
        weir_pl_note_set(words, nothing, nothing, "weir FILE ! STAGE ... ! FILE",
                         "there is no pipeline");
    return false;
}

/* "t." where an earlier chain has `tee t`: that one. NULL: it is no such word. */
static struct node *find_tee(const struct pipeline *pipeline, const char *text)
{
    size_t n = strlen(text);

    if (n < 2 || text[n - 1] != '.')
        return NULL;
    for (struct node *node = pipeline->nodes; node->entry; node++) {
        const char *name = node->entry == &weir_pl_entry_tee ? weir_pl_tee_name(node) : NULL;
        if (name && strlen(name) == n - 1 && !strncmp(name, text, n - 1))
            return node;
    }
    return NULL;
}

/* The first of the chains that the one being parsed will run beside. */
static const struct chain *chains_together(const struct pipeline *pipeline)
{
    const struct chain *chain = &pipeline->chains[pipeline->n - 2];
    while (chain->beside)
        chain--;
    return chain;
}

static bool parse_label(const struct pipeline *pipeline, size_t word, size_t end, struct node *tee,
                        struct chain *chain)
{
    const struct words *words = pipeline->words;
    const char *text = words->at[word].text;
    struct node *node = &chain->nodes[chain->n++];

    *node =
        (struct node){.entry = &weir_pl_entry_label, .first = word, .end = word + 1, .tee = tee};
    chain->beside = true;
    if (tee < chains_together(pipeline)->nodes) {
        weir_pl_note_set(words, word_span(word), (struct span){tee->first, tee->end},
                         "right behind the chain that has the tee",
                         "'%s' must run at the same time as its tee", text);
        return false;
    }
    if (end > word + 1) {
        weir_pl_note_set(words, word_span(word + 1), nothing, "put '!' before it",
                         "'%s' is all that is read there", text);
        return false;
    }
    if (tee->reader) {
        weir_pl_note_set(words, word_span(word), word_span(tee->reader->first),
                         "another tee gives another copy", "two chains read '%s'", text);
        return false;
    }
    tee->reader = node;
    return true;
}

static bool parse_named(struct words *words, size_t word, size_t end, const struct entry *entry,
                        struct node *node)
{
    node->entry = entry;
    node->first = word;
    node->end = end;
    return weir_pl_allow_reach(words, word, entry->reach) && weir_pl_arguments_parse(node, words) &&
           (!entry->check || entry->check(node, words));
}

/* What stands in front is listened to. */
static bool parse_listener(const struct pipeline *pipeline, size_t word, size_t end,
                           struct chain *chain)
{
    const struct words *words = pipeline->words;
    const char *text = words->at[word].text;
    struct node *node = &chain->nodes[chain->n++];

    node->first = word;
    node->end = word + 1;
    if (pipeline->n > 1) {
        weir_pl_note_set(words, word_span(word), nothing, "another serve, at another address",
                         "one chain is run for a connection");
        return false;
    }
    if (weir_pl_address_looks_like(text) && !weir_pl_address_parse(node, words, ADDRESS_SERVED))
        return false;
    if (!node->entry || !weir_pl_net_listens(node)) {
        weir_pl_note_set(words, word_span(word), nothing,
                         "tcp-listen:PORT, unix-listen:PATH or http:PORT", "'%s' does not listen",
                         text);
        return false;
    }
    if (end == word + 1)
        return true;
    weir_pl_note_set(words, word_span(word + 1), nothing, "put '!' before it",
                     "'%s' stands behind what is listened to", words->at[word + 1].text);
    return false;
}

/* `merge FILE...`: the files, and what merges them behind them. */
static bool parse_merge(struct words *words, size_t word, size_t end, struct chain *chain)
{
    if (end == word + 1) {
        weir_pl_note_set(words, word_span(word), nothing, "merge a.log b.log",
                         "'merge' needs the files behind it");
        return false;
    }
    for (size_t file = word + 1; file < end; file++)
        if (!parse_source(words, file, &chain->nodes[chain->n++]))
            return false;
    chain->merged = true;
    chain->nodes[chain->n++] =
        (struct node){.entry = &weir_pl_entry_merge, .first = word, .end = word + 1};
    return true;
}

/* The words [word, end): a named source with its arguments, a tee's other end, or files and
 * standard input, one after the other. */
static bool parse_head(const struct pipeline *pipeline, size_t word, size_t end,
                       struct chain *chain)
{
    struct words *words = pipeline->words;
    const struct entry *entry = weir_pl_catalogue_find(words->at[word].text);
    struct node *tee = find_tee(pipeline, words->at[word].text);

    if (pipeline->served)
        return parse_listener(pipeline, word, end, chain);
    if (tee)
        return parse_label(pipeline, word, end, tee, chain);
    if (entry == &weir_pl_entry_merge)
        return parse_merge(words, word, end, chain);
    if (entry && entry->takes == FLOW_NOTHING)
        return parse_named(words, word, end, entry, &chain->nodes[chain->n++]);
    for (; word < end; word++)
        if (!parse_source(words, word, &chain->nodes[chain->n++]))
            return false;
    return true;
}

/* One chain from word *at on; leaves *at at the separator behind it. */
static bool parse_chain(const struct pipeline *pipeline, size_t *at, struct chain *chain)
{
    struct words *words = pipeline->words;
    size_t end = separator(words, *at);

    if (end == *at)
        return refuse_gap(words, *at, true);
    if (!parse_head(pipeline, *at, end, chain))
        return false;
    *at = end;
    chain->sources = chain->n - chain->merged;
    while (*at < words->n && weir_pl_word_is(&words->at[*at], "!")) {
        size_t first = *at + 1;
        end = separator(words, first);
        if (end == first)
            return refuse_gap(words, end, false);
        bool last = end == words->n || weir_pl_word_is(&words->at[end], "+");
        if (!parse_stage(words, first, end, last, &chain->nodes[chain->n++]))
            return false;
        *at = end;
    }
    if (weir_pl_chain_sink(chain)->entry->gives != FLOW_NOTHING) /* nobody named a sink */
        chain->nodes[chain->n++] = (struct node){.entry = words->host->unnamed};
    return true;
}

/* Two that write one file would each undo the other's work. */
static bool sinks_differ(const struct pipeline *pipeline)
{
    struct sinks_clash clash;

    if (!weir_pl_sinks_find_clash(pipeline->nodes, &clash))
        return weir_pl_note_no_memory(pipeline->words);
    const struct node *now = clash.then, *before = clash.first;
    if (!now)
        return true;
    bool tee = before->entry == &weir_pl_entry_tee || now->entry == &weir_pl_entry_tee;
    weir_pl_note_set(pipeline->words, (struct span){now->first, now->end},
                     (struct span){before->first, before->end}, "name another file",
                     tee ? "'%s' is written twice" : "two chains write '%s'",
                     now->path ? now->path : before->path);
    return false;
}

/* Each copy has a reader, in a chain that runs at the same time. */
static bool tees_are_read(const struct pipeline *pipeline)
{
    for (struct node *node = pipeline->nodes; node->entry; node++) {
        const char *name = node->entry == &weir_pl_entry_tee ? weir_pl_tee_name(node) : NULL;
        char hint[128];
        if (!name || node->reader)
            continue;
        snprintf(hint, sizeof hint, "+ %.40s. ! ...", name);
        weir_pl_note_set(pipeline->words, (struct span){node->first, node->end}, nothing, hint,
                         "no chain reads '%s.'", name);
        return false;
    }
    return true;
}

static bool parse_all(struct pipeline *pipeline, struct words *words, bool served)
{
    size_t at = 0, nodes = 0;

    *pipeline = (struct pipeline){.words = words, .served = served};
    pipeline->nodes = weir_pl_room_zeroed(2 * words->n + 2, sizeof *pipeline->nodes);
    pipeline->chains = weir_pl_room_zeroed(words->n + 1, sizeof *pipeline->chains);
    if (!pipeline->nodes || !pipeline->chains)
        return weir_pl_note_no_memory(words);
    for (;;) {
        struct chain *chain = &pipeline->chains[pipeline->n++];
        chain->nodes = pipeline->nodes + nodes;
        chain->words = words;
        if (!parse_chain(pipeline, &at, chain))
            return false;
        nodes += chain->n;
        for (size_t i = 0; i < chain->n; i++)
            chain->nodes[i].chain = chain;
        if (at == words->n)
            return tees_are_read(pipeline) && sinks_differ(pipeline);
        at++;
    }
}

bool weir_pl_parse(struct pipeline *pipeline, struct words *words)
{
    return parse_all(pipeline, words, false);
}

bool weir_pl_parse_served(struct pipeline *pipeline, struct words *words)
{
    return parse_all(pipeline, words, true);
}

void weir_pl_drop(struct pipeline *pipeline)
{
    for (struct node *node = pipeline->nodes; node && node->entry; node++) {
        if (node->entry->drop)
            node->entry->drop(node);
        weir_duplex_drop(node->rest);
        weir_pl_sought_drop(node);
        weir_pl_room_free(node->inner ? node->inner->own : NULL);
        weir_pl_room_free(node->inner);
        weir_pl_room_free(node->text);
        weir_pl_room_free(node->address);
        weir_pl_room_free(node->more);
        weir_pl_room_free(node->kept_path);
        weir_pl_room_free(node->own);
    }
    weir_pl_room_free(pipeline->nodes);
    weir_pl_room_free(pipeline->chains);
    *pipeline = (struct pipeline){0};
}
