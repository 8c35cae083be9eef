/* A session: what is told by itself, and how answers come out line by line. Lines are made when
 * there is room for them, so that a client that reads slowly is told what is true by then. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/format.h"
#include "core/stage.h"
#include "inspect/answers.h"
#include "inspect/counsel.h"
#include "weir/alloc.h"
#include "weir/run.h"

/* A turn that goes on for so long, and is not named yet, is told of: it may be so soon. */
#define SAME_NS UINT64_C(500000000)
enum { VERSION = 1, SESSION_MS = 1000000, ROWS_A_LINE = 24 };

/* ---- lines ---- */

static weir_json_out session_line_of(struct weir_session *self)
{
    if (weir_outbox_make_room(&self->box)) {
        weir_known_forget(&self->known); /* what went with them would never be told */
        self->rows_at = 0;
    }
    return weir_outbox_line(&self->box);
}

static void session_add(struct weir_session *self, weir_json_out *line)
{
    weir_say_end(line);
    (void)weir_outbox_add(&self->box, line);
}

void weir_session_refuse(struct weir_session *self, const char *of, const char *format, ...)
{
    char text[WEIR_MESSAGE_BYTES];
    va_list list;
    va_start(list, format);
    weir_format_list(text, sizeof text, format, list);
    va_end(list);
    weir_json_out line = session_line_of(self);
    weir_say_begin(&line, "error");
    weir_say_text(&line, "of", of);
    weir_say_text(&line, "text", text);
    session_add(self, &line);
}

static uint64_t session_workers_of(struct weir_export *of)
{
    struct weir_exported all;
    uint64_t n = 0;
    weir_export_borrow(of, &all);
    for (size_t i = 0; i < all.n; i++)
        n += weir_rt_workers(all.rts[i]);
    weir_export_give_back(&all);
    return n;
}

static void say_hello(struct weir_session *self)
{
    struct weir_export *of = self->of;
    weir_json_out line = weir_outbox_line(&self->box);
    weir_say_begin(&line, "hello");
    weir_say_number(&line, "v", VERSION);
    weir_say_number(&line, "pid", (uint64_t)getpid());
    weir_say_text(&line, "program", program_invocation_short_name);
    weir_say_number(&line, "workers", session_workers_of(of));
    weir_say_bool(&line, "control", of->control);
    weir_say_bool(&line, "tap", of->tap);
    weir_say_number(&line, "period_ms", WEIR_INSPECT_PERIOD_MS);
    weir_say_number(&line, "at_ns", of->sys->now_ns(of->sys));
    weir_say_number(&line, "began_ns", of->began_ns);
    session_add(self, &line);
}

size_t weir_session_busy(char *out, size_t n)
{
    char text[WEIR_MESSAGE_BYTES];
    weir_json_out line = {(unsigned char *)out, n, 0};
    weir_format(text, sizeof text, "%d clients watch already, which is the most",
                WEIR_INSPECT_CLIENTS_MAX);
    weir_say_begin(&line, "busy");
    weir_say_text(&line, "text", text);
    weir_say_end(&line);
    return line.n <= n ? line.n : 0;
}

/* ---- stages and rows ---- */

static void say_stage(struct weir_session *self, size_t id)
{
    const struct weir_known_row *known = &self->known.rows[id];
    const weir_site *place = known->row.place;
    weir_json_out line = session_line_of(self);
    weir_say_begin(&line, "stage");
    weir_say_number(&line, "id", id);
    weir_say_site(&line, "place", place);
    weir_say_text(&line, "in", place ? place->function : NULL);
    weir_say_text(&line, "stage", known->row.stage);
    weir_say_text(&line, "function", known->row.function);
    weir_say_number(&line, "index", known->row.index);
    weir_say_id(&line, "input_of", weir_known_input_of(&self->known, id));
    weir_say_number(&line, "rt", known->rt);
    weir_say_text(&line, "unit", known->row.unit);
    session_add(self, &line);
}

static void say_queue(weir_json_out *line, const weir_inspect_row *row)
{
    if (!row->queue_n && !row->queue_max)
        return;
    weir_say_key(line, "queue");
    weir_say(line, "[");
    weir_say_decimal(line, row->queue_n);
    weir_say(line, ",");
    weir_say_decimal(line, row->queue_max);
    weir_say(line, ",");
    weir_say_decimal(line, row->queue_item_ns);
    weir_say(line, "]");
}

static void session_say_limit(weir_json_out *line, const weir_inspect_row *row)
{
    if (!row->limit && !row->in_flight)
        return;
    weir_say_number(line, "limit", row->limit);
    weir_say_number(line, "in_flight", row->in_flight);
}

