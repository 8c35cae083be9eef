/* The answer to `tap`: items that pass one stage, a few of them. */

#include <string.h>

#include "inspect/answers.h"
#include "inspect/tap.h"
#include "task/workers.h"
#include "weir/alloc.h"

enum { TAP_ANSWER_ITEMS = 10, TAP_ANSWER_ITEMS_MAX = 10000 };
#define TAP_ANSWER_LOOK_EVERY_NS UINT64_C(50000000)
#define GIVES_UP_NS UINT64_C(60000000000)

struct tapping {
    struct weir_export *of;
    struct weir_known_row known;
    size_t id;
    uint64_t left, ends_ns;
    uint64_t passed; /* items, by when the last one was shown */
    bool there;
    struct weir_tapped item;
};

static void tap_answer_look(struct tapping *self, weir_rt *rt)
{
    for (size_t i = 0; i < weir_rt_workers(rt) && !self->there; i++) {
        struct weir_tap *tap = weir_inspect_tap(rt, i);
        weir_tap_set(rt, i, &self->known.row); /* the row may be new there */
        self->there = tap && weir_tap_take(tap, &self->item);
    }
}

static bool tap_answer_find(struct tapping *self)
{
    struct weir_exported all;
    self->there = false;
    weir_export_borrow(self->of, &all);
    for (size_t i = 0; i < all.n; i++)
        if (all.rts[i]->number == self->known.rt)
            tap_answer_look(self, all.rts[i]);
    weir_export_give_back(&all);
    return self->there;
}

static void tap_answer_end(struct tapping *self)
{
    struct weir_exported all;
    weir_export_borrow(self->of, &all);
    for (size_t i = 0; i < all.n; i++)
        for (size_t k = 0; k < weir_rt_workers(all.rts[i]); k++)
            weir_tap_set(all.rts[i], k, NULL);
    weir_export_give_back(&all);
}

/* How many went by since the one before, unseen. */
static uint64_t dropped(struct weir_session *session, struct tapping *self)
{
    weir_known_read(&session->known, self->of);
    uint64_t items = session->known.rows[self->id].row.items;
    uint64_t more = items > self->passed ? items - self->passed : 0;
    self->passed = items;
    return more ? more - 1 : 0;
}

static bool next_of_tap(struct weir_session *session, weir_json_out *line)
{
    struct tapping *self = session->answer.state;
    if (tap_answer_find(self)) {
        weir_say_begin(line, "tap");
        weir_say_number(line, "id", self->id);
        weir_say_number(line, "at_ns", self->item.at_ns);
        weir_say_bytes(line, "item", self->item.text, self->item.n);
        weir_say_number(line, "dropped", dropped(session, self));
        return --self->left;
    }
    session->answer.due_ns = weir_after_ns(session->now_ns, TAP_ANSWER_LOOK_EVERY_NS);
    return session->now_ns < self->ends_ns;
}

static void tap_answer_drop(void *state)
{
    struct tapping *self = state;
    tap_answer_end(self);
    weir_export_unwatch(self->of);
    atomic_store(&self->of->tapped, false);
    weir_release(self, sizeof *self);
}

static bool tap_answer_refuse(struct weir_session *session, const char *text)
{
    weir_session_refuse(session, "tap", "%s", text);
    return false;
}

static bool is_allowed(struct weir_session *session, const struct weir_words *words, uint64_t *id,
                       uint64_t *n)
{
    if (!session->of->tap)
        return tap_answer_refuse(session,
                                 "the program did not allow it (WEIR_INSPECT_TAP=1, or .tap of "
                                 "weir_inspect_options)");
    if (!weir_words_number(words->word[1], 0, WEIR_INSPECT_STAGES_TOLD_MAX, id) ||
        *id >= session->known.n)
        return tap_answer_refuse(
            session, session->known.n ? "there is no stage of that id"
                                      : "ids are those of this connection: say snapshot first");
    if (words->n > 2 && !weir_words_number(words->word[2], 1, TAP_ANSWER_ITEMS_MAX, n))
        return tap_answer_refuse(session, "1 to 10000 items can be asked for");
    if (atomic_exchange(&session->of->tapped, true))
        return tap_answer_refuse(session, "another client taps");
    return true;
}

void weir_answer_tap(struct weir_session *session, const struct weir_words *words)
{
    uint64_t id, n = TAP_ANSWER_ITEMS;
    if (!is_allowed(session, words, &id, &n))
        return;
    struct tapping *self = weir_allocate(sizeof *self);
    if (!self) {
        atomic_store(&session->of->tapped, false);
        weir_session_refuse(session, "tap", "no memory for it (%zu bytes)", sizeof *self);
        return;
    }
    *self = (struct tapping){.of = session->of,
                             .known = session->known.rows[id],
                             .id = (size_t)id,
                             .left = n,
                             .ends_ns = weir_after_ns(session->now_ns, GIVES_UP_NS),
                             .passed = session->known.rows[id].row.items};
    weir_export_watch(self->of);
    weir_session_answer(
        session, (struct weir_answer){
                     .of = "tap", .next = next_of_tap, .state = self, .drop = tap_answer_drop});
}
