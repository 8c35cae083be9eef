/* Brokers as sources and sinks: what is the same for all of them. */
#include "pipeline/broker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/room.h"
#include "pipeline/records.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"
#include "pipeline/text.h"

#define LAG_NS UINT64_C(50000000)

const char *weir_pl_broker_at(const struct node *node)
{
    static _Thread_local char text[1024];
    const struct broker *broker = node->entry->broker;
    const struct arg *at = &node->args[FROM_AT];
    const char *said = at->given ? at->text : getenv(broker->at_env);

    snprintf(text, sizeof text, "%s", said && *said ? said : broker->at_local);
    for (char *plus = text; (plus = strchr(plus, '+'));)
        *plus = ',';
    return text;
}

bool weir_pl_broker_reads(const struct node *node)
{
    return node->entry->broker && node->entry->takes == FLOW_NOTHING;
}

uint64_t weir_pl_broker_open_max(const struct node *source)
{
    const struct arg *open = &source->args[FROM_OPEN];
    return open->given ? open->number : source->entry->broker->open_max;
}

/* ---- what is open ---- */

/* A source while it runs; its marks come back on any thread, and perhaps when it is gone: who took
 * them out of a program's text settles them when he likes. */
struct account_open {
    pthread_mutex_t lock;
    uint64_t refs;                   /* its node, and the marks that are open */
    struct open_note *first, **last; /* marks that are open, the oldest first */
    uint64_t open;                   /* messages that are not acknowledged */
    uint64_t repeats;
    uint64_t lag;      /* that are to come; WEIR_LAG_UNKNOWN */
    uint64_t since_ns; /* when the first of those came that no mark stands behind; 0: none did */
};

/* In the place of the source's own mark, which it settles. */
struct open_note {
    weir_mark mark;
    weir_mark *inner;
    struct account_open *account;
    struct open_note *next, **at;
    uint64_t n; /* messages before it, behind the one before */
    uint64_t since_ns;
};

struct broker_source {
    weir_stream stream;
    struct node *node;
    uint64_t n;      /* messages since the last mark */
    uint64_t lag_ns; /* when it is asked for again */
    bool lost;       /* the server, and that was told */
    bool large;      /* what came was over a limit, and goes to a `dead` behind this */
    char said[WEIR_MESSAGE_BYTES]; /* ... where it stands: it came without its bytes */
    weir_timer timer;
};

static struct broker_source *source_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct broker_source, stream);
}

static struct account_open *account_of(const struct node *node)
{
    return node->own;
}

/* Of one who has the lock. */
static void leave(struct account_open *account)
{
    bool last = --account->refs == 0;

    pthread_mutex_unlock(&account->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&account->lock);
    weir_pl_room_free(account);
}

static void settle(weir_mark *mark, bool kept)
{
    struct open_note *note = WEIR_CONTAINER(mark, struct open_note, mark);
    struct account_open *account = note->account;

    pthread_mutex_lock(&account->lock);
    *note->at = note->next;
    if (note->next)
        note->next->at = note->at;
    else
        account->last = note->at;
    account->open -= note->n;
    leave(account);
    weir_mark_settle(note->inner, kept);
    weir_release(note, sizeof *note);
}

static void remember(struct account_open *account, struct open_note *note)
{
    pthread_mutex_lock(&account->lock);
    note->since_ns = account->since_ns;
    note->at = account->last;
    *account->last = note;
    account->last = &note->next;
    account->refs++;
    account->since_ns = 0;
    pthread_mutex_unlock(&account->lock);
}

/* Without memory it is not counted, and passes as it is. */
static weir_poll pass_mark(struct broker_source *self, weir_cx *cx)
{
    weir_mark *inner = weir_mark_take(cx);
    struct open_note *note = weir_allocate(sizeof *note);

    if (!note)
        return weir_mark_give(cx, inner);
    *note = (struct open_note){
        .mark = {.settle = settle, .source = inner->source, .upto = inner->upto, .refs = 1},
        .inner = inner,
        .account = account_of(self->node),
        .n = self->n};
    self->n = 0;
    remember(note->account, note);
    return weir_mark_give(cx, &note->mark);
}

static void count(struct broker_source *self, const weir_cx *cx, const weir_message *messages,
                  uint32_t n)
{
    struct account_open *account = account_of(self->node);
    uint64_t repeats = 0;

    for (uint32_t i = 0; i < n; i++)
        repeats += messages[i].tries > 1;
    self->n += n;
    self->node->tried += n;
    pthread_mutex_lock(&account->lock);
    account->open += self->stream.stage.marked ? n : 0;
    account->repeats += repeats;
    account->since_ns = account->since_ns ? account->since_ns : cx->now_ns;
    pthread_mutex_unlock(&account->lock);
}

