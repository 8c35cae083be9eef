/* The commands that change the program: the limit of a stage, and trials of two of them. */

#include <string.h>

#include "core/format.h"
#include "core/stage.h"
#include "inspect/answers.h"
#include "inspect/knobs.h"
#include "weir/alloc.h"

enum { CONTROL_LIMIT_MAX = 1000000, CONTROL_ROUNDS = 5 };
#define CONTROL_MS UINT64_C(1000000)
/* Of each half of a round; what is measured begins when what had begun before is over mostly. */
#define HALF_NS (2000 * CONTROL_MS)
#define CONTROL_SETTLE_NS (500 * CONTROL_MS)

/* ---- the row that is meant ---- */

static bool control_refuse(struct weir_session *session, const char *of, const char *text)
{
    weir_session_refuse(session, of, "%s", text);
    return false;
}

static bool control_find(struct weir_session *session, const struct weir_words *words, size_t *id)
{
    uint64_t number;
    const char *of = words->word[0];
    if (!session->of->control)
        return control_refuse(
            session, of,
            "the program did not allow control (WEIR_INSPECT_CONTROL=1, or .control of "
            "weir_inspect_options)");
    if (strcmp(words->word[2], "limit") != 0)
        return control_refuse(session, of, "only a limit can be changed: ID limit N");
    if (!weir_words_number(words->word[1], 0, WEIR_INSPECT_STAGES_TOLD_MAX, &number) ||
        number >= session->known.n)
        return control_refuse(session, of,
                              session->known.n
                                  ? "there is no stage of that id"
                                  : "ids are those of this connection: say snapshot first");
    *id = (size_t)number;
    return true;
}

/* False: it has none that can be changed. */
static bool control_set(struct weir_export *of, const struct weir_known_row *known, size_t limit,
                        struct weir_knobs_kept *kept)
{
    struct weir_exported all;
    weir_export_borrow(of, &all);
    for (size_t i = 0; i < all.n; i++)
        if (all.rts[i]->number == known->rt)
            weir_knobs_set(all.rts[i], &known->row, limit, kept);
    weir_export_give_back(&all);
    return kept->n;
}

/* Of this stage, or of the one that it takes its items from: of a parallel one the part that has
 * the limit is another one than the one that is called so. *id: which it was. */
static bool set_near(struct weir_session *session, size_t *id, size_t limit,
                     struct weir_knobs_kept *kept)
{
    const struct weir_known *known = &session->known;
    if (control_set(session->of, &known->rows[*id], limit, kept))
        return true;
    for (size_t i = 0; i < known->n; i++)
        if (weir_known_over(known, i) == *id &&
            control_set(session->of, &known->rows[i], limit, kept)) {
            *id = i;
            return true;
        }
    return false;
}

static void refuse_fixed(struct weir_session *session, const char *of, size_t id)
{
    weir_session_refuse(session, of,
                        "stage %zu has no limit that can be changed while it runs (.limit of "
                        "weir_par_options)",
                        id);
}

void weir_answer_set(struct weir_session *session, const struct weir_words *words)
{
    uint64_t limit;
    size_t id, at;
    struct weir_knobs_kept kept = {.n = 0};
    if (!control_find(session, words, &id))
        return;
    at = id;
    if (!weir_words_number(words->word[3], 1, CONTROL_LIMIT_MAX, &limit))
        weir_session_refuse(session, "set", "a limit is 1 to %d", CONTROL_LIMIT_MAX);
    else if (!set_near(session, &at, (size_t)limit, &kept))
        refuse_fixed(session, "set", id);
    else
        weir_session_answer(
            session, (struct weir_answer){.of = "set", .changed = kept.n, .left = kept.others});
    weir_knobs_end(&kept, false);
}

/* ---- a trial: one limit and the other, again and again ---- */

enum control_step { CONTROL_CHANGES, MEASURES };

struct trial {
    struct weir_export *of;
    struct weir_known_row known; /* whose limit it is */
    size_t id, counted;          /* counted: whose items are progress */
    size_t limits[2];
    struct weir_knobs_kept kept;
    enum control_step step;
    unsigned halves; /* that are over */
    uint64_t from_ns, from_items;
    uint64_t items[2], ns[2];
};

/* The stage itself; or, where it gives no items, the one that it takes them from. */
static size_t counted_of(const struct weir_known *known, size_t id)
{
    for (size_t i = 0; !known->rows[id].row.items && i < known->n; i++)
        if (weir_known_over(known, i) == id)
            return i;
    return id;
}

static void control_change(struct weir_session *session, struct trial *self)
{
    (void)control_set(self->of, &self->known, self->limits[self->halves % 2], &self->kept);
    session->answer.changed = self->kept.n;
    session->answer.left = self->kept.others;
    self->step = MEASURES;
    session->answer.due_ns = weir_after_ns(session->now_ns, CONTROL_SETTLE_NS);
}

