/* The form of an outcome is said once, for both directions: numbers of eight bytes, texts behind
 * their length. Both ends are the same program, so the order of bytes is the machine's. */
#include "carry.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../weir/memory.h"
#include "rule.h"

enum { TEXT_BYTES_MAX = 64 << 10 }; /* longer ones are cut */

struct carry {
    bool reading, broken;
    char *bytes;
    size_t at, size; /* read or written so far; written: room */
};

static void make_room(struct carry *carry, size_t n)
{
    if (carry->size - carry->at >= n)
        return;
    carry->size = (carry->size + n) * 2;
    carry->bytes = memory_grown(carry->bytes, carry->size);
}

static void carry_bytes(struct carry *carry, void *bytes, size_t n)
{
    if (!carry->reading) {
        make_room(carry, n);
        memcpy(carry->bytes + carry->at, bytes, n);
    } else if (carry->size - carry->at < n) {
        carry->broken = true;
        memset(bytes, 0, n);
        return;
    } else {
        memcpy(bytes, carry->bytes + carry->at, n);
    }
    carry->at += n;
}

static void number(struct carry *carry, uint64_t *value)
{
    carry_bytes(carry, value, sizeof *value);
}

/* One of at most `max`. */
static void count(struct carry *carry, size_t *n, size_t max)
{
    uint64_t value = *n;

    number(carry, &value);
    if (value > max) {
        carry->broken = true;
        value = 0;
    }
    *n = value;
}

static void column(struct carry *carry, unsigned *n)
{
    size_t value = *n;

    count(carry, &value, UINT32_MAX);
    *n = (unsigned)value;
}

static void text(struct carry *carry, const char **value)
{
    size_t n = carry->reading || !*value ? 0 : strnlen(*value, TEXT_BYTES_MAX) + 1;

    count(carry, &n, TEXT_BYTES_MAX + 1);
    if (!carry->reading) {
        if (n)
            carry_bytes(carry, (void *)(uintptr_t)*value, n - 1);
        return;
    }
    *value = NULL;
    if (!n || carry->size - carry->at < n - 1) {
        carry->broken = carry->broken || n;
        return;
    }
    *value = unit_text("%.*s", (int)(n - 1), carry->bytes + carry->at);
    carry->at += n - 1;
}

static void place(struct carry *carry, struct place *at)
{
    text(carry, &at->file);
    column(carry, &at->line);
    column(carry, &at->column);
    column(carry, &at->end_column);
}

/* By its number in the table. */
static void rule(struct carry *carry, const struct rule **rule)
{
    size_t i = carry->reading ? 0 : rule_index(*rule);

    count(carry, &i, rule_index(NULL) - 1);
    *rule = rules[i];
}

static void note(struct carry *carry, struct note *note)
{
    size_t drawn = note->drawn;

    place(carry, &note->at);
    text(carry, &note->text);
    count(carry, &drawn, 1);
    note->drawn = drawn;
}

static void edit(struct carry *carry, struct edit *edit)
{
    text(carry, &edit->file);
    count(carry, &edit->from, SIZE_MAX);
    count(carry, &edit->to, SIZE_MAX);
    text(carry, &edit->text);
}

static void finding(struct carry *carry, struct finding *finding)
{
    rule(carry, &finding->rule);
    place(carry, &finding->at);
    text(carry, &finding->message);
    text(carry, &finding->label);
    text(carry, &finding->reason);
    text(carry, &finding->help);
    count(carry, &finding->notes_n, FINDING_NOTES_MAX);
    for (size_t i = 0; i < finding->notes_n; i++)
        note(carry, &finding->notes[i]);
    count(carry, &finding->edits_n, FINDING_EDITS_MAX);
    for (size_t i = 0; i < finding->edits_n; i++)
        edit(carry, &finding->edits[i]);
}

static void outcome_of(struct carry *carry, struct outcome *outcome)
{
    struct unit_result *result = &outcome->result;

    count(carry, &result->findings_n, FINDINGS_MAX);
    if (carry->reading) {
        result->findings = unit_memory(result->findings_n * sizeof *result->findings);
        outcome->allowed = unit_memory(result->findings_n * sizeof *outcome->allowed);
    }
    for (size_t i = 0; i < result->findings_n; i++) {
        finding(carry, &result->findings[i]);
        text(carry, &outcome->allowed[i]);
    }
    for (size_t i = 0; i < SILENCES; i++)
        number(carry, &result->silent[i]);
    number(carry, &result->functions);
    text(carry, &result->failed);
    text(carry, &result->parse_error);
    number(carry, &result->parse_errors);
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t wrote = write(fd, bytes, n);
        if (wrote <= 0)
            return false;
        bytes += wrote;
        n -= (size_t)wrote;
    }
    return true;
}

/* More edits than there is room for are none: finding_edit() says so by the first one. */
static void drop_broken_edits(struct unit_result *result)
{
    for (size_t i = 0; i < result->findings_n; i++)
        if (!result->findings[i].edits[0].file)
            result->findings[i].edits_n = 0;
}

bool carry_write(int fd, struct outcome *outcome)
{
    struct carry carry = {.reading = false};
    struct unit_result *result = &outcome->result;

    if (result->findings_n > FINDINGS_MAX)
        result->findings_n = FINDINGS_MAX;
    drop_broken_edits(result);
    outcome_of(&carry, outcome);
    bool ok = !carry.broken && write_all(fd, carry.bytes, carry.at);
    free(carry.bytes);
    return ok;
}

bool carry_read(const char *bytes, size_t n, struct outcome *outcome)
{
    struct carry carry = {.reading = true, .bytes = (char *)(uintptr_t)bytes, .size = n};

    outcome_of(&carry, outcome);
    if (!carry.broken && carry.at == n)
        return true;
    outcome->result = (struct unit_result){.failed = NULL};
    return false;
}
