/* What is asked for: kept, checked, and as text. */

#include <string.h>
#include <strings.h>

#include "http/client.h"
#include "weir/alloc.h"

/* ---- kept ---- */

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static size_t fields_size(const weir_header *fields, size_t n)
{
    size_t size = n * sizeof *fields;
    for (size_t i = 0; i < n; i++)
        size += text_size(fields[i].name) + text_size(fields[i].value);
    return size;
}

static const char *client_ask_copy(char **to, const char *text)
{
    size_t n = text_size(text);
    if (!n)
        return NULL;
    char *at = memcpy(*to, text, n);
    *to += n;
    return at;
}

static void copy_fields(char **to, weir_header *out, const weir_header *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i].name = client_ask_copy(to, fields[i].name);
        out[i].value = client_ask_copy(to, fields[i].value);
    }
}

bool weir_http_ask_copy(struct weir_http_ask *out, const weir_http_request_spec *request,
                        const weir_http_client_options *options, bool has_body)
{
    const char *method = request->method ? request->method : "GET";
    size_t size = fields_size(options->headers, options->headers_n) +
                  fields_size(request->headers, request->headers_n) + text_size(method) +
                  text_size(request->upgrade);
    *out = (struct weir_http_ask){.block = weir_allocate(size), .block_size = size};
    if (!out->block)
        return false;
    weir_header *fields = (weir_header *)(void *)out->block;
    out->headers = fields;
    out->headers_n = options->headers_n + request->headers_n;
    char *texts = out->block + out->headers_n * sizeof *fields;
    copy_fields(&texts, fields, options->headers, options->headers_n);
    copy_fields(&texts, fields + options->headers_n, request->headers, request->headers_n);
    out->method = client_ask_copy(&texts, method);
    out->upgrade = client_ask_copy(&texts, request->upgrade);
    out->length = has_body ? request->length : 0;
    out->has_body = has_body;
    out->expects = has_body && request->expects;
    return true;
}

void weir_http_ask_drop(struct weir_http_ask *ask)
{
    weir_release(ask->block, ask->block_size);
    *ask = (struct weir_http_ask){0};
}

/* ---- checked ---- */

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (!strcasecmp(name, *names))
            return true;
    return false;
}

/* Those that frame, or are said by the request's own members. */
static bool client_ask_is_ours(const char *name)
{
    static const char *const names[] = {
        "connection",        "content-length",   "expect", "host",
        "keep-alive",        "proxy-connection", "te",     "trailer",
        "transfer-encoding", "upgrade",          NULL};
    return is_one_of(name, names);
}

static bool client_ask_refuse(weir_cx *cx, const char *format, const char *name, const char *cure)
{
    weir_fail(cx, WEIR_E_ARGUMENT, format, name);
    cx->error.cure = cure;
    return false;
}

static bool check_field(const weir_header *field, weir_cx *cx)
{
    if (!field->name || !field->value || !weir_http_is_token(field->name, strlen(field->name)))
        return client_ask_refuse(cx, "'%s' is no name of a field", field->name ? field->name : "",
                                 "letters, digits and '-'");
    if (client_ask_is_ours(field->name))
        return client_ask_refuse(cx, "the field '%s' is not the caller's to say", field->name,
                                 "leave it out: the URL, the length, .upgrade and .expects say it");
    if (!weir_http_is_value(field->value, strlen(field->value)))
        return client_ask_refuse(cx, "the value of '%s' has a byte that no field may have",
                                 field->name, "a value of one line, without control characters");
    return true;
}

/* name ["/" version] */
static bool is_protocol(const char *text)
{
    size_t n = strcspn(text, "/");
    bool versioned = text[n];
    return weir_http_is_token(text, n) &&
           (!versioned || weir_http_is_token(text + n + 1, strlen(text + n + 1)));
}

