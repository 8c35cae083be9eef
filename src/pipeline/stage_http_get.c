/* http-get: what stands at the URL that each line is, whole. */
#include <stdio.h>
#include <string.h>

#include "pipeline/allow.h"
#include "pipeline/draw.h"
#include "pipeline/judge.h"
#include "pipeline/room.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/stage_http.h"
#include "pipeline/stages.h"

enum { GET_RETRIES = HTTP_ARGS, GET_MAX, GET_ON_ERROR, GET_HEADER };
enum { BODY_BYTES = 64 << 20, HEAD_BYTES = 512 << 10, SAID_BYTES = WEIR_MESSAGE_BYTES };
#define PAUSE_NS UINT64_C(200000000)
#define PAUSE_MAX_NS UINT64_C(10000000000)

/* What its requests share. */
struct getting {
    const struct node *node;
    weir_http_client_options options;
    size_t body_max;
    uint64_t drawing;
};

/* ---- what is said with each request ---- */

static const char header_key[] = "header=";

struct headers {
    size_t n;
    char *text; /* of all of them: names and values */
    weir_header at[];
};

/* "Name: value"; the text behind the value is all that is left. False: it is none. */
static bool take_header(struct headers *headers, const char *said)
{
    size_t name = strcspn(said, ": \t"), value = name + 1;

    if (!name || said[name] != ':')
        return false;
    value += strspn(said + value, " \t");
    for (const unsigned char *c = (const unsigned char *)said; *c; c++)
        if ((*c < ' ' && *c != '\t') || *c == 127)
            return false;
    size_t n = strlen(said + value);
    while (n && strchr(" \t", said[value + n - 1]))
        n--;
    char *at = headers->text;
    memcpy(at, said, name); /* NULs are there already */
    memcpy(at + name + 1, said + value, n);
    headers->at[headers->n++] = (weir_header){.name = at, .value = at + name + 1};
    headers->text = at + name + 1 + n + 1;
    return true;
}

static bool refuse_header(const struct words *words, size_t word)
{
    weir_pl_note_set(words, (struct span){word, word + 1}, (struct span){0, 0},
                     "header='Accept: text/csv'", "'%s' is no name, a colon and a value",
                     words->at[word].text + strlen(header_key));
    return false;
}

static bool check_headers(struct node *node, const struct words *words)
{
    size_t size = sizeof(struct headers), n = node->end - node->first;

    if (!node->args[GET_HEADER].given)
        return true;
    size += n * sizeof(weir_header);
    size_t texts = size;
    for (size_t word = node->first; word < node->end; word++)
        size += strlen(words->at[word].text) + 2;
    struct headers *headers = node->own = weir_pl_room_zeroed(1, size);
    if (!headers)
        return weir_pl_note_no_memory(words);
    headers->text = (char *)headers + texts;
    for (size_t word = node->first + 1; word < node->end; word++) {
        const char *text = words->at[word].text;
        if (!strncmp(text, header_key, strlen(header_key)) &&
            !take_header(headers, text + strlen(header_key)))
            return refuse_header(words, word);
    }
    return true;
}

/* ---- one URL ---- */

struct get {
    struct getting *all;
    weir_owned_line url;
    weir_stream *asking;
    weir_reader *body;
    weir_vec bytes;
    weir_timer timer;
    bool waits; /* for the next try */
    uint64_t tried, pause_ns, started_ns;
    unsigned status;
    char why[SAID_BYTES]; /* it failed */
};

static void get_start(struct get *self, weir_line line, void *arg)
{
    self->all = arg;
    self->url = weir_owned_line_new(line.data, line.size);
}

static void let_go(struct get *self)
{
    weir_drop(self->asking);
    weir_drop(self->body);
    weir_vec_drop(&self->bytes);
    self->asking = NULL;
    self->body = NULL;
    self->bytes = (weir_vec){0};
}

static bool may_pass(unsigned status)
{
    return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 ||
           status == 503 || status == 504;
}

static bool is_worth_another(const weir_error *error)
{
    switch (error->code) {
    case WEIR_E_SYSTEM:
    case WEIR_E_CLOSED:
    case WEIR_E_TRUNCATED:
    case WEIR_E_TIMEOUT:
        return true;
    default:
        return error->code == WEIR_E_USER && may_pass((unsigned)error->number);
    }
}

/* READY: it is tried again. END: it has failed. */
static weir_poll after_error(struct get *self, weir_cx *cx)
{
    const weir_error *error = &cx->error;

    if (error->code == WEIR_E_STOPPED || error->code == WEIR_E_MEMORY)
        return (weir_poll){0, WEIR_ERROR};
    snprintf(self->why, sizeof self->why, "%s", error->message);
    let_go(self);
    if (self->tried > self->all->node->args[GET_RETRIES].number || !is_worth_another(error) ||
        cx->stopping)
        return (weir_poll){0, WEIR_END};
    uint64_t ns = self->pause_ns ? 2 * self->pause_ns : PAUSE_NS;
    self->pause_ns = ns < PAUSE_MAX_NS ? ns : PAUSE_MAX_NS;
    ns = self->pause_ns + weir_pl_draw(&self->all->drawing) % (self->pause_ns / 4);
    weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), ns));
    self->waits = true;
    return (weir_poll){0, WEIR_READY};
}

