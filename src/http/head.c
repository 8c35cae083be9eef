/* The head of a message, line by line from its first byte: what is wrong is said of the first byte
 * that is, so that it does not matter in which pieces they come. */

#include "http/head.h"

#include <string.h>

#include "http/class.h"

/* ---- bytes ---- */

enum {
    V = WEIR_HTTP_VALUE,
    D = WEIR_HTTP_VISIBLE | V, /* seen */
    H = WEIR_HTTP_NAME | D,
    T = WEIR_HTTP_TOKEN | D,
    A = WEIR_HTTP_NAME | T
};

/* clang-format off */
const uint8_t weir_http_class[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, V, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    V, A, D, T, A, T, A, A, H, H, A, A, H, A, A, D, /*   ! " # $ % & ' ( ) * + , - . / */
    A, A, A, A, A, A, A, A, A, A, D, H, D, H, D, D, /* 0 1 2 3 4 5 6 7 8 9 : ; < = > ? */
    D, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, /* @ A B C D E F G H I J K L M N O */
    A, A, A, A, A, A, A, A, A, A, A, D, D, D, T, A, /* P Q R S T U V W X Y Z [ \ ] ^ _ */
    T, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, /* ` a b c d e f g h i j k l m n o */
    A, A, A, A, A, A, A, A, A, A, A, D, T, D, A, 0, /* p q r s t u v w x y z { | } ~   */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
};
/* clang-format on */

static uint32_t head_skip(const unsigned char *bytes, uint32_t at, uint32_t stop, uint8_t class)
{
    while (at < stop && weir_http_is(bytes[at], class))
        at++;
    return at;
}

/* The first byte of which the high bit is set in `odd`, or one before it. */
static uint32_t head_first_of(uint64_t odd)
{
    bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    return little ? (uint32_t)__builtin_ctzll(odd) / 8 : 0;
}

/* The same, but eight bytes at once while all of them are of the ASCII that every such class has:
 * from '!' on for a target, from the blank on for a value. */
static uint32_t skip_text(const unsigned char *bytes, uint32_t at, uint32_t stop, uint8_t class)
{
    const uint64_t ones = UINT64_MAX / 255, high = ones << 7;
    const uint64_t least = ones * (class == WEIR_HTTP_VALUE ? ' ' : '!');
    uint64_t eight, odd = 0;
    for (uint32_t left = at < stop ? stop - at : 0; left >= sizeof eight; left -= sizeof eight) {
        memcpy(&eight, bytes + at, sizeof eight);
        odd = (eight | (eight - least) | (eight + ones)) & high;
        if (odd) {
            at += head_first_of(odd);
            break;
        }
        at += sizeof eight;
    }
    return head_skip(bytes, at, stop, class);
}

/* ---- where we are ---- */

enum head_kind { REQUEST, RESPONSE, HEAD_TRAILERS };

struct head_scan {
    const unsigned char *bytes;
    const struct weir_http_limits *limits;
    struct weir_http_head *head;
    uint32_t at;
    uint32_t end;  /* of what there is, and may be looked at */
    uint32_t line; /* where it begins */
    uint32_t stop; /* where it has to be over, but for its end */
    uint32_t lines;
    enum head_kind kind;
    bool started; /* the first line is behind us */
};

static void begin_line(struct head_scan *self)
{
    uint32_t most = self->limits->line_bytes;
    self->line = self->at;
    self->stop = most < self->end - self->at ? self->at + most : self->end;
}

static enum weir_http_verdict head_bad(struct head_scan *self, uint16_t answer, uint32_t at,
                                       const char *fact)
{
    self->head->answer = answer;
    self->head->byte = at;
    self->head->fact = fact;
    return WEIR_HTTP_BAD;
}

static enum weir_http_verdict head_too_long(struct head_scan *self, uint32_t at, const char *fact)
{
    bool first = self->kind == REQUEST && !self->started;
    return head_bad(self, first ? 414 : 431, at, fact);
}