static void say_row(weir_json_out *line, size_t id, const weir_inspect_row *row)
{
    weir_say(line, "{\"id\":");
    weir_say_decimal(line, id);
    weir_say_number(line, "tasks", row->tasks);
    weir_say_number(line, "items", row->items);
    weir_say_number(line, "polls", row->polls);
    weir_say_number(line, "waits", row->waits);
    weir_say_number(line, "busy_ns", row->busy_ns);
    weir_say_number(line, "starved_ns", row->starved_ns);
    weir_say_number(line, "blocked_ns", row->blocked_ns);
    weir_say_number(line, "runnable_ns", row->runnable_ns);
    weir_say_number(line, "served_ns", row->served_ns);
    weir_say_number(line, "long_polls", row->long_polls);
    say_queue(line, row);
    session_say_limit(line, row);
    weir_say(line, "}");
}

/* Some of those that changed; with none it says what time it is. */
static void say_rows(struct weir_session *self)
{
    struct weir_known *known = &self->known;
    size_t i = self->rows_at, n = 0;
    weir_json_out line = session_line_of(self);
    weir_say_begin(&line, "rows");
    weir_say_number(&line, "at_ns", known->at_ns);
    if (known->same_ns >= SAME_NS)
        weir_say_number(&line, "same_ns", known->same_ns);
    weir_say_key(&line, "rows");
    weir_say(&line, "[");
    for (; i < known->n && n < ROWS_A_LINE; i++) {
        if (!known->rows[i].changed)
            continue;
        weir_say(&line, n++ ? "," : "");
        say_row(&line, i, &known->rows[i].row);
        known->rows[i].changed = false;
    }
    weir_say(&line, "]");
    while (i < known->n && !known->rows[i].changed)
        i++;
    self->rows_at = i < known->n ? i : SIZE_MAX;
    session_add(self, &line);
}

void weir_session_say_time(struct weir_session *self)
{
    if (self->over)
        return;
    weir_json_out line = session_line_of(self);
    weir_say_begin(&line, "rows");
    weir_say_number(&line, "at_ns", self->now_ns);
    weir_say_key(&line, "rows");
    weir_say(&line, "[]");
    session_add(self, &line);
}

static void session_say_turn(struct weir_session *self, const struct weir_known_turn *long_one)
{
    weir_json_out line = session_line_of(self);
    weir_say_begin(&line, "running");
    weir_say_number(&line, "worker", long_one->turn.worker);
    weir_say_id(&line, "id", long_one->id);
    weir_say_site(&line, "place", long_one->turn.place);
    weir_say_text(&line, "stage", long_one->turn.stage);
    weir_say_number(&line, "for_ns", long_one->turn.for_ns);
    weir_say_text(&line, "function", long_one->turn.function);
    weir_say_number(&line, "rt", long_one->rt);
    session_add(self, &line);
}

void weir_session_read(struct weir_session *self, bool all)
{
    weir_known_read(&self->known, self->of);
    self->turns_told = 0;
    if (all)
        weir_known_forget(&self->known);
    self->rows_at = 0;
}

/* ---- answers ---- */

static void drop_answer(struct weir_session *self)
{
    struct weir_answer *answer = &self->answer;
    if (answer->of && answer->drop)
        answer->drop(answer->state);
    *answer = (struct weir_answer){0};
}

void weir_session_answer(struct weir_session *self, struct weir_answer answer)
{
    self->answer = answer;
}

/* Of a place that has several. */
static void say_limits(const struct weir_answer *answer, weir_json_out *line)
{
    char text[160];
    if (answer->changed < 2 && !answer->left)
        return;
    size_t n = weir_format(text, sizeof text, "limits of this place that were changed: %zu",
                           answer->changed);
    if (answer->left)
        weir_format(text + n, sizeof text - n, "; stages of it whose limits stay: %llu",
                    (unsigned long long)answer->left);
    weir_say_text(line, "text", text);
}

static void say_done(struct weir_session *self)
{
    weir_json_out line = session_line_of(self);
    weir_say_begin(&line, "done");
    weir_say_text(&line, "of", self->answer.of);
    say_limits(&self->answer, &line);
    session_add(self, &line);
    drop_answer(self);
}

static void say_answer(struct weir_session *self)
{
    weir_json_out line = session_line_of(self);
    bool more = self->answer.next && self->answer.next(self, &line);
    if (line.n)
        session_add(self, &line);
    if (!more)
        say_done(self);
}

static bool answer_is_due(const struct weir_session *self)
{
    return self->answer.of && self->answer.due_ns <= self->now_ns;
}

/* ---- what comes next ---- */

static bool say_news(struct weir_session *self)
{
    weir_json_out line = session_line_of(self);
    bool is = weir_say_new_machine(self, &line) || weir_say_new_advice(self, &line);
    if (is)
        session_add(self, &line);
    return is;
}

static bool session_say_next(struct weir_session *self)
{
    if (self->stages_told < self->known.n)
        say_stage(self, self->stages_told++);
    else if (self->rows_at != SIZE_MAX)
        say_rows(self);
    else if (self->turns_told < self->known.turns_n)
        session_say_turn(self, &self->known.turns[self->turns_told++]);
    else if (self->period_ns && say_news(self))
        return true;
    else if (answer_is_due(self))
        say_answer(self);
    else
        return false;
    return true;
}

