/* What the fields of a head say together. Where two readings of a message are possible, so that
 * two who pass it on may take different ones, it is refused. */

#include "http/rules.h"

#include <string.h>

#include "http/class.h"

static enum weir_http_verdict rules_bad(struct weir_http_head *head, uint16_t answer, uint32_t at,
                                        const char *fact)
{
    head->answer = answer;
    head->byte = at;
    head->fact = fact;
    return WEIR_HTTP_BAD;
}

/* ---- lists ---- */

/* The next member, without the blanks around it; an empty list has one, which is empty. *at goes
 * from the beginning to behind the end. */
static bool rules_next_member(const unsigned char *list, uint32_t *at, uint32_t end,
                              struct weir_http_span *out)
{
    uint32_t begin = *at;
    if (begin > end)
        return false;
    const unsigned char *comma = begin < end ? memchr(list + begin, ',', end - begin) : NULL;
    uint32_t stop = comma ? (uint32_t)(comma - list) : end;
    *at = stop + 1;
    while (begin < stop && weir_http_is_blank(list[begin]))
        begin++;
    while (stop > begin && weir_http_is_blank(list[stop - 1]))
        stop--;
    *out = (struct weir_http_span){begin, stop - begin};
    return true;
}

bool weir_http_list_has(const unsigned char *value, size_t n, const char *member)
{
    struct weir_http_span one;
    for (uint32_t at = 0; rules_next_member(value, &at, (uint32_t)n, &one);) {
        if (weir_http_same(value + one.at, one.n, member))
            return true;
    }
    return false;
}

/* ---- what the fields say ---- */

struct rules_said {
    bool length, coded, chunked; /* Content-Length, Transfer-Encoding; its last coding */
    bool close, keep, upgrade;   /* of Connection */
    bool protocol, expects;      /* of Upgrade, Expect */
    uint64_t length_bytes;
    uint32_t coded_at;
    uint32_t hosts;
    const struct weir_http_field *host; /* the last */
};

static enum weir_http_verdict take_length(const unsigned char *bytes, struct weir_http_head *head,
                                          const struct weir_http_field *field,
                                          struct rules_said *said)
{
    if (said->length)
        return rules_bad(head, 400, field->name.at, "two Content-Length");
    if (said->coded)
        return rules_bad(head, 400, field->name.at, "Content-Length beside Transfer-Encoding");
    uint32_t at = field->value.at, end = at + field->value.n;
    uint64_t sum = 0;
    if (at == end)
        return rules_bad(head, 400, at, "Content-Length without a number");
    for (; at < end; at++) {
        if (!weir_http_is_digit(bytes[at]))
            return rules_bad(head, 400, at, "Content-Length is no number of digits alone");
        unsigned digit = bytes[at] - '0';
        if (sum > ((uint64_t)INT64_MAX - digit) / 10)
            return rules_bad(head, 400, at, "Content-Length is more than a file could hold");
        sum = sum * 10 + digit;
    }
    said->length = true;
    said->length_bytes = sum;
    return WEIR_HTTP_DONE;
}

/* What nobody here decodes is refused: a body that is handed on under its coding would be taken for
 * what was meant. No client asks for one (TE), so an answer has none either. */
static bool is_coding(const unsigned char *name, uint32_t n)
{
    return weir_http_same(name, n, "chunked") || weir_http_same(name, n, "identity");
}

static enum weir_http_verdict take_coding(const unsigned char *bytes, struct weir_http_head *head,
                                          struct weir_http_span one, struct rules_said *said)
{
    bool chunked = weir_http_same(bytes + one.at, one.n, "chunked");
    if (!one.n)
        return rules_bad(head, 400, one.at, "Transfer-Encoding with an empty member");
    if (said->chunked && chunked)
        return rules_bad(head, 400, one.at, "a body in chunks of chunks");
    if (said->chunked)
        return rules_bad(head, 400, one.at, "Transfer-Encoding in which chunked is not the last");
    if (!is_coding(bytes + one.at, one.n))
        return rules_bad(head, 501, one.at, "a transfer coding other than chunked");
    said->chunked = chunked;
    return WEIR_HTTP_DONE;
}

