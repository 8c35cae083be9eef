/* The source: what it asks for and hears (reads), and what comes of a page that was too large
 * (cut); what it acknowledges (settled), what it gives (source). */
#ifndef WEIR_REDIS_SOURCE_H
#define WEIR_REDIS_SOURCE_H

#include "redis/jobs.h"
#include "redis/page.h"
#include "weir/implement.h"

/* What is asked on the link. */
enum weir_redis_what {
    WEIR_REDIS_READ, /* the next page */
    WEIR_REDIS_CLAIM,
    WEIR_REDIS_TRIES,  /* of entry `first` of the page */
    WEIR_REDIS_LAST,   /* where a plain reader begins */
    WEIR_REDIS_LAG,    /* how many are to come */
    WEIR_REDIS_BURIED, /* put into the stream of the dead; the id is acknowledged then */
    WEIR_REDIS_SAID    /* acknowledged or claimed: nothing comes of it */
};

struct weir_redis_source {
    weir_stream stream;
    weir_in_flight in_flight; /* the server is told that it goes on, while the sink is busy */
    struct weir_redis_link link;
    weir_mark_home *home;
    struct weir_redis_jobs *jobs; /* NULL: messages with marks are given */
    weir_held_error error;        /* of the link, told at the next poll */

    /* Said once. */
    char *said;
    size_t said_bytes;
    struct weir_redis_group of; /* `group` NULL: a plain reader */
    const char *dead;
    bool begins_late; /* the group, where it is made: it was never there yet */
    uint32_t marks_max, receipts_max, fetch_max, tries_max;
    size_t message_bytes_max;
    uint64_t drain_ns, lost_max_ns;

    /* Asked for. */
    uint32_t count;  /* messages of a page; less than fetch_max after one that was too large */
    uint32_t unseen; /* pages that were: the group counts what was in them as given */
    uint32_t rest;   /* of such a page, given to this consumer, and not here yet ... */
    struct weir_redis_id rest_at; /* ... behind this one */
    bool reading, blocking;       /* a page is asked for, and the server waits until there is one */
    uint32_t turn;                /* each eighth page is claimed */
    uint64_t claim_due_ns;
    bool claims_more;            /* others were found, and there may be more */
    struct weir_redis_id cursor; /* ... from here on */
    uint64_t read_ns, pause_ns;  /* while a mark is open nobody waits at the server */
    struct weir_redis_id last;   /* a plain reader's place */
    bool placed;                 /* ... is known */
    bool lag_wanted;             /* by whoever runs it */
    uint64_t lag, lag_due_ns;    /* as it was said last; when it is asked for again */

    /* Given. */
    struct weir_redis_page page, next; /* the one that is given; not of jobs: the one behind it */
    weir_header *headers;              /* of what is lent */
    uint32_t headers_n;
    unsigned large;                   /* those that are over a limit, and are told next */
    struct weir_redis_id large_id[2]; /* one of a page, one that was larger than any */
    uint32_t tried; /* so often was one given that is given up, which is told next; 0: none */
    struct weir_redis_id tried_id;
    uint64_t given;                               /* as marks count */
    struct weir_redis_receipts *open, **open_end; /* the oldest first */
    uint32_t marks, receipts;                     /* open */
    bool untold;                                  /* one of them is settled */
    uint64_t due_ns;                              /* the earliest that one is due; or the page */

    weir_timer timer;
    bool lost; /* that the server is away was told */
    uint64_t lost_at_ns;
    bool stopping, left; /* nothing more is given; nor waited for */
    uint64_t drained_ns;
};

static inline struct weir_redis_source *weir_redis_source_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_redis_source, stream);
}

static inline uint32_t weir_redis_least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline bool weir_redis_has_page(const struct weir_redis_source *self)
{
    return self->page.receipts != NULL;
}

/* Something is here that may have to be settled. */
static inline bool weir_redis_is_open(const struct weir_redis_source *self)
{
    return self->marks || weir_redis_has_page(self) || (self->jobs && self->jobs->n);
}