/* READY: the body is there. */
static weir_poll ask(struct get *self, weir_cx *cx)
{
    weir_reply *reply;

    if (memchr(self->url.data, 0, self->url.size))
        return weir_fail(cx, WEIR_E_ARGUMENT, "it is no URL: it holds a NUL");
    if (!self->asking) {
        self->asking = weir_http_get(self->url.data, &self->all->options);
        self->tried++;
    }
    weir_poll got = weir_poll_next(self->asking, cx, &reply, 1);
    if (!got.n)
        return got;
    self->status = weir_reply_status(reply);
    if (self->status >= 300)
        got = weir_pl_http_fail_status(cx, reply);
    else
        self->body = weir_reply_body(reply);
    weir_reply_drop(reply);
    weir_drop(self->asking);
    self->asking = NULL;
    return got.state == WEIR_ERROR ? got : (weir_poll){0, WEIR_READY};
}

/* END: all of it stands in bytes. */
static weir_poll take(struct get *self, weir_cx *cx)
{
    weir_poll got = {0, WEIR_READY};

    if (!self->body)
        got = ask(self, cx);
    if (got.state != WEIR_READY)
        return got;
    got = weir_poll_read_to_end(self->body, cx, &self->bytes, self->all->body_max);
    return got.state == WEIR_READY ? (weir_poll){0, WEIR_END} : got;
}

/* As an owned line has it: its block is its size and a NUL. */
static bool own_body(weir_vec *bytes, weir_owned_line *out)
{
    char *data = weir_resize(bytes->items, bytes->room, bytes->n + 1);

    if (!data)
        return false;
    data[bytes->n] = 0;
    *out = (weir_owned_line){.data = data, .size = bytes->n};
    *bytes = (weir_vec){0};
    return true;
}

static weir_poll finish(struct get *self, weir_cx *cx, struct result *out)
{
    bool good = !self->why[0];

    *out = (struct result){.code = good ? 0 : 1, .status = self->status};
    out->ns = weir_clock_now_ns(cx) - self->started_ns;
    if (good ? !own_body(&self->bytes, &out->output)
             : !(out->output = weir_owned_line_new(self->why, strlen(self->why))).data)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for what was fetched");
    out->input = self->url;
    self->url = (weir_owned_line){0};
    return (weir_poll){1, WEIR_END};
}

/* END: it has come to something. */
static weir_poll try_again(struct get *self, weir_cx *cx)
{
    for (;;) {
        if (self->waits && weir_timer_poll(cx, &self->timer).state == WEIR_PENDING)
            return (weir_poll){0, WEIR_PENDING};
        if (self->waits)
            self->why[0] = 0;
        self->waits = false;
        weir_poll got = take(self, cx);
        if (got.state == WEIR_ERROR)
            got = after_error(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
}

/* It goes on when the runtime was told to stop: what has begun is finished. */
static weir_poll get_poll(struct get *self, weir_cx *cx, struct result *out)
{
    bool outer = cx->draining;

    if (!self->url.data)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a URL");
    if (!weir_clock_is_there(cx, "http-get"))
        return (weir_poll){0, WEIR_ERROR};
    if (!self->started_ns)
        self->started_ns = weir_clock_now_ns(cx);
    cx->draining = true;
    weir_poll got = try_again(self, cx);
    cx->draining = outer;
    return got.state == WEIR_END ? finish(self, cx, out) : got;
}

static void get_drop(void *state)
{
    struct get *self = state;

    let_go(self);
    weir_timer_stop(&self->timer);
    weir_owned_line_drop(&self->url);
}

WEIR_ASYNC_FN(get_fn, get_start, get_poll, struct get, weir_line, struct result,
              .from = &weir_type_line, .to = &weir_pl_result_type, .drop = get_drop,
              .detached = true)

/* ---- all of them ---- */

const struct arg *weir_pl_http_get_policy(const struct node *node)
{
    return &node->args[GET_ON_ERROR];
}

struct gets {
    weir_stream stream;
    struct getting *all;
    struct judge judge;
    size_t limit;
};

static struct gets *gets_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct gets, stream);
}

static void say(const struct judge *judge, const struct result *result, char *what, char *why)
{
    (void)judge;
    snprintf(what, JUDGE_SAID_BYTES, "%s", result->input.data);
    snprintf(why, JUDGE_SAID_BYTES, "%s", result->output.data);
}

static weir_poll gets_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return weir_pl_judge_poll_next(&gets_of(stream)->judge, weir_source(stream), cx, out);
}

static bool gets_rejected(const weir_stream *stream, weir_line *out)
{
    return weir_pl_judge_rejected(&gets_of(stream)->judge, out);
}

static void gets_fini(weir_stream *stream)
{
    struct gets *self = gets_of(stream);

    weir_pl_judge_fini(&self->judge);
    if (!self->all)
        return;
    weir_http_client_unref(self->all->options.client);
    weir_tls_context_unref(self->all->options.tls);
}

