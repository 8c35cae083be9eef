/* HTTP as a source and as a sink: what stands at a URL, a body that is sent to one, and a request
 * for each batch. */
#include "pipeline/allow.h"
#include "pipeline/stage_http.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/items.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

enum { SEND_METHOD = HTTP_ARGS, SEND_TYPE };
enum { POST_BYTES = 512 << 10 }; /* the head of an answer, and blocks */

weir_http_client_options weir_pl_http_options(const struct node *node)
{
    const struct arg *args = node->args;
    weir_http_client_options options = {.size = sizeof options,
                                        .redirects_max = (uint32_t)args[HTTP_FOLLOW].number};
    weir_tls_options tls = {.size = sizeof tls,
                            .ca_file = args[HTTP_CA].text,
                            .insecure_no_verify = args[HTTP_VERIFY].given};

    if (args[HTTP_CA].given || args[HTTP_VERIFY].given)
        options.tls = weir_tls_client(&tls);
    return options;
}

/* Until there is an answer; its body may take its time. */
static weir_http_client_options address_options(const struct node *node)
{
    weir_http_client_options options = weir_pl_http_options(node);

    options.connect_ns = options.head_ns = node->args[HTTP_TIMEOUT].number;
    return options;
}

weir_poll weir_pl_http_fail_status(weir_cx *cx, const weir_reply *reply)
{
    unsigned status = weir_reply_status(reply);
    const char *reason = weir_reply_reason(reply);

    weir_fail(cx, WEIR_E_USER, "the peer answered %u%s%s", status, *reason ? " " : "", reason);
    cx->error.number = status;
    weir_format(cx->error.place, sizeof cx->error.place, "%s", weir_reply_url(reply));
    cx->error.byte = WEIR_NOWHERE;
    return (weir_poll){0, WEIR_ERROR};
}

static void build_get(struct flow *flow, struct node *node)
{
    weir_http_client_options options = address_options(node);

    flow->reader = weir_http_reader(node->address, &options);
    weir_tls_context_unref(options.tls);
}

/* ---- sending ---- */

struct post {
    weir_stream stream;
    struct node *node;
    weir_http_client_options options;
    weir_vec batch;
    char *bytes; /* its lines */
    size_t size;
    weir_reader *body; /* that is lent to the request: its stages are looked at to the end */
    weir_stream *asking;
    weir_reader *said; /* the body of the answer, which nobody wants */
    unsigned status;   /* of the answer */
    bool ended;
};

static struct post *post_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct post, stream);
}

static void let_go(struct post *self)
{
    weir_drop(self->asking);
    weir_drop(self->said);
    weir_drop(self->body);
    self->asking = NULL;
    self->said = self->body = NULL;
    if (self->bytes)
        weir_release(self->bytes, self->size);
    self->bytes = NULL;
}

static weir_stream *send(const struct post *self, weir_reader *body, uint64_t n, const char *method,
                         const char *type)
{
    const struct arg *args = self->node->args;
    const weir_header header = {"content-type",
                                args[SEND_TYPE].given ? args[SEND_TYPE].text : type};
    weir_http_request_spec request = {.size = sizeof request,
                                      .method =
                                          args[SEND_METHOD].given ? args[SEND_METHOD].text : method,
                                      .url = self->node->address,
                                      .headers = &header,
                                      .headers_n = 1,
                                      .length = n};
    return weir_http_send(&request, body, &self->options);
}

/* A good answer to what was not sent whole: the rest went nowhere. */
static weir_poll fail_early(const struct post *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_TRUNCATED, "the peer answered %u before it was sent everything",
              self->status);
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->node->address);
    cx->error.byte = WEIR_NOWHERE;
    return (weir_poll){0, WEIR_ERROR};
}