static enum weir_http_verdict take_codings(const unsigned char *bytes, struct weir_http_head *head,
                                           const struct weir_http_field *field,
                                           struct rules_said *said)
{
    if (head->version == 10)
        return rules_bad(head, 400, field->name.at, "Transfer-Encoding in HTTP/1.0");
    if (said->length)
        return rules_bad(head, 400, field->name.at, "Transfer-Encoding beside Content-Length");
    said->coded = true;
    said->coded_at = field->name.at;
    struct weir_http_span one;
    uint32_t at = field->value.at, end = at + field->value.n;
    while (rules_next_member(bytes, &at, end, &one)) {
        enum weir_http_verdict got = take_coding(bytes, head, one, said);
        if (got != WEIR_HTTP_DONE)
            return got;
    }
    return WEIR_HTTP_DONE;
}

static void take_connection(const unsigned char *value, uint32_t n, struct rules_said *said)
{
    struct weir_http_span one;
    for (uint32_t at = 0; rules_next_member(value, &at, n, &one);) {
        said->close |= weir_http_same(value + one.at, one.n, "close");
        said->keep |= weir_http_same(value + one.at, one.n, "keep-alive");
        said->upgrade |= weir_http_same(value + one.at, one.n, "upgrade");
    }
}

static enum weir_http_verdict take_fields(const unsigned char *bytes, struct weir_http_head *head,
                                          struct rules_said *said)
{
    enum weir_http_verdict got = WEIR_HTTP_DONE;
    for (uint32_t i = 0; i < head->n && got == WEIR_HTTP_DONE; i++) {
        const struct weir_http_field *field = &head->fields[i];
        const unsigned char *value = bytes + field->value.at;
        uint32_t n = field->value.n;
        if (field->known == WEIR_HTTP_CONTENT_LENGTH) {
            got = take_length(bytes, head, field, said);
        } else if (field->known == WEIR_HTTP_TRANSFER_ENCODING) {
            got = take_codings(bytes, head, field, said);
        } else if (field->known == WEIR_HTTP_CONNECTION) {
            take_connection(value, n, said);
        } else if (field->known == WEIR_HTTP_UPGRADE) {
            said->protocol |= n > 0;
        } else if (field->known == WEIR_HTTP_EXPECT) {
            said->expects |= weir_http_list_has(value, n, "100-continue");
        } else if (field->known == WEIR_HTTP_HOST) {
            said->hosts++;
            said->host = field;
        }
    }
    return got;
}

static void set_length(const struct rules_said *said, struct weir_http_meaning *out)
{
    out->framing = said->chunked                        ? WEIR_HTTP_CHUNKED
                   : said->length && said->length_bytes ? WEIR_HTTP_LENGTH
                                                        : WEIR_HTTP_NO_BODY;
    out->length = out->framing == WEIR_HTTP_LENGTH ? said->length_bytes : 0;
}

static bool keeps(const struct weir_http_head *head, const struct rules_said *said)
{
    return !said->close && (head->version > 10 || said->keep);
}

/* ---- hosts ---- */

static bool is_hex(unsigned char c)
{
    return weir_http_is_digit(c) || (weir_http_fold(c) >= 'a' && weir_http_fold(c) <= 'f');
}

/* Returns where the name, or the address in brackets, ends. */
static uint32_t skip_name(const unsigned char *bytes, uint32_t at, uint32_t end)
{
    if (at < end && bytes[at] == '[') {
        uint32_t begin = at++;
        while (at < end && (weir_http_is(bytes[at], WEIR_HTTP_NAME) || bytes[at] == ':'))
            at++;
        return at < end && bytes[at] == ']' && at > begin + 1 ? at + 1 : begin;
    }
    for (;;) {
        while (at < end && weir_http_is(bytes[at], WEIR_HTTP_NAME))
            at++;
        if (end - at < 3 || bytes[at] != '%' || !is_hex(bytes[at + 1]) || !is_hex(bytes[at + 2]))
            return at;
        at += 3;
    }
}

/* host [":" port], neither of which is empty beside the other. Returns the first byte that is
 * wrong; the end: none is. */