/* New rows go before old ones, which are not true any more. */
static void say_all(struct weir_session *self)
{
    while (!self->over && weir_outbox_has_room(&self->box) && session_say_next(self))
        ;
}

uint64_t weir_session_due_ns(const struct weir_session *self)
{
    if (self->over)
        return UINT64_MAX;
    uint64_t rows_ns = self->period_ns ? self->due_ns : UINT64_MAX;
    bool waits = self->answer.of && self->answer.due_ns > self->now_ns;
    uint64_t answer_ns = waits ? self->answer.due_ns : UINT64_MAX;
    return rows_ns < answer_ns ? rows_ns : answer_ns;
}

void weir_session_tick(struct weir_session *self, uint64_t now_ns)
{
    self->now_ns = now_ns;
    if (self->over)
        return;
    if (self->period_ns && now_ns >= self->due_ns) {
        self->due_ns = weir_after_ns(now_ns, self->period_ns);
        weir_session_read(self, false);
        weir_counsel_tick(self->of, now_ns);
        (void)session_line_of(self);
    }
    say_all(self);
}

size_t weir_session_take(struct weir_session *self, char *out, size_t n)
{
    say_all(self);
    return weir_outbox_take(&self->box, out, n);
}

/* ---- how it lives ---- */

static struct weir_session *session_begin(struct weir_export *of)
{
    struct weir_session *self = weir_allocate(sizeof *self);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    self->of = of;
    self->rows_at = SIZE_MAX;
    self->now_ns = of->sys->now_ns(of->sys);
    pthread_mutex_lock(&of->lock);
    self->known.closed_n = of->closed_n;
    pthread_mutex_unlock(&of->lock);
    if (weir_known_init(&self->known))
        return self;
    weir_release(self, sizeof *self);
    return NULL;
}

struct weir_session *weir_session_new(struct weir_export *of, weir_error *error)
{
    if (!weir_export_enter(of)) {
        weir_error_set(error, WEIR_E_LIMIT, "%d clients watch already, which is the most",
                       WEIR_INSPECT_CLIENTS_MAX);
        return NULL;
    }
    struct weir_session *self = session_begin(of);
    if (!self) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for a client of the inspector (%zu bytes)",
                       sizeof *self);
        weir_export_leave(of);
        return NULL;
    }
    say_hello(self);
    return self;
}

void weir_session_drop(struct weir_session *self)
{
    drop_answer(self);
    if (self->period_ns)
        weir_export_unwatch(self->of);
    weir_export_leave(self->of);
    weir_known_fini(&self->known);
    weir_release(self, sizeof *self);
}

void weir_session_end(struct weir_session *self, const char *reason)
{
    if (self->over)
        return;
    if (self->period_ns)
        weir_session_read(self, false);
    say_all(self);
    weir_json_out line = session_line_of(self);
    weir_say_begin(&line, "end");
    weir_say_text(&line, "reason", reason);
    session_add(self, &line);
    self->over = true;
}

bool weir_session_is_busy(const struct weir_session *self)
{
    return self->answer.of;
}

bool weir_session_is_idle(const struct weir_session *self)
{
    return !self->period_ns && !self->answer.of;
}

bool weir_session_is_over(const struct weir_session *self)
{
    return self->over;
}

/* ---- words ---- */

bool weir_words_number(const char *word, uint64_t least, uint64_t most, uint64_t *out)
{
    enum { DIGITS_MAX = 10 };
    size_t n = strspn(word, "0123456789");
    *out = 0;
    if (!n || word[n] || n > DIGITS_MAX)
        return false;
    for (; *word; word++)
        *out = 10 * *out + (uint64_t)(*word - '0');
    return *out >= least && *out <= most;
}

/* False: there are too many. */
static bool session_split(char *line, struct weir_words *words)
{
    char *rest = NULL;
    words->n = 0;
    for (char *word = strtok_r(line, " \t\r", &rest); word; word = strtok_r(NULL, " \t\r", &rest)) {
        if (words->n == WEIR_SESSION_WORDS_MAX)
            return false;
        words->word[words->n++] = word;
    }
    return true;
}

void weir_session_command(struct weir_session *self, const char *line)
{
    char copy[WEIR_INSPECT_COMMAND_BYTES + 1];
    struct weir_words words;
    size_t n = strnlen(line, sizeof copy);
    if (self->over)
        return;
    if (n == sizeof copy) {
        weir_session_refuse(self, NULL, "a command has at most %d bytes",
                            WEIR_INSPECT_COMMAND_BYTES);
        return;
    }
    memcpy(copy, line, n + 1);
    if (!session_split(copy, &words))
        weir_session_refuse(self, words.word[0], "a command has at most %d words",
                            WEIR_SESSION_WORDS_MAX);
    else if (words.n)
        weir_session_obey(self, &words);
    say_all(self);
}