/* END: the answer is there, it is good, and it is over. */
static weir_poll take_answer(struct post *self, weir_cx *cx)
{
    weir_reply *reply;
    size_t n;

    while (self->asking) {
        weir_poll got = weir_poll_next(self->asking, cx, &reply, 1);
        if (!got.n)
            return got;
        self->status = weir_reply_status(reply);
        if (self->status >= 300)
            got = weir_pl_http_fail_status(cx, reply);
        else
            self->said = weir_reply_body(reply);
        weir_reply_drop(reply);
        weir_drop(self->asking);
        self->asking = NULL;
        if (got.state == WEIR_ERROR)
            return got;
    }
    for (;;) {
        weir_poll got = weir_poll_fill(self->said, cx, 1);
        if (got.state == WEIR_END && !self->body->stage.done)
            return fail_early(self, cx);
        if (got.state != WEIR_READY)
            return got;
        weir_peek(self->said, &n);
        weir_consume(self->said, n);
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

/* Its lines, a newline behind each. */
static bool join_batch(struct post *self)
{
    const weir_owned_line *lines = self->batch.items;
    size_t size = 0;

    for (size_t i = 0; i < self->batch.n; i++)
        size += lines[i].size + 1;
    char *at = self->bytes = weir_allocate(size + 1);
    self->size = size + 1;
    for (size_t i = 0; at && i < self->batch.n; i++) {
        memcpy(at, lines[i].data, lines[i].size);
        at += lines[i].size;
        *at++ = '\n';
    }
    weir_vec_drop(&self->batch);
    self->batch = (weir_vec){0};
    return self->bytes;
}

/* READY: a batch is on its way. */
static weir_poll next_batch(struct post *self, weir_cx *cx)
{
    if (self->ended)
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, &self->batch, 1);
    self->ended = got.state == WEIR_END;
    if (!got.n)
        return got;
    if (!join_batch(self))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a batch");
    size_t n = self->size - 1;
    self->body = weir_memory_reader(self->bytes, n);
    self->asking = send(self, weir_reader_by_ref(self->body), n, "POST", "application/x-ndjson");
    return (weir_poll){0, WEIR_READY};
}

static weir_poll posts_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct post *self = post_of(stream);
    weir_poll got = {0, WEIR_READY};

    (void)demand;
    while (got.state == WEIR_READY) {
        if (!self->asking && !self->said)
            got = next_batch(self, cx);
        if (got.state == WEIR_READY)
            got = take_answer(self, cx);
        else if (got.state == WEIR_END)
            break;
        if (got.state == WEIR_END) {
            self->node->written += self->size - 1;
            let_go(self);
            got.state = WEIR_READY;
        }
    }
    if (got.state == WEIR_MARK) { /* all before it was answered well */
        weir_mark_settle(weir_mark_take(cx), true);
        return (weir_poll){0, WEIR_READY};
    }
    if (got.state != WEIR_END)
        return got;
    *(uint64_t *)out = self->node->written;
    return (weir_poll){1, WEIR_END};
}

static weir_poll put_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = take_answer(post_of(stream), cx);

    (void)demand;
    if (got.state != WEIR_END)
        return got;
    *(uint64_t *)out = post_of(stream)->node->written;
    return (weir_poll){1, WEIR_END};
}

static void post_fini(weir_stream *stream)
{
    struct post *self = post_of(stream);

    let_go(self);
    weir_vec_drop(&self->batch);
    weir_http_client_unref(self->options.client);
    weir_tls_context_unref(self->options.tls);
}

static weir_stage *post_input(const weir_stream *stream, size_t i)
{
    const struct post *self = post_of(stream);
    return i == 0 && self->asking ? &self->asking->stage : NULL;
}

/* The lines of a batch once more, and an answer. */
static size_t posts_memory_max(const weir_stream *stream)
{
    (void)stream;
    return weir_pl_batch_bytes_max(post_of(stream)->node->before) + POST_BYTES;
}

static size_t put_memory_max(const weir_stream *stream)
{
    (void)stream;
    return POST_BYTES;
}

static const weir_stream_ops posts_ops = {.size = sizeof posts_ops,
                                          .name = "http",
                                          .poll_next = posts_poll_next,
                                          .marks = WEIR_MARKS_SETTLE,
                                          .fini = post_fini,
                                          .memory_max = posts_memory_max};
static const weir_stream_ops put_ops = {.size = sizeof put_ops,
                                        .name = "http",
                                        .poll_next = put_poll_next,
                                        .fini = post_fini,
                                        .input = post_input,
                                        .memory_max = put_memory_max};

static void count(void *arg, const void *bytes, size_t n)
{
    struct node *node = arg;
    (void)bytes;
    node->written += n;
}

static weir_stream *build_send(struct flow *flow, struct node *node)
{
    bool batches = node->before->gives == FLOW_BATCHES;
    weir_stream *stream =
        batches ? weir_stream_new(flow->stream, sizeof(struct post), &posts_ops, &weir_type_u64)
                : weir_source_new(sizeof(struct post), &put_ops, &weir_type_u64);
    weir_reader *body = flow->reader;

    if (!batches && !body)
        body = weir_pl_items_to_bytes(flow->stream, node->before->gives);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(body);
        return stream;
    }
    struct post *self = post_of(stream);
    node->written = 0;
    self->node = node;
    self->options = address_options(node);
    stream->stage.one = true;
    if (batches) {
        self->options.client = weir_http_client_new(NULL);
        return stream;
    }
    self->body = body;
    body = weir_inspect_reader(weir_reader_by_ref(body), count, node);
    self->asking = send(self, body, WEIR_LENGTH_UNKNOWN, "PUT", "application/octet-stream");
    return weir_stream_with(stream, &self->asking->stage);
}