static uint32_t skip_host(const unsigned char *bytes, struct weir_http_span host, bool port_wanted)
{
    uint32_t at = host.at, end = at + host.n;
    at = skip_name(bytes, at, end);
    if (at == end)
        return port_wanted ? host.at : end;
    if (bytes[at] != ':' || at == host.at)
        return at;
    uint32_t port = 0, begin = ++at;
    while (at < end && weir_http_is_digit(bytes[at]) && port <= UINT16_MAX)
        port = port * 10 + (bytes[at++] - '0');
    bool right = at == end && port <= UINT16_MAX && (at > begin || !port_wanted);
    return right ? end : begin - 1;
}

static enum weir_http_verdict check_host(const unsigned char *bytes, struct weir_http_head *head,
                                         const struct rules_said *said)
{
    if (!said->hosts && head->version > 10)
        return rules_bad(head, 400, head->target.at, "a request of HTTP/1.1 without Host");
    if (said->hosts > 1)
        return rules_bad(head, 400, said->host->name.at, "two Host");
    if (!said->hosts)
        return WEIR_HTTP_DONE;
    struct weir_http_span host = said->host->value;
    uint32_t at = skip_host(bytes, host, false);
    if (at == host.at + host.n)
        return WEIR_HTTP_DONE;
    return rules_bad(head, 400, at, "Host is no name or address with a port");
}

/* ---- targets ---- */

static enum weir_http_verdict bad_target(struct weir_http_head *head, uint32_t at)
{
    return rules_bad(head, 400, at, "a target that is no path, no address, and no '*' of OPTIONS");
}

static bool is_letter(unsigned char c)
{
    return weir_http_fold(c) >= 'a' && weir_http_fold(c) <= 'z';
}

/* Behind the colon and the slashes; the first byte that is wrong, if there are none. */
static uint32_t skip_scheme(const unsigned char *bytes, uint32_t at, uint32_t end, bool *found)
{
    uint32_t begin = at;
    while (at < end && (is_letter(bytes[at]) ||
                        (at > begin && (weir_http_is_digit(bytes[at]) || bytes[at] == '+' ||
                                        bytes[at] == '-' || bytes[at] == '.'))))
        at++;
    *found = at > begin && end - at > 3 && !memcmp(bytes + at, "://", 3);
    return *found ? at + 3 : at;
}

/* Behind the '@', if there is one. */
static uint32_t skip_user(const unsigned char *bytes, uint32_t at, uint32_t end)
{
    uint32_t begin = at;
    while (at < end &&
           (weir_http_is(bytes[at], WEIR_HTTP_NAME) || bytes[at] == '%' || bytes[at] == ':'))
        at++;
    return at < end && bytes[at] == '@' ? at + 1 : begin;
}

/* scheme "://" [user "@"] host [":" port], and what is behind them. */
static enum weir_http_verdict take_absolute(const unsigned char *bytes, struct weir_http_head *head,
                                            struct weir_http_meaning *out)
{
    bool found;
    uint32_t end = head->target.at + head->target.n;
    uint32_t at = skip_scheme(bytes, head->target.at, end, &found);
    if (!found)
        return bad_target(head, at);
    uint32_t path = at;
    while (path < end && bytes[path] != '/' && bytes[path] != '?' && bytes[path] != '#')
        path++;
    at = skip_user(bytes, at, path);
    out->host = (struct weir_http_span){at, path - at};
    out->path = (struct weir_http_span){path, end - path};
    uint32_t wrong = skip_host(bytes, out->host, false);
    if (!out->host.n || wrong < path)
        return bad_target(head, wrong);
    return WEIR_HTTP_DONE;
}

static bool is_method(const unsigned char *bytes, const struct weir_http_head *head,
                      const char *method)
{
    return head->method.n == strlen(method) &&
           !memcmp(bytes + head->method.at, method, head->method.n);
}

