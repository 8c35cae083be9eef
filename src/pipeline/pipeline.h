/* pipeline.h: what the words say: chains of nodes, each a source, a stage or a sink. */
#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H

#include "pipeline/catalogue.h"
#include "pipeline/words.h"

/* One argument of a stage, in the order of its entry in the catalogue. */
struct arg {
    bool given;
    size_t word;
    const char *text;
    uint64_t number;
};

/* What a stage has done, copied from it before its chain is dropped. */
struct account {
    uint64_t n; /* items or bytes that came out */
    uint64_t polls;
    uint64_t waits;
    bool gave_up; /* of a sink: an error passed it */
};

struct chain;
struct command;
struct sought;

struct node {
    const struct entry *entry;
    const char *path;  /* of a file, else NULL */
    char *text;        /* of an address: its parts, one after the other */
    char *address;     /* ... as the library takes it */
    const char **more; /* options for the library behind it, at the end a NULL; NULL: none */
    size_t first, end; /* its words: [first, end); none: the sink that nobody named */
    struct arg args[ARGS_MAX];

    /* decided by the plan */
    unsigned gives;            /* what really comes out of it */
    const struct node *before; /* the node it reads from; NULL for a source */
    bool merged;               /* lines: done by the grep behind it */
    struct chain *chain;       /* where it stands */
    struct node *inner;        /* of par: the rest of the stage */
    const struct arg *by;      /* of what stands behind par: which word is the key; NULL: none */
    struct command *command;   /* of exec */
    void *own;                 /* its entry's, for weir_pl_room_free() */
    struct sought *sought;     /* fields that it looks for; NULL: none */
    bool rejects;              /* a dead behind it takes what fails */
    struct node *tee;          /* of what reads a tee: that */
    weir_reader *copy;         /* of a tee: what the other chain will read, while it is built */
    bool cut;                  /* of a tee: its input did not end, it was told to stop */
    bool passed;               /* of a tee, and of what reads it: all of it went through */
    struct node *reader;       /* of a tee: what reads it, in a chain of its own */

    /* The half of a connection that its chain does not use; it goes with the chain. */
    weir_duplex rest;
    weir_duplex near; /* of a chain that is served: the connection, until it is built */

    uint64_t memory_bytes; /* the most that it may hold; set by weir_pl_chains_measure() */

    /* known once it is built; `stage` until the chain is dropped */
    const struct weir_stage *source; /* of a source: itself, below what joins several */
    const struct weir_stage *stage;
    const char *stage_name;
    size_t stages; /* from the source up to it, both of them; 0: it stands beside these */
    bool failed;   /* it could not be built, and `stage` may be gone already */
    struct account account;
    uint64_t written;                           /* bytes, of a sink that takes items as they are */
    uint64_t tried, rejected;                   /* what is left out: commands that fail, items */
    char *first_rejected;                       /* what the first was; NULL: nobody knows */
    bool in_place;                              /* a file that could not be replaced */
    enum { KEPT_NOTHING, KEPT, NOT_KEPT } kept; /* of one that was given up */
    char *kept_path;                            /* where; NULL: none */
    int kept_error;
};

struct gate;

struct chain {
    struct gate *gate; /* of chains that run at once, while they do; NULL: it runs alone */
    size_t place;      /* among these */
    bool beside;       /* runs at once with the one before it, whose tee it reads */
    const struct words *words;
    struct node *nodes;
    size_t n;
    bool served;           /* the pipeline of a connection */
    bool marked;           /* its messages are acknowledged once what was made of them is safe */
    bool each;             /* its items reach the sink one by one: so do marks, and files roll */
    size_t sources;        /* the first nodes, read one after the other */
    bool merged;           /* ... or all at once, by the merge behind them */
    bool apart;            /* ... each by itself, by the from behind them */
    uint64_t memory_bytes; /* set by weir_pl_chains_measure() */
    uint64_t joint_bytes;  /* of several sources: what joins them, besides the largest */
    const char *way; /* by which the kernel moves its bytes; NULL: they are read and written */
};

struct pipeline {
    struct words *words;
    struct chain *chains;
    size_t n;
    struct node *nodes; /* of all chains */
    bool served;        /* its chain is run for each connection to its head */
};

/* Grammar: words into chains. false: it complained on stderr, exit code 2. */
bool weir_pl_parse(struct pipeline *pipeline, struct words *words);
/* The same for `weir serve`: one chain, behind an address that listens. */
bool weir_pl_parse_served(struct pipeline *pipeline, struct words *words);
void weir_pl_drop(struct pipeline *pipeline);

/* How many chains run at once from this one on. */
static inline size_t weir_pl_together(const struct pipeline *pipeline, size_t first)
{
    size_t n = 1;
    while (first + n < pipeline->n && pipeline->chains[first + n].beside)
        n++;
    return n;
}

/* The node from which its stages read: the last source, or what merges them. */
static inline struct node *weir_pl_chain_head(const struct chain *chain)
{
    return &chain->nodes[chain->sources - !chain->merged];
}

/* The last node of a chain. */
static inline struct node *weir_pl_chain_sink(const struct chain *chain)
{
    return &chain->nodes[chain->n - 1];
}

#endif
