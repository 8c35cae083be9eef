/* look: whether the consumer is there. cnats asks for it and waits; so it is asked on a thread of
 * the pool. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "nats/link.h"
#include "nats/message.h"
#include "weir/blocking.h"
#include "weir/type.h"

enum { ANSWER_MS = 2000 };

struct look {
    struct weir_nats_link *link; /* a user of it */
};

static void look_drop(const weir_type *type, void *item)
{
    (void)type;
    weir_nats_link_leave(((struct look *)item)->link);
}

static const weir_type look_type = WEIR_TYPE_OWNING(struct look, look_drop);

/* ---- what is said of failures ---- */

static bool again(const struct weir_nats_link *link, weir_error *error, const char *why)
{
    weir_error_set(error, WEIR_E_CLOSED, "no server answers: %s", why);
    weir_format(error->place, sizeof error->place, "%s", link->at);
    error->fatal = false;
    return false;
}

static bool refuse(const struct weir_nats_link *link, weir_error *error, const char *what,
                   const char *name, const char *why)
{
    weir_error_set(error, WEIR_E_ARGUMENT, "%s '%s': %s", what, name, why);
    weir_format(error->place, sizeof error->place, "%s", link->at);
    return false;
}

/* JetStream says no at once where it knows; what it does not say may be tried again. */
static bool is_over(natsStatus status, jsErrCode code)
{
    return code != 0 && code != JSClusterNotAvailErr && code != JSClusterNotLeaderErr &&
           code != JSInsufficientResourcesErr && status != NATS_TIMEOUT;
}

/* cnats puts a place in its source before it. */
static const char *words_of(natsStatus status)
{
    const char *said = nats_GetLastError(NULL);
    const char *behind = said && *said == '(' ? strstr(said, "): ") : NULL;
    if (behind)
        return behind + 3;
    return said && *said ? said : natsStatus_GetText(status);
}

/* A server that knows us not, and a file that holds no credentials, are the same the next time. */
static bool is_refused(const struct weir_nats_link *link, natsStatus status)
{
    return status == NATS_CONNECTION_AUTH_FAILED || status == NATS_NOT_PERMITTED ||
           (link->credentials && status == NATS_ERR);
}

static bool fail_to_connect(const struct weir_nats_link *link, weir_error *error, natsStatus status)
{
    if (!is_refused(link, status))
        return again(link, error, words_of(status));
    weir_error_set(error, WEIR_E_CLOSED, "the connection is given up: %s", words_of(status));
    weir_format(error->place, sizeof error->place, "%s", link->at);
    error->cure = "the file of a user that the server knows, as .credentials";
    return false;
}

static bool fail(const struct weir_nats_link *link, weir_error *error, const char *what,
                 const char *name, natsStatus status, jsErrCode code)
{
    const char *why = words_of(status);
    return is_over(status, code) ? refuse(link, error, what, name, why) : again(link, error, why);
}

/* ---- made where they are missing ---- */

static bool make_stream(const struct weir_nats_link *link, jsCtx *js, weir_error *error)
{
    jsStreamConfig config;
    jsErrCode code = 0;
    jsStreamConfig_Init(&config);
    const char *subjects[] = {link->create};
    config.Name = link->stream;
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    natsStatus status = js_AddStream(NULL, js, &config, NULL, &code);
    if (status == NATS_OK || code == JSStreamNameExistErr)
        return true;
    return fail(link, error, "stream", link->stream, status, code);
}

static void describe(const struct weir_nats_link *link, jsConsumerConfig *config)
{
    jsConsumerConfig_Init(config);
    config->Durable = link->consumer;
    config->AckPolicy = js_AckExplicit;
    config->AckWait = (int64_t)link->ack_wait_ns;
    config->MaxDeliver = -1;
    config->DeliverPolicy = link->new_only ? js_DeliverNew : js_DeliverAll;
    config->MaxAckPending = link->receipts_max;
}

static bool make_consumer(const struct weir_nats_link *link, jsCtx *js, weir_error *error)
{
    jsConsumerConfig config;
    jsErrCode code = 0;
    describe(link, &config);
    natsStatus status = js_AddConsumer(NULL, js, link->stream, &config, NULL, &code);
    if (status == NATS_OK || code == JSConsumerNameExistErr)
        return true;
    return fail(link, error, "consumer", link->consumer, status, code);
}

