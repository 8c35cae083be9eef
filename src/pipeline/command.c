/* A command with places for the item: GNU parallel's {}, {.}, {/}, {//}, {/.} and {#}. */
#include "pipeline/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/room.h"

enum part { PART_TEXT, PART_ITEM, PART_STEM, PART_BASE, PART_DIR, PART_BASE_STEM, PART_SEQ };

static const struct {
    const char *text;
    enum part part;
} places[] = {{"{}", PART_ITEM},  {"{.}", PART_STEM},       {"{/}", PART_BASE},
              {"{//}", PART_DIR}, {"{/.}", PART_BASE_STEM}, {"{#}", PART_SEQ}};

struct piece {
    enum part part;
    bool first;       /* of its argument */
    const char *text; /* PART_TEXT */
    size_t n;
};

struct command {
    struct piece *pieces;
    size_t n;
    char *text; /* without its quotes */
};

/* ---- parsing ---- */

struct parsing {
    struct command *command;
    char *to; /* behind what was taken over */
    const char *text_begin;
    bool first; /* the next piece begins an argument */
};

static void end_text(struct parsing *self)
{
    size_t n = (size_t)(self->to - self->text_begin);

    if (n || self->first)
        self->command->pieces[self->command->n++] =
            (struct piece){PART_TEXT, self->first, self->text_begin, n};
    self->first = false;
    self->text_begin = self->to;
}

static bool put_place(struct parsing *self, const char **at)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        size_t n = strlen(places[i].text);
        if (strncmp(*at, places[i].text, n))
            continue;
        if (self->to > self->text_begin)
            end_text(self);
        self->command->pieces[self->command->n++] =
            (struct piece){.part = places[i].part, .first = self->first};
        self->first = false;
        *at += n;
        return true;
    }
    return false;
}

/* One argument; *at is behind it then. False: a quote is open. */
static bool parse_argument(struct parsing *self, const char **at, bool places_too)
{
    const char *begin = *at;
    char quote = 0;
    size_t before = self->command->n;

    self->first = true;
    self->text_begin = self->to;
    for (; **at && (quote || !strchr(" \t\n", **at));) {
        char c = **at;
        if (c == quote || (!quote && (c == '\'' || c == '"'))) {
            quote = quote ? 0 : c;
            ++*at;
        } else if (places_too && put_place(self, at)) {
            continue;
        } else {
            bool escape =
                c == '\\' && (*at)[1] && quote != '\'' && (!quote || strchr("\"\\$`", (*at)[1]));
            *at += escape;
            *self->to++ = *(*at)++;
        }
    }
    if (self->to > self->text_begin || self->command->n == before)
        end_text(self);
    return !quote && *at > begin;
}

static bool has_place(const struct command *command)
{
    for (size_t i = 0; i < command->n; i++)
        if (command->pieces[i].part != PART_TEXT)
            return true;
    return false;
}

/* A word that means something to a shell alone, and stands without quotes: it was meant for one. */
static bool is_of_shell(const char *text)
{
    static const char *const known[] = {"|", "||", "&", "&&", ";", "<", ">", ">>"};
    size_t n = strcspn(text, " \t\n");

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (n == strlen(known[i]) && !memcmp(text, known[i], n))
            return true;
    return false;
}

/* The argument that begins at *at, which is behind it then. NULL: it is right. */
static const char *wrong_with_argument(struct parsing *parsing, const char **at, bool bare)
{
    if (is_of_shell(*at))
        return weir_pl_command_wants_shell;
    return parse_argument(parsing, at, !bare) ? NULL : "a quote is not closed in";
}

const char weir_pl_command_wants_shell[] = "no shell sees";

struct command *weir_pl_command_parse(const char *text, bool bare, const char **why)
{
    size_t size = strlen(text);
    struct command *command = weir_pl_room_zeroed(1, sizeof *command);

    *why = NULL;
    if (!command)
        return NULL;
    command->text = weir_pl_room_zeroed(size + 1, 1);
    command->pieces = weir_pl_room_zeroed(size + 2, sizeof *command->pieces);
    if (!command->text || !command->pieces) {
        weir_pl_command_drop(command);
        return NULL;
    }
    struct parsing parsing = {.command = command, .to = command->text, .text_begin = command->text};
    for (text += strspn(text, " \t\n"); *text && !*why; text += strspn(text, " \t\n"))
        *why = wrong_with_argument(&parsing, &text, bare);
    if (!*why && !command->n)
        *why = "there is no command in";
    if (*why) {
        weir_pl_command_drop(command);
        return NULL;
    }
    if (!bare && !has_place(command))
        command->pieces[command->n++] = (struct piece){.part = PART_ITEM, .first = true};
    return command;
}

void weir_pl_command_drop(struct command *command)
{
    if (!command)
        return;
    weir_pl_room_free(command->pieces);
    weir_pl_room_free(command->text);
    weir_pl_room_free(command);
}

/* The ith piece is all of its argument. */
static bool is_alone(const struct command *command, size_t i)
{
    return command->pieces[i].first && (i + 1 == command->n || command->pieces[i + 1].first);
}