/* The byte here is not what comes next: the fact, unless the byte itself says more. */
static enum weir_http_verdict odd(struct head_scan *self, const char *fact)
{
    if (self->at >= self->stop)
        return head_too_long(self, self->stop, "a line is longer than it may be");
    unsigned char c = self->bytes[self->at];
    if (c == '\n')
        fact = "a line ends with LF alone";
    else if (!c)
        fact = "a NUL stands in the head";
    return head_bad(self, 400, self->at, fact);
}

/* At least one byte of the class, and the one behind them, which is passed over. */
static enum weir_http_verdict head_take(struct head_scan *self, uint8_t class, char behind,
                                        const char *fact, struct weir_http_span *out)
{
    uint32_t begin = self->at;
    self->at = class == WEIR_HTTP_TOKEN ? head_skip(self->bytes, begin, self->stop, class)
                                        : skip_text(self->bytes, begin, self->stop, class);
    if (self->at == self->end)
        return WEIR_HTTP_NEED;
    bool right = self->bytes[self->at] == (unsigned char)behind;
    if (!right || self->at == begin || self->at >= self->stop)
        return odd(self, fact);
    *out = (struct weir_http_span){begin, self->at - begin};
    self->at++;
    return WEIR_HTTP_DONE;
}

static enum weir_http_verdict head_end_line(struct head_scan *self, const char *fact)
{
    if (self->at == self->end)
        return WEIR_HTTP_NEED;
    if (self->bytes[self->at] != '\r' || self->at > self->stop)
        return odd(self, fact);
    if (++self->at == self->end)
        return WEIR_HTTP_NEED;
    if (self->bytes[self->at] != '\n')
        return head_bad(self, 400, self->at, "a CR without its LF");
    self->at++;
    return WEIR_HTTP_DONE;
}

/* ---- the first line ---- */

/* One of the two that are spoken; another digit is a version that we know not to speak. */
static enum weir_http_verdict version_digit(struct head_scan *self, unsigned char most)
{
    static const char fact[] = "no version HTTP/1.0 or HTTP/1.1";
    if (self->at == self->end)
        return WEIR_HTTP_NEED;
    unsigned char c = self->bytes[self->at];
    if (weir_http_is_digit(c) && c > '1')
        return head_bad(self, 505, self->at, fact);
    if (c != '1' && c != most)
        return odd(self, fact);
    self->at++;
    return WEIR_HTTP_DONE;
}

static enum weir_http_verdict letters(struct head_scan *self, const char *text)
{
    for (; *text; text++, self->at++) {
        if (self->at == self->end)
            return WEIR_HTTP_NEED;
        if (self->bytes[self->at] != (unsigned char)*text)
            return odd(self, "no version of HTTP");
    }
    return WEIR_HTTP_DONE;
}

static enum weir_http_verdict version(struct head_scan *self)
{
    static const char usual[] = {'H', 'T', 'T', 'P', '/', '1', '.', '1'};
    if (self->end - self->at >= sizeof usual &&
        !memcmp(self->bytes + self->at, usual, sizeof usual)) {
        self->at += (uint32_t)sizeof usual;
        self->head->version = 11;
        return WEIR_HTTP_DONE;
    }
    enum weir_http_verdict got = letters(self, "HTTP/");
    if (got == WEIR_HTTP_DONE)
        got = version_digit(self, '1');
    if (got == WEIR_HTTP_DONE)
        got = letters(self, ".");
    if (got == WEIR_HTTP_DONE)
        got = version_digit(self, '0');
    if (got == WEIR_HTTP_DONE)
        self->head->version = 10 + (self->bytes[self->at - 1] - '0');
    return got;
}

static enum weir_http_verdict request_line(struct head_scan *self)
{
    struct weir_http_head *head = self->head;
    enum weir_http_verdict got =
        head_take(self, WEIR_HTTP_TOKEN, ' ', "no method with one blank behind it", &head->method);
    if (got == WEIR_HTTP_DONE)
        got = head_take(self, WEIR_HTTP_VISIBLE, ' ',
                        "no target with one blank and a version behind it", &head->target);
    if (got == WEIR_HTTP_DONE)
        got = version(self);
    return got == WEIR_HTTP_DONE ? head_end_line(self, "more behind the version") : got;
}