/* ---- looked at ---- */

static bool missing(const struct weir_nats_link *link, weir_error *error, jsErrCode code)
{
    bool stream = code == JSStreamNotFoundErr;
    refuse(link, error, stream ? "stream" : "consumer", stream ? link->stream : link->consumer,
           "there is none");
    error->cure = "make it, or name a subject as .create";
    return false;
}

/* 0: nothing was said. */
static uint64_t said(int64_t number, uint64_t max)
{
    return number <= 0 ? 0 : (uint64_t)number < max ? (uint64_t)number : max;
}

static void note_allowed(struct weir_nats_link *link, const jsConsumerConfig *config)
{
    pthread_mutex_lock(&link->lock);
    link->allowed = (struct weir_nats_allowed){
        .messages = (uint32_t)said(config->MaxRequestBatch, UINT32_MAX),
        .open = (uint32_t)said(config->MaxAckPending, UINT32_MAX),
        .bytes = said(config->MaxRequestMaxBytes, SIZE_MAX),
        .wait_ns = said(config->MaxRequestExpires, UINT64_MAX),
    };
    pthread_mutex_unlock(&link->lock);
}

static bool read_consumer(struct weir_nats_link *link, jsConsumerInfo *info, uint64_t *out,
                          weir_error *error)
{
    const jsConsumerConfig *config = info->Config;
    note_allowed(link, config);
    bool pulls = !config->DeliverSubject;
    bool right = pulls && config->AckPolicy == js_AckExplicit;
    *out = config->AckWait > 0 ? (uint64_t)config->AckWait : link->ack_wait_ns;
    jsConsumerInfo_Destroy(info);
    if (right)
        return true;
    refuse(link, error, "consumer", link->consumer,
           pulls ? "it does not acknowledge each message" : "the server pushes to it");
    error->cure = "a pull consumer with the ack policy explicit";
    return false;
}

static bool look_at_consumer(struct weir_nats_link *link, jsCtx *js, uint64_t *out,
                             weir_error *error)
{
    for (bool made = false;; made = true) {
        jsConsumerInfo *info = NULL;
        jsErrCode code = 0;
        natsStatus status =
            js_GetConsumerInfo(&info, js, link->stream, link->consumer, NULL, &code);
        if (status == NATS_OK)
            return read_consumer(link, info, out, error);
        bool none = code == JSConsumerNotFoundErr || code == JSStreamNotFoundErr;
        if (!none)
            return fail(link, error, "consumer", link->consumer, status, code);
        if (made || !link->create)
            return missing(link, error, code);
        if (code == JSStreamNotFoundErr && !make_stream(link, js, error))
            return false;
        if (!make_consumer(link, js, error))
            return false;
    }
}

/* ---- one that the server names, and forgets when nobody asks for a while ---- */

#define FORGOTTEN_NS 60000000000ll

static void describe_plain(struct weir_nats_link *link, jsConsumerConfig *config)
{
    jsConsumerConfig_Init(config);
    config->AckPolicy = js_AckNone;
    config->InactiveThreshold = FORGOTTEN_NS;
    config->MemoryStorage = true;
    config->DeliverPolicy = link->new_only ? js_DeliverNew : js_DeliverAll;
    if (!link->last)
        return;
    config->DeliverPolicy = js_DeliverByStartSequence;
    config->OptStartSeq = link->last + 1;
}

/* Behind what came from the one before. */
static bool make_plain(struct weir_nats_link *link, jsCtx *js, weir_error *error)
{
    jsConsumerConfig config;
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    pthread_mutex_lock(&link->lock);
    link->plain[0] = '\0'; /* what still comes of that one does not count */
    describe_plain(link, &config);
    pthread_mutex_unlock(&link->lock);
    natsStatus status = js_AddConsumer(&info, js, link->stream, &config, NULL, &code);
    if (code == JSStreamNotFoundErr)
        return missing(link, error, code);
    if (status != NATS_OK)
        return fail(link, error, "stream", link->stream, status, code);
    pthread_mutex_lock(&link->lock);
    weir_format(link->plain, sizeof link->plain, "%s", info->Name);
    link->stale = false;
    if (link->new_only && !link->last)
        link->last = info->Delivered.Stream;
    pthread_mutex_unlock(&link->lock);
    jsConsumerInfo_Destroy(info);
    return true;
}

