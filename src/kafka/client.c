/* A handle of librdkafka: configured, made, and what it says of brokers. */

#include "kafka/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- what is to be told ---- */

bool weir_kafka_note(struct weir_kafka_client *self, weir_code code, bool fatal, const char *format,
                     ...)
{
    struct weir_kafka_news *news = &self->news;
    self->failed |= fatal;
    if (news->is && (news->fatal || !fatal))
        return false;
    *news =
        (struct weir_kafka_news){.is = true, .fatal = fatal, .code = code, .record = WEIR_NOWHERE};
    va_list args;
    va_start(args, format);
    vsnprintf(news->text, sizeof news->text, format, args);
    va_end(args);
    return true;
}

weir_poll weir_kafka_tell(struct weir_kafka_client *self, weir_cx *cx)
{
    struct weir_kafka_news *news = &self->news;
    if (!news->is)
        return (weir_poll){0, WEIR_READY};
    weir_fail(cx, news->code, "%s", news->text);
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->at);
    cx->error.fatal = news->fatal;
    cx->error.record = news->record;
    cx->error.cure = news->cure;
    news->is = false;
    return (weir_poll){0, WEIR_ERROR};
}

void weir_kafka_note_life(struct weir_kafka_client *self)
{
    self->heard = true;
    self->tls_fails = false;
    self->why[0] = '\0';
    if (!self->lost || self->news.is)
        return;
    self->lost = false;
    weir_kafka_note(self, WEIR_E_CLOSED, false, "a broker is there again, after %llu ms",
                    (unsigned long long)((self->now_ns - self->lost_at_ns) / 1000000));
}

static void note_lost(struct weir_kafka_client *self)
{
    if (self->lost)
        return;
    self->lost = true;
    self->lost_at_ns = self->now_ns;
    weir_kafka_note(self, WEIR_E_CLOSED, false, "no broker answers%s%s: it is tried again",
                    self->why[0] ? ": " : "", self->why);
}

/* No broker was ever there, and this will not pass: a certificate that one of the two refuses. */
static void note_tls(struct weir_kafka_client *self)
{
    if (weir_kafka_note(self, WEIR_E_CLOSED, true, "no broker answers: %s", self->why))
        self->news.cure = "ssl.ca.location=FILE, or ssl.certificate.location and ssl.key.location";
}

/* What TLS 1.3 refuses comes with what is read first. That the connection ended in the middle of it
 * says nothing of certificates: so do brokers that are not ready, and what balances between them.
 */
static bool is_of_tls(rd_kafka_resp_err_t code, const char *says)
{
    if (strstr(says, "unexpected eof") || strstr(says, "SSL transport error"))
        return false;
    return code == RD_KAFKA_RESP_ERR__SSL || strstr(says, "SSL alert number");
}

/* Of a connection. The address stands before it, and is ours already; how long it took, and advice
 * that a cure repeats, behind it. */
static void keep_why(struct weir_kafka_client *self, rd_kafka_resp_err_t code, const char *says)
{
    bool tls = is_of_tls(code, says);
    if (self->tls_fails && !tls) /* follows from that */
        return;
    self->tls_fails = tls;
    const char *behind = strstr(says, ": ");
    bool address = behind && memchr(says, '/', (size_t)(behind - says));
    snprintf(self->why, sizeof self->why, "%s", address ? behind + 2 : says);
    char *advice = strstr(self->why, ", verify that "), *after = strstr(self->why, " (after ");
    if (advice || after)
        *(advice ? advice : after) = '\0';
}

/* Of any broker, if only which ones there are. */
static bool has_heard(const struct weir_kafka_client *self)
{
    return self->heard || rd_kafka_controllerid(self->rk, 0) >= 0;
}

static bool is_of_connection(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__SSL ||
           code == RD_KAFKA_RESP_ERR__RESOLVE;
}

/* Of what librdkafka would try again for ever. */
static bool is_refusal(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR__FATAL:
        return true;
    default:
        return false;
    }
}

void weir_kafka_note_error(struct weir_kafka_client *self, rd_kafka_resp_err_t code,
                           const char *says)
{
    char why[200];
    bool down = code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, connection = is_of_connection(code);
    if (connection)
        keep_why(self, code, says);
    if (self->tls_fails && (down || self->lost) && !has_heard(self)) /* in either order */
        note_tls(self);
    else if (down)
        note_lost(self);
    else if (is_refusal(code))
        weir_kafka_note(self, WEIR_E_CLOSED, true, "the brokers refuse it: %s", says);
    else if (!connection && rd_kafka_fatal_error(self->rk, why, sizeof why))
        weir_kafka_note(self, WEIR_E_CLOSED, true, "librdkafka gives up: %s", why);
}

