/* judge.h: what becomes of results that failed, of commands and of requests: they are left out, or
 * somebody asks for them, or the first one ends it, or all of them are told at the end. */
#ifndef PIPELINE_JUDGE_H
#define PIPELINE_JUDGE_H

#include "pipeline/items.h"
#include "pipeline/pipeline.h"

enum judge_policy { FAIL_AT_END, LEAVE_OUT, FAIL_AT_ONCE, REJECT };

/* By the word that on-error= was given. */
enum judge_policy weir_pl_judge_policy_of(const struct node *node, const struct arg *on_error);

enum { JUDGE_SAID_BYTES = WEIR_MESSAGE_BYTES };

/* Kept by the stage. The first part is set when it is built. */
struct judge {
    struct node *node;
    enum judge_policy policy;
    bool gives_all;    /* one that failed is given on, where the failure is told at the end */
    bool sums_up;      /* the one that ends it is told with how many there were */
    bool why_first;    /* "WHY: WHAT", and not "WHAT: WHY" */
    const char *one;   /* "command" */
    const char *cure;  /* of the failure at the end */
    const void *about; /* the stage's own, for: */
    void (*say)(const struct judge *self, const struct result *result, char *what, char *why);

    bool ended;
    uint64_t n, failed;
    weir_owned_line input; /* of one that was rejected, until the next poll */
    char what[JUDGE_SAID_BYTES], why[JUDGE_SAID_BYTES]; /* of the first that failed */
};

/* A stage's poll_next, of results from its source, and the rest of its ops. */
weir_poll weir_pl_judge_poll_next(struct judge *self, weir_stream *source, weir_cx *cx,
                                  struct result *out);
bool weir_pl_judge_rejected(const struct judge *self, weir_line *out);
void weir_pl_judge_fini(struct judge *self);

#endif