/* Now and then: it is for people. */
static void note_lag(struct broker_source *self, const weir_cx *cx)
{
    struct account_open *account = account_of(self->node);
    const struct broker_calls *calls = *self->node->entry->broker->calls;

    if (!calls->lag || cx->now_ns < self->lag_ns)
        return;
    uint64_t lag = calls->lag(weir_source(&self->stream));
    self->lag_ns = lag == WEIR_LAG_UNKNOWN ? 0 : weir_after_ns(cx->now_ns, LAG_NS);
    pthread_mutex_lock(&account->lock);
    account->lag = lag;
    pthread_mutex_unlock(&account->lock);
}

/* ---- what is wrong with the server, and passes ---- */

/* A server that is lost says so once, and once that it is back. */
static void note_change(struct broker_source *self, const weir_cx *cx)
{
    self->lost = !self->lost;
    if (self->lost)
        weir_timer_set(&self->timer, weir_after_ns(cx->now_ns, weir_pl_broker_gone_ns(self->node)));
    else
        weir_timer_stop(&self->timer);
}

static bool has_create(const struct node *node)
{
    for (size_t i = 0; i < weir_pl_entry_args(node->entry); i++)
        if (!strcmp(node->entry->args[i].name, "create") && node->args[i].given)
            return true;
    return false;
}

const char *weir_pl_broker_cure(const struct node *node, const weir_error *error)
{
    const struct broker *broker = node->entry->broker;
    bool shared = weir_pl_broker_reads(node) && broker->is_shared(node);
    const char *cure = error->cure ? error->cure : "";

    if (strstr(cure, ".create") && has_create(node))
        return "once more: what is deleted meanwhile is made when it begins";
    if (!*cure && error->code == WEIR_E_CLOSED && !weir_pl_broker_reads(node))
        return "gone=TIME behind the address, to wait for longer; else 60s";

    for (size_t i = 0; i < BROKER_CURES && broker->cures[i].of_c; i++) {
        const struct broker_cure *one = &broker->cures[i];
        if (strstr(cure, one->of_c))
            return shared || !one->alone ? one->here : one->alone;
    }
    return cure;
}

static const char *notice_cure(const struct broker_source *self, const weir_error *error)
{
    if (error->code == WEIR_E_LIMIT && error->cure)
        return weir_pl_broker_cure(self->node, error);
    if (error->code == WEIR_E_LIMIT)
        return "it is left out; a program of its own may take larger ones (.message_bytes_max)";
    return self->lost ? "gone=TIME at the source says how long that may last; else 60s" : NULL;
}

/* Of one source, whose items it is asked about: bytes have none. */
static bool has_dead(const struct node *node)
{
    const struct chain *chain = node->chain;
    bool dead = false;

    for (size_t i = 0; i < chain->n && node->gives != FLOW_BYTES && chain->sources < 2; i++)
        dead |= chain->nodes[i].entry == &weir_pl_entry_dead;
    return dead;
}

static weir_poll reject(struct broker_source *self, const weir_cx *cx)
{
    self->large = true;
    snprintf(self->said, sizeof self->said, "%s", cx->error.message);
    return (weir_poll){0, WEIR_ERROR};
}

static bool broker_rejected(const weir_stream *stream, weir_line *out)
{
    const struct broker_source *self = source_of(stream);

    *out = (weir_line){self->said, strlen(self->said)};
    return self->large;
}