/* ---- where the dead go ---- */

/* NULL: nobody says. */
static natsMsg *ask(const struct weir_nats_link *link, const char *subject, const char *body)
{
    natsMsg *reply = NULL;
    (void)natsConnection_RequestString(&reply, link->connection, subject, body, ANSWER_MS);
    return reply;
}

/* The streams of a subject. */
static natsMsg *ask_names(const struct weir_nats_link *link, const char *subject)
{
    char body[WEIR_NATS_SUBJECT_BYTES + 32];
    weir_format(body, sizeof body, "{\"subject\":\"%s\"}", subject);
    return ask(link, "$JS.API.STREAM.NAMES", body);
}

/* One that says nothing, or something else, may store it. */
static bool says_none(const natsMsg *names)
{
    return strstr(weir_nats_text(names), "\"streams\":null") && !weir_nats_says_no(names);
}

/* A stream that says what it stored: one of no_ack does not. */
static bool answers(const struct weir_nats_link *link, const natsMsg *names)
{
    static const char before[] = "\"streams\":[\"";
    char name[WEIR_NATS_SUBJECT_BYTES], subject[WEIR_NATS_SUBJECT_BYTES + 32];
    const char *first = strstr(weir_nats_text(names), before);
    if (!first)
        return false;
    weir_format(name, sizeof name, "%s", first + sizeof before - 1);
    name[strcspn(name, "\"")] = '\0';
    weir_format(subject, sizeof subject, "$JS.API.STREAM.INFO.%s", name);
    natsMsg *about = ask(link, subject, "");
    const char *text = weir_nats_text(about);
    bool says = *text && !strstr(text, "\"no_ack\":true");
    natsMsg_Destroy(about);
    return says;
}

/* They are published, and would be nowhere. */
static bool look_at_dead(struct weir_nats_link *link, weir_error *error)
{
    if (!link->dead)
        return true;
    natsMsg *names = ask_names(link, link->dead);
    bool none = says_none(names), answer = answers(link, names);
    natsMsg_Destroy(names);
    pthread_mutex_lock(&link->lock);
    link->graves_answer = answer;
    pthread_mutex_unlock(&link->lock);
    if (!none || !link->keeps_dead)
        return true;
    refuse(link, error, "subject", link->dead, "no stream stores it, and the dead would be lost");
    error->cure = "a stream of that subject, or another one as .dead";
    return false;
}

static bool look(struct look *self, uint64_t *out, weir_error *error)
{
    struct weir_nats_link *link = self->link;
    if (!link->connection && link->credentials && access(link->credentials, R_OK) != 0)
        return refuse(link, error, "credentials", link->credentials, strerror(errno));
    natsStatus status = weir_nats_connect(link);
    if (status != NATS_OK)
        return fail_to_connect(link, error, status);
    if (natsConnection_Status(link->connection) != NATS_CONN_STATUS_CONNECTED)
        return again(link, error, "there is no connection yet");
    *out = 0;
    if (!link->ring)
        return true;
    jsCtx *js = NULL;
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = ANSWER_MS;
    status = natsConnection_JetStream(&js, link->connection, &options);
    bool found = false;
    if (status != NATS_OK)
        again(link, error, natsStatus_GetText(status));
    else
        found = link->consumer ? look_at_consumer(link, js, out, error) && look_at_dead(link, error)
                               : make_plain(link, js, error);
    jsCtx_Destroy(js);
    return found;
}
WEIR_BLOCKING_FN(look_fn, look, struct look, uint64_t, .state = &look_type, .name = "nats")

weir_stream *weir_nats_look(struct weir_nats_link *link)
{
    struct look self = {link};
    weir_nats_link_enter(link);
    return weir_spawn_blocking(&look_fn, &self);
}
