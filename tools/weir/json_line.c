/* A reader of JSON (RFC 8259): json_read() looks at everything once, the others trust it. */
#include "json_line.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/utf8.h"

enum { REPLACEMENT = 0xfffd };

/* ---- is it JSON? Each takes what it is called after, or nothing. ---- */

struct scan {
    const char *at, *end;
    unsigned depth;
};

static bool value(struct scan *scan);

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void blanks(struct scan *scan)
{
    while (scan->at < scan->end && is_blank(*scan->at))
        scan->at++;
}

static bool take(struct scan *scan, char byte)
{
    if (scan->at == scan->end || *scan->at != byte)
        return false;
    scan->at++;
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool escape(struct scan *scan)
{
    if (scan->at == scan->end || !strchr("\"\\/bfnrtu", *scan->at) || !*scan->at)
        return false;
    if (*scan->at++ != 'u')
        return true;
    for (int i = 0; i < 4; i++, scan->at++)
        if (scan->at == scan->end || !is_hex(*scan->at))
            return false;
    return true;
}

static bool text(struct scan *scan)
{
    if (!take(scan, '"'))
        return false;
    while (scan->at < scan->end && *scan->at != '"') {
        if ((unsigned char)*scan->at < 0x20)
            return false;
        if (*scan->at++ == '\\' && !escape(scan))
            return false;
    }
    return take(scan, '"');
}

static bool digits(struct scan *scan)
{
    const char *first = scan->at;

    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at > first;
}

static bool number(struct scan *scan)
{
    take(scan, '-');
    if (!take(scan, '0') && !digits(scan))
        return false;
    if (take(scan, '.') && !digits(scan))
        return false;
    if (!take(scan, 'e') && !take(scan, 'E'))
        return true;
    if (!take(scan, '+'))
        take(scan, '-');
    return digits(scan);
}

static bool word(struct scan *scan)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(scan->end - scan->at) >= n && !memcmp(scan->at, words[i], n)) {
            scan->at += n;
            return true;
        }
    }
    return false;
}

static bool named(struct scan *scan)
{
    blanks(scan);
    if (!text(scan))
        return false;
    blanks(scan);
    return take(scan, ':') && value(scan);
}

/* What stands between { } or [ ]. */
static bool several(struct scan *scan, char close, bool (*one)(struct scan *scan))
{
    if (++scan->depth > JSON_DEPTH_MAX)
        return false;
    scan->at++;
    blanks(scan);
    if (!take(scan, close)) {
        do {
            if (!one(scan))
                return false;
        } while (take(scan, ','));
        if (!take(scan, close))
            return false;
    }
    scan->depth--;
    return true;
}

/* With the blanks around it. */
static bool value(struct scan *scan)
{
    bool good;

    blanks(scan);
    if (scan->at == scan->end)
        return false;
    if (*scan->at == '{')
        good = several(scan, '}', named);
    else if (*scan->at == '[')
        good = several(scan, ']', value);
    else if (*scan->at == '"')
        good = text(scan);
    else
        good = word(scan) || number(scan);
    blanks(scan);
    return good;
}

bool json_read(struct json *out, const char *line, size_t n)
{
    struct scan scan = {.at = line, .end = line + n};

    if (n > JSON_LINE_BYTES_MAX || !value(&scan) || scan.at != scan.end)
        return false;
    while (is_blank(*line))
        line++;
    for (; is_blank(scan.end[-1]); scan.end--)
        ;
    *out = (struct json){line, scan.end};
    return true;
}

/* ---- walking: from here on it is JSON, and what is in brackets ends in them ---- */