static enum weir_http_verdict status(struct head_scan *self)
{
    static const char fact[] = "no status of three digits with one blank before it";
    uint16_t number = 0;
    for (unsigned i = 0; i < 4; i++, self->at++) {
        if (self->at == self->end)
            return WEIR_HTTP_NEED;
        unsigned char c = self->bytes[self->at];
        if (i ? !weir_http_is_digit(c) || (i == 1 && c == '0') : c != ' ')
            return odd(self, fact);
        if (i)
            number = (uint16_t)(number * 10 + (c - '0'));
    }
    self->head->status = number;
    return WEIR_HTTP_DONE;
}

/* The blank before a reason goes with it: many leave both out. */
static enum weir_http_verdict status_line(struct head_scan *self)
{
    enum weir_http_verdict got = version(self);
    if (got == WEIR_HTTP_DONE)
        got = status(self);
    if (got != WEIR_HTTP_DONE)
        return got;
    if (self->at < self->end && self->bytes[self->at] == ' ') {
        uint32_t begin = ++self->at;
        self->at = skip_text(self->bytes, begin, self->stop, WEIR_HTTP_VALUE);
        self->head->reason = (struct weir_http_span){begin, self->at - begin};
    }
    return head_end_line(self, "a byte that a reason may not have");
}

/* ---- fields ---- */

static uint8_t head_known(const unsigned char *name, uint32_t n)
{
    static const char *const names[WEIR_HTTP_KNOWN] = {
        [WEIR_HTTP_CONNECTION] = "connection",
        [WEIR_HTTP_CONTENT_LENGTH] = "content-length",
        [WEIR_HTTP_EXPECT] = "expect",
        [WEIR_HTTP_HOST] = "host",
        [WEIR_HTTP_TE] = "te",
        [WEIR_HTTP_TRANSFER_ENCODING] = "transfer-encoding",
        [WEIR_HTTP_UPGRADE] = "upgrade"};
    static const uint8_t of_length[] = {[2] = WEIR_HTTP_TE,
                                        [4] = WEIR_HTTP_HOST,
                                        [6] = WEIR_HTTP_EXPECT,
                                        [7] = WEIR_HTTP_UPGRADE,
                                        [10] = WEIR_HTTP_CONNECTION,
                                        [14] = WEIR_HTTP_CONTENT_LENGTH,
                                        [17] = WEIR_HTTP_TRANSFER_ENCODING};
    uint8_t number = n < sizeof of_length ? of_length[n] : WEIR_HTTP_OTHER;
    return number && weir_http_same(name, n, names[number]) ? number : WEIR_HTTP_OTHER;
}

/* Behind chunks nothing may say how they were framed; what steers a connection says it too late,
 * and is dropped. */
static enum weir_http_verdict keep_field(struct head_scan *self, struct weir_http_field field)
{
    struct weir_http_head *head = self->head;
    if (self->lines++ == self->limits->fields)
        return head_bad(self, 431, self->line, "more fields than there may be");
    field.known = head_known(self->bytes + field.name.at, field.name.n);
    bool trailer = self->kind == HEAD_TRAILERS;
    if (trailer &&
        (field.known == WEIR_HTTP_CONTENT_LENGTH || field.known == WEIR_HTTP_TRANSFER_ENCODING))
        return head_bad(self, 400, self->line, "a trailer that would frame the body");
    if (!trailer || field.known == WEIR_HTTP_OTHER)
        head->fields[head->n++] = field;
    return WEIR_HTTP_DONE;
}

static const char *name_fact(const struct head_scan *self)
{
    if (!weir_http_is_blank(self->bytes[self->at]))
        return "no field name with a colon right behind it";
    return self->at == self->line ? "a line that begins with a blank" : "a blank before the colon";
}