bool weir_http_ask_check(const struct weir_http_ask *ask, weir_cx *cx)
{
    if (!weir_http_is_token(ask->method, strlen(ask->method)) || !strcmp(ask->method, "CONNECT"))
        return client_ask_refuse(cx, "'%s' is no method that can be sent", ask->method,
                                 "GET, POST, PUT");
    if (ask->upgrade && !is_protocol(ask->upgrade))
        return client_ask_refuse(cx, "'%s' is no protocol's name", ask->upgrade, "websocket");
    for (size_t i = 0; i < ask->headers_n; i++)
        if (!check_field(&ask->headers[i], cx))
            return false;
    return true;
}

/* ---- as text ---- */

/* out NULL: it is counted. */
struct client_ask_text {
    char *out;
    size_t n;
};

static void client_ask_put(struct client_ask_text *text, const char *part)
{
    size_t n = strlen(part);
    if (text->out)
        memcpy(text->out + text->n, part, n);
    text->n += n;
}

static void client_ask_put_field(void *arg, const char *name, const char *value)
{
    struct client_ask_text *text = arg;
    client_ask_put(text, name);
    client_ask_put(text, ": ");
    client_ask_put(text, value);
    client_ask_put(text, "\r\n");
}

static bool says(const struct weir_http_ask *ask, const char *name)
{
    for (size_t i = 0; i < ask->headers_n; i++)
        if (!strcasecmp(ask->headers[i].name, name))
            return true;
    return false;
}

static bool is_secret(const char *name)
{
    static const char *const names[] = {"authorization", "cookie", "cookie2", "proxy-authorization",
                                        NULL};
    return is_one_of(name, names);
}

/* What has no body, though its method has one mostly, says so. */
static bool client_ask_has_length(const struct weir_http_ask *ask)
{
    static const char *const with_body[] = {"PATCH", "POST", "PUT", NULL};
    return ask->length != WEIR_LENGTH_UNKNOWN &&
           (ask->has_body || is_one_of(ask->method, with_body));
}

void weir_http_ask_each(const struct weir_http_ask *ask, bool bare,
                        void (*take)(void *arg, const char *name, const char *value), void *arg)
{
    char digits[24];
    if (!says(ask, "user-agent"))
        take(arg, "user-agent", WEIR_HTTP_AGENT);
    if (!says(ask, "accept"))
        take(arg, "accept", "*/*");
    for (size_t i = 0; i < ask->headers_n; i++)
        if (!bare || !is_secret(ask->headers[i].name))
            take(arg, ask->headers[i].name, ask->headers[i].value);
    if (!client_ask_has_length(ask))
        return;
    weir_format(digits, sizeof digits, "%llu", (unsigned long long)ask->length);
    take(arg, "content-length", digits);
}

static void client_ask_put_head(struct client_ask_text *text, const struct weir_http_ask *ask,
                                const struct weir_url *url, bool bare, bool keep)
{
    client_ask_put(text, ask->method);
    client_ask_put(text, " ");
    client_ask_put(text, url->target);
    client_ask_put(text, " HTTP/1.1\r\n");
    client_ask_put_field(text, "host", url->authority);
    weir_http_ask_each(ask, bare, client_ask_put_field, text);
    if (ask->length == WEIR_LENGTH_UNKNOWN)
        client_ask_put_field(text, "transfer-encoding", "chunked");
    if (ask->upgrade) {
        client_ask_put_field(text, "connection", "upgrade");
        client_ask_put_field(text, "upgrade", ask->upgrade);
    } else if (!keep) {
        client_ask_put_field(text, "connection", "close");
    }
    if (ask->expects)
        client_ask_put_field(text, "expect", "100-continue");
    client_ask_put(text, "\r\n");
}

char *weir_http_ask_text(const struct weir_http_ask *ask, const struct weir_url *url, bool bare,
                         bool keep, size_t *n)
{
    struct client_ask_text count = {0};
    client_ask_put_head(&count, ask, url, bare, keep);
    struct client_ask_text text = {.out = weir_allocate(count.n)};
    if (!text.out)
        return NULL;
    client_ask_put_head(&text, ask, url, bare, keep);
    *n = text.n;
    return text.out;
}