static const char *text_end(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

static const char *value_end(const char *at)
{
    unsigned depth = 0;

    if (*at != '"' && *at != '{' && *at != '[')
        return at + strcspn(at, ",]} \t\n\r");
    do {
        if (*at == '"') {
            at = text_end(at);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (depth);
    return at;
}

/* To the next value, over what stands between two. */
static const char *skip(const char *at)
{
    while (is_blank(*at) || *at == ',' || *at == ':')
        at++;
    return at;
}

bool json_next(struct json *rest, struct json *name, struct json *of)
{
    char close = rest->at ? rest->end[-1] : 0;

    if (close != '}' && close != ']')
        return false;
    bool first = *rest->at == '{' || *rest->at == '['; /* later it stands behind a value */
    const char *at = skip(rest->at + first);
    *name = (struct json){0};
    if (at == rest->end - 1)
        return false;
    if (close == '}') {
        *name = (struct json){at, text_end(at)};
        at = skip(name->end);
    }
    *of = (struct json){at, value_end(at)};
    rest->at = of->end;
    return true;
}

struct json json_member(struct json object, const char *wanted)
{
    struct json name, of;

    while (json_next(&object, &name, &of))
        if (json_is(name, wanted))
            return of;
    return (struct json){0};
}

uint64_t json_u64(struct json of, uint64_t otherwise)
{
    uint64_t sum = 0;

    if (!of.at)
        return otherwise;
    for (const char *at = of.at; at < of.end; at++)
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(*at - '0'), &sum))
            return otherwise;
    return sum;
}

double json_double(struct json of, double otherwise)
{
    char copy[64];
    size_t n = of.at ? (size_t)(of.end - of.at) : 0;

    if (!n || n >= sizeof copy || (*of.at != '-' && (*of.at < '0' || *of.at > '9')))
        return otherwise;
    memcpy(copy, of.at, n);
    copy[n] = 0;
    return strtod(copy, NULL);
}

bool json_true(struct json of)
{
    return of.at && *of.at == 't';
}

/* ---- texts ---- */

static uint32_t hex4(const char *at)
{
    char copy[5] = {at[0], at[1], at[2], at[3]};
    return (uint32_t)strtoul(copy, NULL, 16);
}

/* \uXXXX, two of them where they are a pair; `at` behind the u. */
static const char *take_code(const char *at, uint32_t *code)
{
    *code = hex4(at);
    at += 4;
    if (*code >= 0xd800 && *code < 0xdc00 && at[0] == '\\' && at[1] == 'u') {
        uint32_t low = hex4(at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
            return at + 6;
        }
    }
    if (*code == 0 || (*code >= 0xd800 && *code < 0xe000))
        *code = REPLACEMENT;
    return at;
}

static size_t put_code(char out[4], uint32_t code)
{
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = n; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(lead[n] | code);
    return n;
}

/* One character, as it is meant; returns what stands behind it. Bytes that are no UTF-8 pass one by
 * one: who prints them makes them harmless. */
static const char *take_character(const char *at, char out[4], size_t *n)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    uint32_t code = 0;

    if (*at != '\\') {
        *n = weir_pl_utf8_read(at, &code);
        *n = *n ? *n : 1;
        memcpy(out, at, *n);
        return at + *n;
    }
    if (at[1] == 'u') {
        at = take_code(at + 2, &code);
        *n = put_code(out, code);
        return at;
    }
    const char *known = strchr(from, at[1]);
    *out = known ? to[known - from] : at[1];
    *n = 1;
    return at + 2;
}

size_t json_text(struct json of, char *out, size_t size)
{
    size_t sum = 0, n;
    char one[4];

    if (of.at && *of.at == '"') {
        for (const char *at = of.at + 1; at < of.end - 1; sum += n) {
            at = take_character(at, one, &n);
            if (sum + n >= size)
                break;
            memcpy(out + sum, one, n);
        }
    }
    out[sum] = 0;
    return sum;
}

bool json_is(struct json of, const char *wanted)
{
    size_t n = strlen(wanted);

    return of.at && *of.at == '"' && (size_t)(of.end - of.at) == n + 2 &&
           !memcmp(of.at + 1, wanted, n);
}