/* ---- made ---- */

/* The library prints nothing. */
static void print_nothing(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk, (void)level, (void)facility, (void)text;
}

static bool refuse(struct weir_kafka_client *self, const char *name, const char *why)
{
    weir_kafka_note(self, WEIR_E_ARGUMENT, true, "option '%s': %s", name, why);
    rd_kafka_conf_destroy(self->conf);
    self->conf = NULL;
    return false;
}

static bool set(struct weir_kafka_client *self, const char *name, const char *value)
{
    char why[160];
    if (rd_kafka_conf_set(self->conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK)
        return true;
    return refuse(self, name, why);
}

static bool is_ours(const struct weir_kafka_setting *ours, const char *name)
{
    for (; ours->name; ours++)
        if (!strcmp(ours->name, name))
            return true;
    return false;
}

static bool is_same(const rd_kafka_conf_t *a, const rd_kafka_conf_t *b, const char *name)
{
    char in_a[256] = "", in_b[256] = "";
    size_t a_bytes = sizeof in_a, b_bytes = sizeof in_b;
    (void)rd_kafka_conf_get(a, name, in_a, &a_bytes);
    (void)rd_kafka_conf_get(b, name, in_b, &b_bytes);
    return a_bytes == b_bytes && !strcmp(in_a, in_b);
}

/* Some have other names too: what counts is that ours are as they were. */
static bool ours_stand(struct weir_kafka_client *self, const rd_kafka_conf_t *before,
                       const struct weir_kafka_setting *ours, const char *name)
{
    char why[160];
    for (; ours->name; ours++) {
        if (is_same(self->conf, before, ours->name))
            continue;
        weir_format(why, sizeof why, "it changes '%s', which is not to be changed here",
                    ours->name);
        return refuse(self, name, why);
    }
    return true;
}

/* NAME=VALUE */
static bool set_theirs(struct weir_kafka_client *self, const rd_kafka_conf_t *before,
                       const struct weir_kafka_setting *ours, const char *option)
{
    char name[80];
    size_t n = strcspn(option, "=");
    if (!option[n] || n >= sizeof name)
        return refuse(self, option, "it is not of the form NAME=VALUE");
    memcpy(name, option, n);
    name[n] = '\0';
    if (is_ours(ours, name))
        return refuse(self, name, "it is not to be changed here");
    return set(self, name, option + n + 1) && ours_stand(self, before, ours, name);
}

static bool set_all_theirs(struct weir_kafka_client *self, const struct weir_kafka_setting *ours,
                           const char *const *theirs)
{
    bool fits = true;
    rd_kafka_conf_t *before = rd_kafka_conf_dup(self->conf);
    for (; theirs && *theirs && fits; theirs++)
        fits = set_theirs(self, before, ours, *theirs);
    rd_kafka_conf_destroy(before);
    return fits;
}

static bool set_all(struct weir_kafka_client *self, const struct weir_kafka_setting *settings)
{
    for (; settings && settings->name; settings++)
        if (!set(self, settings->name, settings->value))
            return false;
    return true;
}

bool weir_kafka_configure(struct weir_kafka_client *self, const struct weir_kafka_setting *usual,
                          const struct weir_kafka_setting *ours, const char *const *theirs)
{
    self->conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(self->conf, print_nothing);
    rd_kafka_conf_set_events(self->conf, RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_DR |
                                             RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR |
                                             RD_KAFKA_EVENT_OFFSET_COMMIT);
    return set_all(self, usual) && set_all(self, ours) && set_all_theirs(self, ours, theirs);
}

bool weir_kafka_begin(struct weir_kafka_client *self, rd_kafka_type_t type)
{
    char why[200];
    self->rk = rd_kafka_new(type, self->conf, why, sizeof why);
    if (!self->rk) {
        weir_kafka_note(self, WEIR_E_ARGUMENT, true, "librdkafka cannot begin: %s", why);
        return false;
    }
    self->conf = NULL; /* the handle's */
    return true;
}

/* ---- woken ---- */

static void wake(rd_kafka_t *rk, void *waiter)
{
    (void)rk;
    weir_waker_cell_wake(waiter);
}

void weir_kafka_listen(struct weir_kafka_client *self, rd_kafka_queue_t *queue)
{
    rd_kafka_queue_cb_event_enable(queue, wake, &self->waiter);
}