static weir_poll tell(struct broker_source *self, weir_cx *cx)
{
    const weir_error *error = &cx->error;

    if (error->code == WEIR_E_TIMEOUT) /* of ours, and no time that somebody said */
        cx->error.code = WEIR_E_CLOSED;
    if (error->fatal || (error->code != WEIR_E_CLOSED && error->code != WEIR_E_LIMIT))
        return (weir_poll){0, WEIR_ERROR};
    if (error->code == WEIR_E_LIMIT && has_dead(self->node))
        return reject(self, cx);
    if (error->code == WEIR_E_CLOSED)
        note_change(self, cx);
    else
        self->node->tried++, weir_pl_records_note_rejected(self->node, error);
    weir_pl_note_plain(self->node->chain->words, notice_cure(self, error), "%s: %s", error->place,
                       error->message);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll wait(struct broker_source *self, weir_cx *cx)
{
    if (!self->lost || weir_timer_poll(cx, &self->timer).state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    weir_fail(cx, WEIR_E_CLOSED, "the server was away for %llu s",
              (unsigned long long)(weir_pl_broker_gone_ns(self->node) / 1000000000));
    cx->error.cure = "gone=TIME at the source, to wait for longer";
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll broker_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct broker_source *self = source_of(stream);

    self->large = false;
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    if (got.n)
        count(self, cx, out, got.n);
    note_lag(self, cx);
    switch (got.state) {
    case WEIR_MARK:
        return pass_mark(self, cx);
    case WEIR_ERROR:
        return tell(self, cx);
    case WEIR_PENDING:
        return wait(self, cx);
    default:
        return got;
    }
}

static void broker_fini(weir_stream *stream)
{
    weir_timer_stop(&source_of(stream)->timer);
}

static size_t broker_memory_max(const weir_stream *stream)
{
    (void)stream;
    return 1024 * sizeof(struct open_note);
}

static const weir_stream_ops broker_ops = {.size = sizeof broker_ops,
                                           .name = "broker",
                                           .poll_next = broker_poll_next,
                                           .fini = broker_fini,
                                           .memory_max = broker_memory_max,
                                           .marks = WEIR_MARKS_PASS,
                                           .rejected = broker_rejected};

/* ---- the source ---- */

static weir_line value_of(weir_message message, void *arg)
{
    (void)arg;
    return message.value;
}
WEIR_MAP_FN(value_of_fn, value_of, weir_message, weir_line, .from = &weir_type_message,
            .to = &weir_type_line)

bool weir_pl_broker_settles(const struct node *node, const char *how)
{
    const struct arg *settle = &node->args[FROM_SETTLE];
    return settle->given && !strcmp(settle->text, how);
}

static weir_stream *messages_of(struct node *node)
{
    weir_stream *messages = (*node->entry->broker->calls)->from(node);
    weir_stream *stream =
        weir_stream_new(messages, sizeof(struct broker_source), &broker_ops, messages->type);

    if (weir_stage_failed(&stream->stage))
        return stream;
    source_of(stream)->node = node;
    return weir_pl_broker_settles(node, "now") ? weir_settle_here(stream) : stream;
}

void weir_pl_broker_build(struct flow *flow, struct node *node)
{
    flow->stream = messages_of(node);
    if (node->gives == FLOW_LINES || node->gives == FLOW_BYTES)
        flow->stream = weir_map(flow->stream, &value_of_fn, NULL);
    if (node->gives != FLOW_BYTES)
        return;
    if (node->chain->each) {
        flow->stream = weir_to_lines_each(flow->stream, BROKER_MESSAGE_BYTES);
        return;
    }
    flow->reader = weir_to_lines(flow->stream);
    flow->stream = NULL;
}

/* What the first stage wants that takes not just anything. */
unsigned weir_pl_broker_gives(const struct node *node, unsigned taken)
{
    do {
        node++;
        taken = node->entry->takes;
        if (node->entry == &weir_pl_entry_to && !strcmp(node->args[0].text, "lines"))
            return FLOW_LINES;
        if (taken & FLOW_MESSAGES)
            return node->entry->broker ? FLOW_RECORDS : FLOW_MESSAGES;
        if (taken == FLOW_BYTES)
            return FLOW_BYTES;
        if (!(taken & FLOW_LINES && taken & FLOW_RECORDS))
            return taken & FLOW_RECORDS ? FLOW_RECORDS : FLOW_LINES;
    } while (node->entry->gives_of == weir_pl_catalogue_same);
    return FLOW_RECORDS;
}

enum { MARKS_MAX = 1024 };

/* Each of so many messages may have a mark of its own. */
uint64_t weir_pl_broker_marks_max(const struct node *source)
{
    uint64_t marks = weir_pl_broker_open_max(source) / source->entry->broker->mark_items;
    return marks < MARKS_MAX ? marks : MARKS_MAX;
}

void weir_pl_broker_note(const struct node *node, char *out, size_t size)
{
    const struct broker *broker = node->entry->broker;
    unsigned long long marks = broker->mark_items > 1 ? weir_pl_broker_marks_max(node) : MARKS_MAX;

    if (node->entry->gives == FLOW_NOTHING)
        snprintf(out, size, "safe once the broker has stored it");
    else if (!broker->is_shared(node))
        snprintf(out, size, "all messages in order; nothing is acknowledged");
    else
        snprintf(out, size,
                 "at most %llu messages open, behind %llu marks; 1 MiB each; stops within 5 s%s",
                 (unsigned long long)weir_pl_broker_open_max(node), marks,
                 broker->buffers ? broker->buffers : "");
}

/* What only its library knows to be wrong. */
static bool check_library(const struct node *node, const struct words *words)
{
    const struct broker_calls *calls = *node->entry->broker->calls;
    const char *cure = NULL, *wrong = calls->wrong ? calls->wrong(node, &cure) : NULL;

    if (wrong)
        weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0}, cure,
                         "%s", wrong);
    return !wrong;
}