/* fetch_max: messages of a page where `from` says nothing. */
weir_stream *weir_redis_source_new(const weir_redis_from *from, bool jobs, uint32_t fetch_max);

/* The page was given: the one behind it is next. */
static inline void weir_redis_turn_page(struct weir_redis_source *self)
{
    struct weir_redis_page old = self->page;
    self->page = self->next;
    self->next = old;
}

/* The next one is not here, and nobody was asked for it. */
static inline bool weir_redis_reads_ahead(const struct weir_redis_source *self)
{
    const struct weir_redis_page *wanted = self->jobs ? &self->page : &self->next;
    return !self->reading && !wanted->receipts && !self->page.unknown;
}

/* ---- jobs ---- */

/* Those that ended are told, the others kept. */
void weir_redis_jobs_tell(struct weir_redis_source *self, weir_cx *cx);
void weir_redis_jobs_back(struct weir_redis_source *self, const weir_cx *cx);
void weir_redis_jobs_leave(struct weir_redis_jobs *jobs);

/* The message that was read last of the page. */
weir_poll weir_redis_give_job(struct weir_redis_source *self, weir_cx *cx,
                              const weir_message *message, weir_job *out);

/* ---- reads ---- */

/* Asks for a page, where there is room for one. */
void weir_redis_read_more(struct weir_redis_source *self, const weir_cx *cx);
weir_poll weir_redis_answered(struct weir_redis_link *link, weir_cx *cx,
                              const struct weir_redis_asked *asked);

/* Where the entries stand in a reply. */
enum { WEIR_REDIS_READ_LIST = 3, WEIR_REDIS_CLAIM_LIST = 2 };

/* What a reply has there, as a page; NULL: nothing. ERROR: no memory. */
weir_poll weir_redis_take_page(struct weir_redis_source *self, weir_cx *cx,
                               struct weir_resp_reply *reply, uint32_t list,
                               struct weir_redis_page **taken);

/* [[id, fields]]: a plain reader begins behind it. */
void weir_redis_take_last(struct weir_redis_source *self, const struct weir_resp_reply *reply);

/* Others had it: how often each was given is asked. */
void weir_redis_begin_claimed(struct weir_redis_source *self, const weir_cx *cx,
                              struct weir_redis_page *page);

/* It is over a limit, and told next. *id: 0-0 where no mark is about it. */
void weir_redis_note_large(struct weir_redis_source *self, const weir_cx *cx,
                           struct weir_redis_id *id, bool in_page);

/* The stream of the dead has it next, and then it is acknowledged; no mark is about it. false: no
 * memory. */
bool weir_redis_bury(struct weir_redis_source *self, const weir_cx *cx, struct weir_redis_id id,
                     const weir_message *message, const char *reason);

/* ---- cut ---- */

/* The link gave up a page that was too large: what came of it is a page, and the rest is asked for;
 * a message that is too large for any is told, and goes where such do. It was no page: ERROR. */
weir_poll weir_redis_read_less(struct weir_redis_source *self, weir_cx *cx);

/* More of it; NULL: the group has none of it any more. What is held already is not given again. How
 * often each was given is asked: others may have had it. */
void weir_redis_take_rest(struct weir_redis_source *self, const weir_cx *cx,
                          struct weir_redis_page *page);

/* ---- settled ---- */

/* Marks that came home are told. */
void weir_redis_tell_settled(struct weir_redis_source *self, weir_cx *cx);

/* The page was given: its receipts are an open mark's from now on. MARK, or ERROR. */
weir_poll weir_redis_give_mark(struct weir_redis_source *self, weir_cx *cx);

/* What is worked at is told at half of the claim time. */
void weir_redis_keep_time(struct weir_redis_source *self, const weir_cx *cx);

/* What was not given of the page, and what is open, goes back to the group. */
void weir_redis_page_back(struct weir_redis_source *self, const weir_cx *cx);
void weir_redis_open_back(struct weir_redis_source *self, const weir_cx *cx);

/* Of fini: what came home is told, all else goes back; there is no home any more. */
void weir_redis_leave(struct weir_redis_source *self);

#endif