/* ---- what the catalogue says of it ---- */

static const char *get_note(const struct node *node)
{
    (void)node;
    return "asked for at the first byte; a status of 300 and more is an error";
}

static const char *send_note(const struct node *node)
{
    return node->before->gives == FLOW_BATCHES ? "a POST a batch, a line each"
                                               : "one request with all bytes";
}

#define GET_HELP                                                                                   \
    "The two slashes of a URL may stand too. As a source: GET; any answer but a good one is\n"     \
    "an error. As a sink: of batches a POST each, a line each (NDJSON), one after the\n"           \
    "other; of bytes and lines one PUT. To answer requests: weir serve http:PORT ! ... ! -\n"      \
    "(http:PORT,type=text/plain says of what type the answers are)\n"                              \
    "timeout=TIME  until there is a connection, and then until there is an answer\n" HTTP_HELP     \
    "\n"                                                                                           \
    "method=METHOD of a sink: another one than POST or PUT\n"                                      \
    "type=TYPE     of a sink: its Content-Type"
#define HTTP_ADDRESS(name_, scheme_, usage_, does_, example_)                                      \
    const struct entry weir_pl_entry_##name_##_source = {.scheme = scheme_,                        \
                                                         .reach = WEIR_ALLOW_NET,                  \
                                                         .usage = usage_,                          \
                                                         .does = does_,                            \
                                                         .help = GET_HELP,                         \
                                                         .example = example_,                      \
                                                         .gives = FLOW_BYTES,                      \
                                                         .args = {HTTP_ARG_SPECS},                 \
                                                         .copies = true,                           \
                                                         .build = build_get,                       \
                                                         .note = get_note};                        \
    const struct entry weir_pl_entry_##name_##_sink = {                                            \
        .scheme = scheme_,                                                                         \
        .reach = WEIR_ALLOW_NET,                                                                   \
        .usage = usage_,                                                                           \
        .does = does_,                                                                             \
        .help = GET_HELP,                                                                          \
        .example = example_,                                                                       \
        .takes = FLOW_BYTES | FLOW_ITEMS,                                                          \
        .args = {HTTP_ARG_SPECS,                                                                   \
                 [SEND_METHOD] = {.name = "method", .kind = ARG_KEY, .type = ARG_TEXT},            \
                 [SEND_TYPE] = {.name = "type", .kind = ARG_KEY, .type = ARG_TEXT}},               \
        .consume = build_send,                                                                     \
        .note = send_note}

HTTP_ADDRESS(http, "http:", "http:HOST[:PORT][/PATH]", "what stands at a URL, or a body sent to it",
             "weir events.ndjson ! from ndjson ! batch 500 every=1s ! http:ingest.local/bulk");
HTTP_ADDRESS(https, "https:", "https:HOST[:PORT][/PATH]", "the same, encrypted",
             "weir https://example.org/data.csv.gz ! gunzip ! from csv ! stats ! print");

/* ---- what serve listens to ---- */

enum { LISTEN_MAX, LISTEN_PEER_MAX, LISTEN_TYPE };

const char *weir_pl_http_listen_type(const struct node *node)
{
    return node->args[LISTEN_TYPE].text;
}

static bool check_listen(struct node *node, const struct words *words)
{
    const struct arg *type = &node->args[LISTEN_TYPE];

    for (const char *c = type->given ? type->text : "x"; *c >= ' ' && *c <= '~'; c++)
        if (!c[1])
            return true;
    weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0},
                     "type=text/plain", "'%s' is no media type", type->text);
    return false;
}

const struct entry weir_pl_entry_http_listen = {
    .scheme = "http:",
    .reach = WEIR_ALLOW_NET,
    .usage = "http:[ADDRESS:]PORT[,max=N][,peer-max=N][,type=TYPE]",
    .gives = FLOW_BYTES,
    .args = {[LISTEN_MAX] =
                 {.name = "max", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1, .max = 1000000},
             [LISTEN_PEER_MAX] = {.name = "peer-max",
                                  .kind = ARG_KEY,
                                  .type = ARG_NUMBER,
                                  .min = 1,
                                  .max = 1000000},
             [LISTEN_TYPE] = {.name = "type", .kind = ARG_KEY, .type = ARG_TEXT}},
    .check = check_listen,
    .copies = true,
};
