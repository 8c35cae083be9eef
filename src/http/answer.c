/* What may be answered, and the future that answers at once. */

#include <string.h>
#include <strings.h>

#include "core/stage.h"
#include "http/exchange.h"

/* ---- what may be said ---- */

/* Made by the library, which knows how the body is framed. The protocols that a 426 asks for are
 * the handler's to say; Connection, which belongs to them, is not. */
static bool answer_is_ours(const char *name, unsigned status)
{
    static const char *const ours[] = {"connection", "content-length",   "date",
                                       "keep-alive", "proxy-connection", "transfer-encoding",
                                       "upgrade"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if ((name[0] | 32) == ours[i][0] && !strcasecmp(name, ours[i]))
            return status != 426 || strcasecmp(name, "upgrade") != 0;
    return false;
}

static bool field_is_right(const weir_header *field, unsigned status, const char **fact)
{
    *fact = "'%s' is no name of a field";
    if (!weir_http_is_token(field->name, strlen(field->name)))
        return false;
    *fact = "the field '%s' is the library's to say";
    if (answer_is_ours(field->name, status))
        return false;
    *fact = "the value of '%s' has a byte that no field may have";
    return weir_http_is_value(field->value, strlen(field->value));
}

bool weir_http_answer_is_right(const struct weir_http_answer *answer, const char **fact,
                               const char **what)
{
    *what = "";
    *fact = "an answer's status is from 200 to 599%s";
    if (answer->status < 200 || answer->status > 599)
        return false;
    for (size_t i = 0; i < answer->n; i++) {
        *what = answer->headers[i].name;
        if (!field_is_right(&answer->headers[i], answer->status, fact))
            return false;
    }
    *fact = "prepared fields are lines that end with CR LF%s";
    *what = "";
    return !answer->fields_n ||
           (answer->fields_n > 2 && !memcmp(answer->fields + answer->fields_n - 2, "\r\n", 2));
}

/* On HTTP/1.x what stands behind a 2xx to CONNECT is the tunnel's, and neither length nor chunks:
 * an answer's frame would be taken for its bytes. On HTTP/2 the stream is the tunnel. */
static bool answer_fits(const weir_exchange *x, const struct weir_http_answer *answer,
                        const char **cure, const char **fact, const char **what)
{
    if (!weir_http_answer_is_right(answer, fact, what))
        return false;
    if (x->request.version >= 20 || answer->status > 299 || strcmp(x->request.method, "CONNECT"))
        return true;
    *fact = "a 2xx to CONNECT opens a tunnel, which is no body%s";
    *cure = "weir_exchange_upgrade(x, NULL)";
    return false;
}

/* ---- through a writer ---- */

weir_writer *weir_respond(weir_exchange *x, unsigned status, const weir_header *headers, size_t n,
                          uint64_t length)
{
    const struct weir_http_answer answer = {
        .status = status, .headers = headers, .n = n, .length = length};
    const char *fact, *what, *cure = NULL;
    if (answer_fits(x, &answer, &cure, &fact, &what))
        return x->ops->respond(x, &answer);
    weir_exchange_drop(x);
    return weir_writer_refused(WEIR_E_ARGUMENT, cure, fact, what, NULL, 0);
}

weir_stream *weir_respond_reader(weir_exchange *x, unsigned status, const weir_header *headers,
                                 size_t n, uint64_t length, weir_reader *body)
{
    return weir_copy(body, weir_respond(x, status, headers, n, length));
}

weir_duplex weir_exchange_upgrade(weir_exchange *x, const char *protocol)
{
    return x->ops->upgrade(x, protocol);
}

/* ---- at once ---- */

struct respond {
    weir_stream stream;
    weir_exchange *x; /* NULL: it is answered, or given up */
    struct weir_http_answer answer;
    const void *body;
    size_t n;
};

static struct respond *respond_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct respond, stream);
}

static void answer_leave(struct respond *self)
{
    weir_exchange *x = self->x;
    self->x = NULL;
    weir_exchange_drop(x);
}

static weir_poll answer_respond_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                          size_t demand)
{
    struct respond *self = respond_of(stream);
    (void)demand;
    weir_poll got = self->x->ops->poll_answer(self->x, cx, &self->answer, self->body, self->n);
    if (got.state == WEIR_PENDING)
        return got;
    answer_leave(self);
    cx->error.fatal |= got.state == WEIR_ERROR;
    if (got.state == WEIR_ERROR)
        return got;
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void respond_fini(weir_stream *stream)
{
    answer_leave(respond_of(stream));
}

static const weir_stream_ops answer_respond_ops = {.size = sizeof answer_respond_ops,
                                                   .name = "respond",
                                                   .poll_next = answer_respond_poll_next,
                                                   .fini = respond_fini,
                                                   .size_hint = weir_size_hint_one};

weir_stream *weir_respond_bytes(weir_exchange *x, const weir_response *prepared, const void *body,
                                size_t n)
{
    weir_stream *stream =
        weir_source_new(sizeof(struct respond), &answer_respond_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage)) {
        weir_exchange_drop(x);
        return stream;
    }
    struct respond *self = respond_of(stream);
    stream->stage.one = true;
    self->x = x;
    self->body = body;
    self->n = n;
    self->answer = (struct weir_http_answer){.status = prepared->status,
                                             .fields = prepared->fields,
                                             .fields_n = prepared->fields_n,
                                             .length = n};
    const char *fact, *what, *cure = NULL;
    if (answer_fits(x, &self->answer, &cure, &fact, &what))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, cure, fact, what, NULL, 0);
}
