/* catalogue.h: every source, stage and sink the command knows, with its words and its help. */
#ifndef TOOL_CATALOGUE_H
#define TOOL_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir.h"

enum { ARGS_MAX = 6 };

/* What flows between two stages, as bits. */
enum flow_type { FLOW_NOTHING = 0, FLOW_BYTES = 1, FLOW_LINES = 2 };

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
    ARG_TIME, /* its number is nanoseconds */
    ARG_CHOICE
};

struct arg_spec {
    const char *name;
    enum arg_kind kind;
    enum arg_type type;
    bool required;
    uint64_t min, max;
    const char *choice; /* ARG_CHOICE: the one word it may be */
};

struct node;
struct words;

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
    unsigned takes; /* flow types; FLOW_NOTHING: a source */
    unsigned gives; /* FLOW_NOTHING: a sink */
    struct arg_spec args[ARGS_MAX];
    bool copies; /* its output is written anew, not lent */
    /* A source puts one of the two into an empty flow, a stage takes what is there. */
    void (*build)(struct flow *flow, struct node *node);
    weir_writer *(*sink)(struct node *node); /* of a sink */
    /* Optional. Looks at the arguments once they are there. false: it complained. */
    bool (*check)(struct node *node, const struct words *words);
    const char *(*note)(const struct node *node); /* for explain; NULL: none */
    size_t (*threads)(const struct node *node);   /* its own; NULL: none */
};

/* The named ones, NULL behind the last. */
extern const struct entry *const catalogue[];

/* Those without a name of their own. */
extern const struct entry entry_file_source, entry_stdin, entry_file_sink, entry_stdout,
    entry_label;

/* By name, "-" and files excluded; NULL: none. */
const struct entry *catalogue_find(const char *name);

/* The name nearest to what was written, or the one people know it by elsewhere; "": none.
 * `out` holds at least 64 bytes. */
const char *catalogue_suggest(const char *name, char *out);

const char *flow_name(unsigned type);

/* What arguments a stage has: how many specs are in use. */
size_t entry_args(const struct entry *entry);

#endif
