/* catalogue.h: every source, stage and sink the command knows, with its words and its help. */
#ifndef PIPELINE_CATALOGUE_H
#define PIPELINE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir.h"
#include "weir/pipeline.h"
#include "pipeline/elsewhere.h"

enum { ARGS_MAX = 18 };

/* What flows between two stages, as bits. */
enum flow_type {
    FLOW_NOTHING = WEIR_FLOW_NOTHING,
    FLOW_BYTES = WEIR_FLOW_BYTES,
    FLOW_LINES = WEIR_FLOW_LINES,
    FLOW_BATCHES = WEIR_FLOW_BATCHES, /* of lines */
    FLOW_RESULTS = 8,                 /* of commands */
    FLOW_RECORDS = WEIR_FLOW_RECORDS,
    FLOW_MESSAGES = 32, /* of a broker, for what looks at each value by itself */
    FLOW_ITEMS = FLOW_LINES | FLOW_BATCHES | FLOW_RESULTS, /* what is text by itself */
    FLOW_EACH = FLOW_ITEMS | FLOW_RECORDS
};

enum arg_kind {
    ARG_VALUE, /* take 10 */
    ARG_KEY,   /* level=9 */
    ARG_FLAG,  /* -v */
    ARG_WORD   /* append */
};

enum arg_type {
    ARG_TEXT,
    ARG_NUMBER,
    ARG_BYTES,
    ARG_TIME,    /* its number is nanoseconds */
    ARG_INTEGER, /* its number is one of int64_t */
    ARG_CHOICE
};

struct arg_spec {
    const char *name;
    enum arg_kind kind;
    enum arg_type type;
    bool required;
    uint64_t min, max;
    /* ARG_CHOICE: the words it may be, | between them; of others: that are offered. */
    const char *choice;
    bool many;      /* it may be given more than once; the entry looks at its words itself */
    unsigned reach; /* of one that names a file: what becomes of that, WEIR_ALLOW_* */
};

struct node;
struct words;
struct broker;

/* The chain while it is built: one of the two is set. */
struct flow {
    weir_reader *reader;
    weir_stream *stream;
};

struct entry {
    const char *name;   /* NULL: it has none of its own */
    const char *scheme; /* of an address: "tcp:" */
    const char *usage;
    const char *does; /* one line */
    const char *help; /* more lines, or NULL */
    const char *example;
    unsigned reach;   /* WEIR_ALLOW_*: what a text that names it must be allowed */
    unsigned takes;   /* flow types; FLOW_NOTHING: a source */
    unsigned gives;   /* FLOW_NOTHING: a sink */
    const char *flow; /* what the list says of the two, where they would be too long for it */
    struct arg_spec args[ARGS_MAX];
    bool copies; /* its output is written anew, not lent */
    /* A source puts one of the two into an empty flow, a stage takes what is there. */
    void (*build)(struct flow *flow, struct node *node);
    /* Of a stage that may stand behind par: n at once. */
    void (*build_par)(struct flow *flow, struct node *node, size_t n, bool keep_order);
    weir_writer *(*sink)(struct node *node); /* of a sink */
    /* ... that takes items, or bytes, as they are, instead: a future of the number of bytes
     * written. */
    weir_stream *(*consume)(struct flow *flow, struct node *node);
    /* Of a compressor whose output may be joined: the same in front of a writer, where items reach
     * the sink one by one; and what reads it back. */
    weir_writer *(*pack)(weir_writer *below, const struct node *node);
    const weir_codec *unpack;
    /* Optional. Looks at the arguments once they are there. false: it complained. */
    bool (*check)(struct node *node, const struct words *words);
    /* Optional. The same, once it is known what comes in. */
    bool (*plan)(struct node *node, const struct words *words);
    /* Optional. Of an address: takes an option that `args` do not name. false: it is none. */
    bool (*option)(struct node *node, const struct words *words, const char *text);
    /* Optional. Which of `gives` it gives for what it takes; a source: for what is taken of it. */
    unsigned (*gives_of)(const struct node *node, unsigned taken);
    /* Optional. How many bytes a source gives in all; UINT64_MAX: it is not known. */
    uint64_t (*total)(const struct node *node);
    void (*drop)(struct node *node);              /* optional */
    const char *(*note)(const struct node *node); /* for explain; NULL: none */
    /* ... that has numbers in it, instead. */
    void (*put_note)(const struct node *node, char *out, size_t size);
    size_t (*threads)(const struct node *node); /* its own; NULL: none */
    bool loose;                                 /* its values may begin with - or hold a = */
    bool verbatim;     /* all its words are values, and stand as they are */
    const char *lacks; /* what this build was made without, and the switch; NULL: it is there */
    /* Optional. Says what it found on stderr, once its chain is done. */
    void (*tell)(const struct node *node, const struct words *words);
    const struct broker *broker; /* of a broker's source or sink */
};

/* The named ones, NULL behind the last. */
extern const struct entry *const weir_pl_catalogue[];

/* Those without a name of their own. */
extern const struct entry weir_pl_entry_file_source, weir_pl_entry_stdin, weir_pl_entry_file_sink,
    weir_pl_entry_stdout, weir_pl_entry_label;

/* What stages that let items pass as they are say of gives_of. */
unsigned weir_pl_catalogue_same(const struct node *node, unsigned taken);

/* The ith of all, those that a program has added (added.h) behind them; NULL: there is none. */
const struct entry *weir_pl_catalogue_at(size_t i);

/* By name, "-" and files excluded; NULL: none. */
const struct entry *weir_pl_catalogue_find(const char *name);

/* The name nearest to what was written there, or the one people know it by elsewhere; "": none.
 * `out` holds at least 64 bytes. */
const char *weir_pl_catalogue_suggest(const char *name, enum stands stands, char *out);

const char *weir_pl_flow_name(unsigned type);

/* What arguments a stage has: how many specs are in use. */
size_t weir_pl_entry_args(const struct entry *entry);

#endif
