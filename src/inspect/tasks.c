/* The answer to `tasks`: how many of them do what, by the place that spawned them. They are never
 * listed one by one: there may be a million. */

#include <string.h>

#include "inspect/answers.h"
#include "inspect/look.h"
#include "weir/alloc.h"

/* Workers see that somebody looks when they come round their loop; one that is stuck never does. */
#define TASKS_LOOK_EVERY_NS UINT64_C(20000000)
#define TASKS_SETTLE_NS UINT64_C(500000000)
enum { GROUPS_MAX = 512 };

enum tasks_state { READY, TASKS_WAITS };

struct tasks_group {
    uint64_t rt;
    enum tasks_state state;
    weir_wait_for what;
    const weir_site *place;
    const char *leaf;
    uint64_t index; /* of that */
    uint64_t n, sum_ns;
};

struct dump {
    struct weir_export *of;
    uint64_t due_ns; /* then it is read, whoever was seen */
    bool read;
    size_t n;
    struct tasks_group groups[GROUPS_MAX];
};

/* ---- what is read ---- */

#define TASKS_GET(word) __atomic_load_n(&(word), __ATOMIC_ACQUIRE)

/* How many, and how long all together. As it stood between two writes. */
static void read_open(const struct weir_looking *look, const struct weir_open *open,
                      struct tasks_group *group)
{
    for (int tries = 0; weir_accounts_try(tries); tries++) {
        uint64_t before = atomic_load(&look->accounts.version);
        uint64_t n = TASKS_GET(open->n), since_ns = TASKS_GET(open->since_ns);
        uint64_t now_ns = weir_looking_now_ns(look);
        int64_t sum_ns = (int64_t)(n * now_ns - since_ns);
        group->n = n;
        group->sum_ns = sum_ns > 0 ? (uint64_t)sum_ns : 0;
        if (before % 2 == 0 && before == atomic_load(&look->accounts.version))
            return;
    }
    group->sum_ns = 0; /* of half a write */
}

static bool is_same(const struct tasks_group *a, const struct tasks_group *b)
{
    return a->rt == b->rt && a->state == b->state && a->what == b->what && a->place == b->place &&
           a->index == b->index && !strcmp(a->leaf, b->leaf);
}

/* Those beyond the last are left out. */
static void tasks_add(struct dump *self, const struct tasks_group *group)
{
    size_t i = 0;
    if (!group->n)
        return;
    while (i < self->n && !is_same(&self->groups[i], group))
        i++;
    if (i == GROUPS_MAX)
        return;
    if (i == self->n)
        self->groups[self->n++] = *group;
    else {
        self->groups[i].n += group->n;
        self->groups[i].sum_ns += group->sum_ns;
    }
}

static void tasks_read_row(struct dump *self, const struct weir_looking *look, uint64_t rt,
                           const struct weir_account_row *row)
{
    struct tasks_group group = {.rt = rt,
                                .state = TASKS_WAITS,
                                .place = TASKS_GET(row->key.place),
                                .leaf = TASKS_GET(row->key.stage),
                                .index = TASKS_GET(row->key.index)};
    for (int what = 0; what <= WEIR_WAIT_MARKS; what++) {
        group.what = (weir_wait_for)what;
        read_open(look, &row->leaf[what], &group);
        tasks_add(self, &group);
    }
    group.state = READY;
    group.what = WEIR_WAIT_NONE;
    read_open(look, &row->open[WEIR_SHARE_RUNNABLE], &group);
    tasks_add(self, &group);
}

static void read_runtime(struct dump *self, weir_rt *rt)
{
    for (size_t i = 0; i < WEIR_WORKERS_MAX; i++) {
        const struct weir_looking *look = weir_looking_at(rt, i);
        uint64_t n = look ? weir_accounts_n(&look->accounts) : 0;
        for (uint64_t k = 0; k < n; k++)
            tasks_read_row(self, look, rt->number, &look->accounts.rows[k]);
    }
}

static void tasks_read_all(struct dump *self, struct weir_known *known)
{
    struct weir_exported all;
    weir_known_read(known, self->of);
    weir_export_borrow(self->of, &all);
    for (size_t i = 0; i < all.n; i++)
        read_runtime(self, all.rts[i]);
    weir_export_give_back(&all);
    self->read = true;
}

static bool is_exact(weir_rt *rt)
{
    for (size_t i = 0; i < weir_rt_workers(rt) && i < WEIR_WORKERS_MAX; i++) {
        const struct weir_looking *look = weir_looking_at(rt, i);
        if (!look || !TASKS_GET(look->accounts.exact))
            return false;
    }
    return true;
}