static enum weir_http_verdict take_target(const unsigned char *bytes, struct weir_http_head *head,
                                          struct weir_http_meaning *out)
{
    struct weir_http_span target = head->target;
    if (out->connect) {
        uint32_t wrong = skip_host(bytes, target, true);
        out->host = target;
        return wrong == target.at + target.n ? WEIR_HTTP_DONE : bad_target(head, wrong);
    }
    out->path = target;
    if (bytes[target.at] == '/')
        return WEIR_HTTP_DONE;
    if (bytes[target.at] != '*')
        return take_absolute(bytes, head, out);
    bool right = target.n == 1 && is_method(bytes, head, "OPTIONS");
    return right ? WEIR_HTTP_DONE : bad_target(head, target.at);
}

/* ---- requests and answers ---- */

enum weir_http_verdict weir_http_request_rules(const unsigned char *bytes,
                                               struct weir_http_head *head, bool host_wanted,
                                               struct weir_http_meaning *out)
{
    struct rules_said said = {0};
    *out = (struct weir_http_meaning){.connect = is_method(bytes, head, "CONNECT"),
                                      .head = is_method(bytes, head, "HEAD")};
    enum weir_http_verdict got = take_fields(bytes, head, &said);
    if (got == WEIR_HTTP_DONE)
        got = take_target(bytes, head, out);
    if (got == WEIR_HTTP_DONE && host_wanted)
        got = check_host(bytes, head, &said);
    if (got != WEIR_HTTP_DONE)
        return got;
    if (said.coded && !said.chunked)
        return rules_bad(head, 400, said.coded_at,
                         "Transfer-Encoding in which chunked is not the last");
    if (!out->host.n && said.host)
        out->host = said.host->value;
    out->keep = keeps(head, &said);
    if (out->connect) { /* what comes behind it is the tunnel's, or nobody's */
        out->upgrade = true;
        out->keep = false;
        return WEIR_HTTP_DONE;
    }
    set_length(&said, out);
    out->upgrade = said.upgrade && said.protocol && head->version > 10;
    out->expects = said.expects && head->version > 10 && out->framing != WEIR_HTTP_NO_BODY;
    return WEIR_HTTP_DONE;
}

enum weir_http_verdict weir_http_response_rules(const unsigned char *bytes,
                                                struct weir_http_head *head, bool to_head,
                                                bool to_connect, struct weir_http_meaning *out)
{
    struct rules_said said = {0};
    unsigned status = head->status;
    *out = (struct weir_http_meaning){.head = to_head,
                                      .connect = to_connect && status >= 200 && status < 300};
    enum weir_http_verdict got = take_fields(bytes, head, &said);
    if (got != WEIR_HTTP_DONE)
        return got;
    out->keep = keeps(head, &said);
    out->upgrade = out->connect || status == 101;
    if (out->upgrade || to_head || status < 200 || status == 204 || status == 304)
        return WEIR_HTTP_DONE;
    set_length(&said, out);
    if (!said.chunked && !said.length) {
        out->framing = WEIR_HTTP_TO_THE_END;
        out->keep = false;
    }
    return WEIR_HTTP_DONE;
}

/* ---- words ---- */

static bool rules_all_of(const char *text, size_t n, uint8_t class)
{
    for (size_t i = 0; i < n; i++) {
        if (!weir_http_is((unsigned char)text[i], class))
            return false;
    }
    return true;
}

bool weir_http_is_token(const char *text, size_t n)
{
    return n && rules_all_of(text, n, WEIR_HTTP_TOKEN);
}

bool weir_http_is_value(const char *text, size_t n)
{
    return rules_all_of(text, n, WEIR_HTTP_VALUE);
}

bool weir_http_is_host(const char *text, size_t n, bool port_wanted)
{
    struct weir_http_span all = {0, (uint32_t)n};
    return skip_host((const unsigned char *)text, all, port_wanted) == n;
}

bool weir_http_is_idempotent(const char *method)
{
    static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (!strcmp(method, methods[i]))
            return true;
    }
    return false;
}

static const struct {
    unsigned status;
    const char *reason;
} rules_reasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {511, "Network Authentication Required"},
};

const char *weir_http_reason(unsigned status)
{
    for (size_t i = 0; i < sizeof rules_reasons / sizeof *rules_reasons; i++) {
        if (rules_reasons[i].status == status)
            return rules_reasons[i].reason;
    }
    return "";
}