static enum weir_http_verdict head_take_field(struct head_scan *self)
{
    struct weir_http_field field;
    const unsigned char *bytes = self->bytes;
    enum weir_http_verdict got = head_take(self, WEIR_HTTP_TOKEN, ':', NULL, &field.name);
    if (got == WEIR_HTTP_BAD && !self->head->fact)
        self->head->fact = name_fact(self);
    if (got != WEIR_HTTP_DONE)
        return got;
    while (self->at < self->stop && weir_http_is_blank(bytes[self->at]))
        self->at++;
    uint32_t begin = self->at;
    uint32_t end = self->at = skip_text(bytes, begin, self->stop, WEIR_HTTP_VALUE);
    got = head_end_line(self, "a byte that a value may not have");
    if (got != WEIR_HTTP_DONE)
        return got;
    while (end > begin && weir_http_is_blank(bytes[end - 1]))
        end--;
    field.value = (struct weir_http_span){begin, end - begin};
    return keep_field(self, field);
}

/* ---- all of it ---- */

/* An empty line before the first one: some send one behind a body. */
static enum weir_http_verdict first_line(struct head_scan *self)
{
    enum weir_http_verdict got = WEIR_HTTP_DONE;
    begin_line(self);
    if (!self->at && self->end && self->bytes[0] == '\r')
        got = head_end_line(self, NULL);
    if (got != WEIR_HTTP_DONE)
        return got;
    begin_line(self);
    got = self->kind == REQUEST ? request_line(self) : status_line(self);
    self->started = got == WEIR_HTTP_DONE;
    return got;
}

static enum weir_http_verdict all_lines(struct head_scan *self)
{
    enum weir_http_verdict got = self->started ? WEIR_HTTP_DONE : first_line(self);
    while (got == WEIR_HTTP_DONE) {
        begin_line(self);
        if (self->at < self->end && self->bytes[self->at] == '\r') {
            got = head_end_line(self, NULL);
            self->head->bytes = self->at;
            return got;
        }
        got = head_take_field(self);
    }
    return got;
}

/* What was seen before was right. If no line has ended since, the last one alone is looked at: a
 * head that comes byte by byte does not cost the square of its length. */
static uint32_t line_to_look_at(const unsigned char *bytes, size_t n, size_t from)
{
    if (from > n || memchr(bytes + from, '\n', n - from))
        return 0;
    while (from && bytes[from - 1] != '\n')
        from--;
    return (uint32_t)from;
}

static enum weir_http_verdict head_parse(const unsigned char *bytes, size_t n, size_t from,
                                         const struct weir_http_limits *limits,
                                         struct weir_http_head *head, enum head_kind kind)
{
    uint32_t most = limits->head_bytes;
    head->response = kind == RESPONSE;
    head->reason = (struct weir_http_span){0, 0};
    head->n = 0;
    head->fact = NULL;
    struct head_scan self = {.bytes = bytes,
                             .limits = limits,
                             .head = head,
                             .end = n < most ? (uint32_t)n : most,
                             .kind = kind};
    if (from)
        self.at = line_to_look_at(bytes, self.end, from);
    bool behind_empty = self.at == 2; /* no other line is as short */
    self.started = kind == HEAD_TRAILERS || (self.at && !behind_empty);
    enum weir_http_verdict got = all_lines(&self);
    if (got == WEIR_HTTP_NEED && n > most)
        return head_too_long(&self, most, "the head is longer than it may be");
    return got;
}

enum weir_http_verdict weir_http_request_head(const unsigned char *bytes, size_t n, size_t from,
                                              const struct weir_http_limits *limits,
                                              struct weir_http_head *head)
{
    return head_parse(bytes, n, from, limits, head, REQUEST);
}

enum weir_http_verdict weir_http_response_head(const unsigned char *bytes, size_t n, size_t from,
                                               const struct weir_http_limits *limits,
                                               struct weir_http_head *head)
{
    return head_parse(bytes, n, from, limits, head, RESPONSE);
}

enum weir_http_verdict weir_http_trailers(const unsigned char *bytes, size_t n, size_t from,
                                          const struct weir_http_limits *limits,
                                          struct weir_http_head *head)
{
    return head_parse(bytes, n, from, limits, head, HEAD_TRAILERS);
}