/* All workers count every task by now. */
static bool tasks_is_settled(struct dump *self)
{
    struct weir_exported all;
    bool exact = true;
    weir_export_borrow(self->of, &all);
    for (size_t i = 0; i < all.n; i++)
        exact &= is_exact(all.rts[i]);
    weir_export_give_back(&all);
    return exact;
}

/* ---- what is said ---- */

static const char *tasks_name_of(weir_wait_for what)
{
    static const char *const names[] = {"none", "io",    "timer", "peer",
                                        "turn", "never", "item",  "room"};
    return names[what];
}

static size_t tasks_id_of(const struct weir_known *known, const struct tasks_group *group)
{
    for (size_t i = 0; i < known->n; i++) {
        const struct weir_known_row *one = &known->rows[i];
        if (one->rt == group->rt && one->row.place == group->place &&
            one->row.index == group->index && !strcmp(one->row.stage, group->leaf))
            return i;
    }
    return SIZE_MAX;
}

/* The consumer of the chain. */
static size_t tasks_top_of(const struct weir_known *known, size_t id)
{
    for (size_t steps = 0; id != SIZE_MAX && steps < WEIR_NOTED_MAX; steps++) {
        size_t over = weir_known_over(known, id);
        if (over == SIZE_MAX)
            break;
        id = over;
    }
    return id;
}

static void say_group(const struct weir_known *known, const struct tasks_group *group,
                      weir_json_out *line)
{
    size_t id = tasks_id_of(known, group), top = tasks_top_of(known, id);
    bool waits = group->state == TASKS_WAITS;
    weir_say_begin(line, "task");
    weir_say_site(line, "place", group->place);
    weir_say_text(line, "stage", top == SIZE_MAX ? group->leaf : known->rows[top].row.stage);
    weir_say_text(line, "state", waits ? "waits" : "ready");
    weir_say_text(line, "leaf", waits ? group->leaf : NULL);
    weir_say_text(line, "wait_for", waits ? tasks_name_of(group->what) : NULL);
    weir_say_number(line, "for_ns", group->sum_ns / group->n);
    weir_say_number(line, "n", group->n);
    weir_say_id(line, "id", waits ? id : top);
    weir_say_number(line, "rt", group->rt);
}

static void tasks_say_turn(const struct weir_known_turn *turn, weir_json_out *line)
{
    weir_say_begin(line, "task");
    weir_say_site(line, "place", turn->turn.place);
    weir_say_text(line, "stage", turn->turn.stage);
    weir_say_text(line, "state", "runs");
    weir_say_text(line, "leaf", NULL);
    weir_say_text(line, "wait_for", NULL);
    weir_say_number(line, "for_ns", turn->turn.for_ns);
    weir_say_number(line, "n", 1);
    weir_say_id(line, "id", turn->id);
    weir_say_number(line, "rt", turn->rt);
}

/* Each stage of a task that is ready counts it: its consumer stands for them. */
static bool tasks_is_told(const struct weir_known *known, const struct tasks_group *group)
{
    size_t id = tasks_id_of(known, group);
    return group->state == TASKS_WAITS ||
           (id != SIZE_MAX && weir_known_over(known, id) == SIZE_MAX);
}

static bool next_of_tasks(struct weir_session *session, weir_json_out *line)
{
    struct dump *self = session->answer.state;
    const struct weir_known *known = &session->known;
    if (!self->read) {
        if (session->now_ns < self->due_ns && !tasks_is_settled(self))
            session->answer.due_ns = weir_after_ns(session->now_ns, TASKS_LOOK_EVERY_NS);
        else
            tasks_read_all(self, &session->known);
        return true; /* new stages are told first */
    }
    size_t at = session->answer.at++;
    if (at < known->turns_n) {
        tasks_say_turn(&known->turns[at], line);
        return true;
    }
    at -= known->turns_n;
    if (at < self->n && tasks_is_told(known, &self->groups[at]))
        say_group(known, &self->groups[at], line);
    return at < self->n;
}

static void tasks_drop(void *state)
{
    struct dump *self = state;
    weir_export_unwatch(self->of);
    weir_release(self, sizeof *self);
}

void weir_answer_tasks(struct weir_session *session, const struct weir_words *words)
{
    struct dump *self = weir_allocate(sizeof *self);
    (void)words;
    if (!self) {
        weir_session_refuse(session, "tasks", "no memory for it (%zu bytes)", sizeof *self);
        return;
    }
    self->of = session->of;
    self->read = false;
    self->n = 0;
    self->due_ns = weir_after_ns(session->now_ns, TASKS_SETTLE_NS);
    weir_export_watch(self->of);
    weir_session_answer(
        session, (struct weir_answer){
                     .of = "tasks", .next = next_of_tasks, .state = self, .drop = tasks_drop});
}