bool weir_pl_broker_check(struct node *node, const struct words *words)
{
    const struct arg *dead = &node->args[FROM_DEAD], *tries = &node->args[FROM_TRIES];

    if (node->address && strlen(node->address) >= BROKER_ADDRESS_BYTES) {
        weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0},
                         "a command for some of them, and one for the others",
                         "an address of %zu bytes is too long: %d at most", strlen(node->address),
                         BROKER_ADDRESS_BYTES - 1);
        return false;
    }
    if (!check_library(node, words))
        return false;
    if (!weir_pl_broker_reads(node))
        return true;
    struct account_open *account = weir_pl_room_zeroed(1, sizeof *account);
    if (!account)
        return weir_pl_note_no_memory(words);
    pthread_mutex_init(&account->lock, NULL);
    account->refs = 1;
    account->last = &account->first;
    account->lag = WEIR_LAG_UNKNOWN;
    node->own = account;
    if (!dead->given || tries->given)
        return true;
    weir_pl_note_set(
        words, (struct span){node->first, node->end}, (struct span){0, 0}, ",tries=5",
        "'dead=' is for what was tried too often, and 'tries=' does not say how often");
    return false;
}

void weir_pl_broker_drop(struct node *node)
{
    struct account_open *account = account_of(node);

    weir_pl_room_free(node->first_rejected);
    if (!account)
        return;
    node->own = NULL;
    pthread_mutex_lock(&account->lock);
    leave(account);
}

/* ---- the status ---- */

bool weir_pl_broker_is_half_open(const struct chain *chain)
{
    if (!chain->marked)
        return false;
    struct account_open *account = account_of(chain->nodes);
    pthread_mutex_lock(&account->lock);
    uint64_t open = account->open;
    pthread_mutex_unlock(&account->lock);
    return open >= weir_pl_broker_open_max(chain->nodes) / 2;
}

/* "lag 812", "lag 1.2 M" */
static size_t put_lag(uint64_t lag, char *out, size_t size)
{
    static const char units[] = "kMGTPE";
    double shown = (double)lag / 1000;
    int unit = 0;

    if (lag < 1000)
        return (size_t)snprintf(out, size, ", lag %llu", (unsigned long long)lag);
    for (; shown >= 1000; shown /= 1000)
        unit++;
    return (size_t)snprintf(out, size, ", lag %.1f %c", shown, units[unit]);
}

size_t weir_pl_broker_status(const struct chain *chain, char *out, size_t size)
{
    const struct node *source = chain->nodes;

    if (!source->entry->broker || !source->own)
        return 0;
    struct account_open *account = account_of(source);
    pthread_mutex_lock(&account->lock);
    uint64_t open = account->open, repeats = account->repeats, lag = account->lag;
    uint64_t since_ns = account->first ? account->first->since_ns : account->since_ns;
    pthread_mutex_unlock(&account->lock);
    uint64_t now_ns = weir_sys_posix.now_ns(&weir_sys_posix);
    uint64_t ms = open && since_ns && now_ns > since_ns ? (now_ns - since_ns) / 1000000 : 0;
    if (!chain->marked)
        return 0;
    size_t n = (size_t)snprintf(
        out, size, ", open %llu/%llu, oldest %llu.%llu s", (unsigned long long)open,
        (unsigned long long)weir_pl_broker_open_max(source), (unsigned long long)(ms / 1000),
        (unsigned long long)(ms % 1000 / 100));
    if (lag != WEIR_LAG_UNKNOWN)
        n += put_lag(lag, out + n, size - n);
    if (source->entry->broker->counts)
        n += (size_t)snprintf(out + n, size - n, ", repeats %llu", (unsigned long long)repeats);
    return n;
}
