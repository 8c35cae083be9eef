/* The scalar machine. A quote that stands in an unquoted field is wrong, but such a field still
 * ends at a separator or a newline; behind one that closed, or never does, nothing is certain. */

#include "format/csv_machine.h"

static void csv_machine_put_end(weir_csv_machine *self, uint32_t *ends, size_t room, size_t at)
{
    if (self->fields < room)
        ends[self->fields] = (uint32_t)at;
    self->fields++;
}

static void csv_machine_wrong(weir_csv_machine *self, weir_csv_wrong what, size_t at)
{
    if (self->wrong)
        return;
    self->wrong = what;
    self->wrong_at = at;
}

/* In a field without quotes, also where a quoted one should end. */
static weir_csv_at bare(weir_csv_machine *self, unsigned char byte, bool is_quote)
{
    if (byte == '\r')
        return WEIR_CSV_CR;
    if (is_quote && !self->lazy)
        csv_machine_wrong(self, WEIR_CSV_QUOTE_INSIDE, self->n);
    return WEIR_CSV_BARE;
}

static weir_csv_at begin_field(weir_csv_machine *self, unsigned char byte, bool is_quote)
{
    if (!is_quote)
        return bare(self, byte, false);
    self->quote = self->n;
    return WEIR_CSV_QUOTED;
}

/* Behind a quote: another one makes both one; a field's end was looked for already. */
static weir_csv_at behind_quote(weir_csv_machine *self, unsigned char byte, bool is_quote)
{
    if (is_quote)
        return WEIR_CSV_QUOTED;
    if (byte == '\r')
        return WEIR_CSV_CR;
    if (!self->lazy) {
        csv_machine_wrong(self, WEIR_CSV_BEHIND_QUOTE, self->n);
        self->lost = true;
    }
    return WEIR_CSV_QUOTED;
}

/* Where a byte that ends no field leads. */
static weir_csv_at csv_machine_next(weir_csv_machine *self, const weir_csv_dialect *by,
                                    unsigned char byte)
{
    bool is_quote = by->quotes && byte == by->quote;
    switch (self->at) {
    case WEIR_CSV_RECORD:
    case WEIR_CSV_FIELD:
        return begin_field(self, byte, is_quote);
    case WEIR_CSV_QUOTED:
        return is_quote ? WEIR_CSV_QUOTE : WEIR_CSV_QUOTED;
    case WEIR_CSV_QUOTE:
        return behind_quote(self, byte, is_quote);
    case WEIR_CSV_CR:
        csv_machine_wrong(self, WEIR_CSV_BARE_CR, self->n - 1);
        return bare(self, byte, is_quote);
    default:
        return bare(self, byte, is_quote);
    }
}

static weir_csv_run run_comment(weir_csv_machine *self, const unsigned char *bytes, size_t n,
                                bool last)
{
    while (self->n < n)
        if (bytes[self->n++] == '\n')
            return WEIR_CSV_DONE;
    return last ? WEIR_CSV_DONE : WEIR_CSV_NEED;
}

static weir_csv_run at_the_end(weir_csv_machine *self, uint32_t *ends, size_t room)
{
    if (self->at == WEIR_CSV_QUOTED) {
        csv_machine_wrong(self, WEIR_CSV_NOT_CLOSED, self->quote);
        return WEIR_CSV_LOST;
    }
    if (self->at == WEIR_CSV_CR)
        csv_machine_wrong(self, WEIR_CSV_BARE_CR, self->n - 1);
    csv_machine_put_end(self, ends, room, self->n);
    return WEIR_CSV_DONE;
}

weir_csv_run weir_csv_machine_run(weir_csv_machine *self, const weir_csv_dialect *by,
                                  const unsigned char *bytes, size_t n, bool last, uint32_t *ends,
                                  size_t room)
{
    if (self->at == WEIR_CSV_RECORD && by->comments && n && bytes[0] == by->comment)
        self->at = WEIR_CSV_COMMENT;
    if (self->at == WEIR_CSV_COMMENT)
        return run_comment(self, bytes, n, last);
    for (; self->n < n; self->n++) {
        unsigned char byte = bytes[self->n];
        if (!byte)
            csv_machine_wrong(self, WEIR_CSV_NUL, self->n);
        if (self->at != WEIR_CSV_QUOTED && byte == '\n') {
            csv_machine_put_end(self, ends, room, self->n++);
            return WEIR_CSV_DONE;
        }
        bool separates = byte == by->separator && self->at != WEIR_CSV_QUOTED;
        if (separates && self->at != WEIR_CSV_CR) {
            csv_machine_put_end(self, ends, room, self->n);
            self->at = WEIR_CSV_FIELD;
            continue;
        }
        self->at = csv_machine_next(self, by, byte);
        if (self->lost)
            return WEIR_CSV_LOST;
    }
    return last ? at_the_end(self, ends, room) : WEIR_CSV_NEED;
}