static void measure_from(struct weir_session *session, struct trial *self)
{
    weir_known_read(&session->known, self->of);
    self->from_ns = session->known.at_ns;
    self->from_items = session->known.rows[self->counted].row.items;
    self->step = CONTROL_CHANGES;
    session->answer.due_ns = weir_after_ns(session->now_ns, HALF_NS - CONTROL_SETTLE_NS);
}

static void measure_to(struct weir_session *session, struct trial *self)
{
    weir_known_read(&session->known, self->of);
    uint64_t items = session->known.rows[self->counted].row.items;
    self->items[self->halves % 2] += items - self->from_items;
    self->ns[self->halves % 2] += session->known.at_ns - self->from_ns;
    self->halves++;
}

static double rate(const struct trial *self, int half)
{
    return self->ns[half] ? (double)self->items[half] / (double)self->ns[half] : 0;
}

static void say_trial(const struct trial *self, weir_json_out *line)
{
    char text[96];
    double now = rate(self, 0), then = rate(self, 1);
    uint64_t hundredths = now > 0 ? (uint64_t)(then / now * 100 + 0.5) : 0;
    weir_say_begin(line, "trial");
    weir_say_number(line, "id", self->id);
    weir_format(text, sizeof text, ",\"limit\":[%zu,%zu],\"gain\":", self->limits[0],
                self->limits[1]);
    weir_say(line, text);
    if (now > 0) {
        weir_format(text, sizeof text, "%llu.%llu%llu", (unsigned long long)(hundredths / 100),
                    (unsigned long long)(hundredths / 10 % 10),
                    (unsigned long long)(hundredths % 10));
        weir_say(line, text);
    } else {
        weir_say(line, "null");
    }
    weir_say_number(line, "rounds", CONTROL_ROUNDS);
}

static bool next_of_trial(struct weir_session *session, weir_json_out *line)
{
    struct trial *self = session->answer.state;
    if (self->step == MEASURES) {
        measure_from(session, self);
        return true;
    }
    if (self->from_ns)
        measure_to(session, self);
    if (self->halves < 2 * CONTROL_ROUNDS) {
        control_change(session, self);
        return true;
    }
    say_trial(self, line);
    return false;
}

/* Each limit is what it was. */
static void control_drop(void *state)
{
    struct trial *self = state;
    weir_knobs_end(&self->kept, true);
    weir_export_unwatch(self->of);
    atomic_store(&self->of->tried, false);
    weir_release(self, sizeof *self);
}

/* "1,2" */
static bool two_limits(const char *word, size_t out[2])
{
    char first[12];
    uint64_t a, b;
    const char *comma = strchr(word, ',');
    if (!comma || (size_t)(comma - word) >= sizeof first)
        return false;
    memcpy(first, word, (size_t)(comma - word));
    first[comma - word] = 0;
    bool are = weir_words_number(first, 1, CONTROL_LIMIT_MAX, &a) &&
               weir_words_number(comma + 1, 1, CONTROL_LIMIT_MAX, &b);
    if (are) {
        out[0] = (size_t)a;
        out[1] = (size_t)b;
    }
    return are;
}

static void control_begin(struct weir_session *session, struct trial trial)
{
    struct trial *self = weir_allocate(sizeof *self);
    if (!self) {
        weir_knobs_end(&trial.kept, true);
        atomic_store(&trial.of->tried, false);
        weir_session_refuse(session, "trial", "no memory for it (%zu bytes)", sizeof *self);
        return;
    }
    *self = trial;
    weir_export_watch(self->of);
    weir_session_answer(
        session, (struct weir_answer){
                     .of = "trial", .next = next_of_trial, .state = self, .drop = control_drop});
}

void weir_answer_trial(struct weir_session *session, const struct weir_words *words)
{
    struct trial trial = {.of = session->of};
    if (!control_find(session, words, &trial.id))
        return;
    size_t at = trial.id;
    weir_known_read(&session->known, session->of);
    if (!two_limits(words->word[3], trial.limits))
        weir_session_refuse(session, "trial", "two limits are wanted, 1 to %d each: A,B",
                            CONTROL_LIMIT_MAX);
    else if (atomic_exchange(&session->of->tried, true))
        weir_session_refuse(session, "trial", "another client tries something");
    else if (!set_near(session, &at, trial.limits[0], &trial.kept)) {
        atomic_store(&session->of->tried, false);
        refuse_fixed(session, "trial", trial.id);
    } else {
        trial.known = session->known.rows[at];
        trial.counted = counted_of(&session->known, at);
        control_begin(session, trial);
    }
}