/* Those under way, one that waits to be taken, and one that was given. A body that grows stands in
 * two blocks. */
static size_t gets_memory_max(const weir_stream *stream)
{
    const struct gets *self = gets_of(stream);
    size_t one = 2 * self->all->body_max + HEAD_BYTES, bytes;

    return __builtin_mul_overflow(self->limit + 2, one, &bytes) ? SIZE_MAX : bytes;
}

static const weir_stream_ops gets_ops = {.size = sizeof gets_ops,
                                         .name = "http-get",
                                         .poll_next = gets_poll_next,
                                         .fini = gets_fini,
                                         .marks = WEIR_MARKS_PASS,
                                         .memory_max = gets_memory_max,
                                         .rejected = gets_rejected};

static struct getting *getting_new(weir_stream *source, const struct node *node, size_t limit)
{
    weir_arena *arena = source->stage.arena;
    struct getting *all = arena ? weir_arena_take(arena, sizeof *all, WEIR_ALIGN) : NULL;
    uint32_t most = (uint32_t)(limit < 10000 ? limit : 10000);
    const struct headers *headers = node->own;

    if (!all)
        return NULL;
    all->node = node;
    all->options = weir_pl_http_options(node);
    all->options.total_ns = node->args[HTTP_TIMEOUT].number;
    if (headers) {
        all->options.headers = headers->at;
        all->options.headers_n = headers->n;
    }
    all->options.client = weir_http_client_new(&(weir_http_pool_options){
        .size = sizeof(weir_http_pool_options), .host_max = most, .all_max = 2 * most});
    all->body_max = node->args[GET_MAX].given ? (size_t)node->args[GET_MAX].number : BODY_BYTES;
    all->drawing = (uint64_t)(uintptr_t)all;
    return all;
}

static void build_gets(struct flow *flow, struct node *node, size_t limit, bool keep_order)
{
    weir_stream *source = flow->stream;

    if (weir_stage_failed(&source->stage))
        return;
    struct getting *all = getting_new(source, node, limit);
    if (!all) {
        flow->stream = weir_stream_refuse(&source->stage, WEIR_E_MEMORY, NULL,
                                          "no memory for requests", NULL, NULL, 0);
        return;
    }
    weir_stream *jobs = keep_order ? weir_map_async_ordered(source, &get_fn, all, limit)
                                   : weir_map_async(source, &get_fn, all, limit);
    flow->stream = weir_stream_new(jobs, sizeof(struct gets), &gets_ops, &weir_pl_result_type);
    if (weir_stage_failed(&flow->stream->stage)) {
        weir_http_client_unref(all->options.client);
        weir_tls_context_unref(all->options.tls);
        return;
    }
    struct gets *self = gets_of(flow->stream);
    node->tried = node->rejected = 0;
    self->all = all;
    self->limit = limit;
    self->judge = (struct judge){
        .node = node,
        .policy = weir_pl_judge_policy_of(node, weir_pl_http_get_policy(node)),
        .sums_up = true,
        .why_first = true,
        .one = "request",
        .cure = "on-error=skip leaves out those that fail, 'dead FILE' keeps their URLs",
        .say = say};
}

static void build_get(struct flow *flow, struct node *node)
{
    build_gets(flow, node, 1, true);
}

static const char *get_note(const struct node *node)
{
    (void)node;
    return "a request a line, one after the other";
}

const struct entry weir_pl_entry_http_get = {
    .name = "http-get",
    .reach = WEIR_ALLOW_NET,
    .usage = "http-get [timeout=TIME] [retries=N]",
    .does = "fetch the URL that each line is",
    .help = "What comes out is the body, whole. 300 and more, and what else goes wrong, is a\n"
            "failure: the others go on, and the exit code is 1 at the end.\n"
            "timeout=TIME   of each try, to the end of the body\n"
            "retries=N      try so often again where that may help: no connection, a time that\n"
            "               is over, 408, 429, 5xx; behind pauses that double\n"
            "max=BYTES      the most that one body may be, 64M without it\n"
            "header='NAME: VALUE'  said with each request; any number of them\n"
            "on-error=skip  leave out what fails: exit code 3\n"
            "on-error=stop  end with the first that fails\n" HTTP_HELP,
    .example = "weir urls.txt ! lines ! par 16 http-get timeout=5s retries=3 ! dead bad.txt ! "
               "save out/",
    .takes = FLOW_LINES,
    .gives = FLOW_RESULTS,
    .args = {HTTP_ARG_SPECS,
             [GET_RETRIES] =
                 {.name = "retries", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 0, .max = 1000},
             [GET_MAX] =
                 {.name = "max", .kind = ARG_KEY, .type = ARG_BYTES, .min = 1, .max = WEIR_MIN_MAX},
             [GET_ON_ERROR] =
                 {.name = "on-error", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "skip|stop"},
             [GET_HEADER] = {.name = "header", .kind = ARG_KEY, .type = ARG_TEXT, .many = true}},
    .copies = true,
    .build = build_get,
    .build_par = build_gets,
    .check = check_headers,
    .note = get_note,
};