bool weir_pl_command_has_inner(const struct command *command)
{
    for (size_t i = 0; i < command->n; i++)
        if (command->pieces[i].part != PART_TEXT && command->pieces[i].part != PART_SEQ &&
            !is_alone(command, i))
            return true;
    return false;
}

/* ---- making ---- */

/* Where the last name of a path begins. */
static size_t base_of(weir_line item)
{
    const char *slash = item.data ? memrchr(item.data, '/', item.size) : NULL;
    return slash ? (size_t)(slash + 1 - item.data) : 0;
}

/* Up to the last dot of its last name. */
static size_t stem_of(weir_line item)
{
    size_t base = base_of(item);
    const char *dot = item.size > base ? memrchr(item.data + base, '.', item.size - base) : NULL;
    return dot ? (size_t)(dot - item.data) : item.size;
}

static weir_line dir_of(weir_line item)
{
    size_t n = base_of(item);

    if (!n)
        return (weir_line){".", 1};
    while (n > 1 && item.data[n - 1] == '/')
        n--;
    return (weir_line){item.data, n};
}

static weir_line text_of(const struct piece *piece, weir_line item, weir_line seq)
{
    size_t base = base_of(item), stem = stem_of(item);

    switch (piece->part) {
    case PART_ITEM:
        return item;
    case PART_STEM:
        return (weir_line){item.data, stem};
    case PART_BASE:
        return (weir_line){item.data + base, item.size - base};
    case PART_DIR:
        return dir_of(item);
    case PART_BASE_STEM:
        return (weir_line){item.data + base, stem - base};
    case PART_SEQ:
        return seq;
    default:
        return (weir_line){piece->text, piece->n};
    }
}

/* Where arguments go; without room they are counted. */
struct making {
    char **argv;
    char *at;
    size_t args, bytes;
};

static void put_text(struct making *self, bool first, weir_line text)
{
    if (first) {
        self->args++;
        if (self->argv) {
            if (self->args > 1)
                *self->at++ = 0;
            self->argv[self->args - 1] = self->at;
        }
        self->bytes++;
    }
    if (self->argv && text.size) {
        memcpy(self->at, text.data, text.size);
        self->at += text.size;
    }
    self->bytes += text.size;
}

static void put_all(struct making *self, const struct command *command, const struct item *item)
{
    static const weir_line empty = {"", 0};
    char number[24];
    int n = snprintf(number, sizeof number, "%llu", (unsigned long long)item->seq);
    weir_line seq = {number, (size_t)n};

    for (size_t i = 0; i < command->n; i++) {
        const struct piece *piece = &command->pieces[i];
        bool many = piece->part != PART_TEXT && piece->part != PART_SEQ;
        for (size_t line = 0; line < (many ? item->n : 1); line++)
            put_text(self, piece->first || line,
                     text_of(piece, many ? item->lines[line] : empty, seq));
    }
}

static const char *wrong_with(const struct item *item)
{
    for (size_t i = 0; i < item->n; i++)
        if (item->lines[i].size && memchr(item->lines[i].data, 0, item->lines[i].size))
            return "a line with a NUL byte can be no argument";
    return NULL;
}

const char weir_pl_command_no_memory[] = "no memory for a command";
const char weir_pl_command_too_long[] = "its command would be longer than 128 KiB";

char **weir_pl_command_make(const struct command *command, const struct item *item, size_t *bytes,
                            const char **why)
{
    struct making making = {0};

    *why = wrong_with(item);
    if (*why)
        return NULL;
    put_all(&making, command, item);
    *bytes = making.bytes + (making.args + 1) * sizeof(char *);
    if (*bytes > COMMAND_BYTES_MAX) {
        *why = weir_pl_command_too_long;
        return NULL;
    }
    char **argv = weir_allocate(*bytes);
    if (!argv) {
        *why = weir_pl_command_no_memory;
        return NULL;
    }
    struct making real = {.argv = argv, .at = (char *)(argv + making.args + 1)};
    put_all(&real, command, item);
    *real.at = 0;
    argv[making.args] = NULL;
    return argv;
}

static bool is_plain(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "%+,-./:=@_";
    return *text && !text[strspn(text, plain)];
}

static void put(char *out, size_t size, size_t *n, const char *text, size_t text_n)
{
    for (size_t i = 0; i < text_n; i++, ++*n)
        if (*n + 1 < size)
            out[*n] = text[i];
}

size_t weir_pl_command_text(char *const *argv, char *out, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; argv[i]; i++) {
        const char *text = argv[i];
        if (i)
            put(out, size, &n, " ", 1);
        if (is_plain(text)) {
            put(out, size, &n, text, strlen(text));
            continue;
        }
        put(out, size, &n, "'", 1);
        for (; *text; text++)
            put(out, size, &n, *text == '\'' ? "'\\''" : text, *text == '\'' ? 4 : 1);
        put(out, size, &n, "'", 1);
    }
    if (size)
        out[n < size ? n : size - 1] = 0;
    return n;
}
