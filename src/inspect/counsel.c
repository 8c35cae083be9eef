/* Windows, and the model that is made of each. */

#include "inspect/counsel.h"

#include <string.h>

#include "inspect/advise.h"
#include "inspect/model_rows.h"
#include "task/worker.h"
#include "weir/alloc.h"
#include "weir/run.h"

/* The first window is shorter: somebody waits. What it takes is some 1 % of a core then. */
#define COUNSEL_FIRST_NS UINT64_C(2000000000)
#define WINDOW_NS UINT64_C(10000000000)

/* The row of an advice. */
struct subject {
    uint64_t rt, index;
    const weir_site *place;
    const char *stage;
};

struct weir_counsel {
    uint64_t rt; /* whose window it is; 0: none has begun */
    uint64_t from_ns, due_ns;
    uint64_t worked_ns; /* by all runtimes, when it began */
    uint64_t n;
    size_t before_n, after_n;
    weir_inspect_row before[WEIR_INSPECT_ROWS_MAX], after[WEIR_INSPECT_ROWS_MAX];
    double windows[WEIR_MODEL_WINDOWS_MAX];
    size_t windows_n;
    struct weir_model model;
    struct weir_model_room room;
    bool there, judged;
    struct weir_advice advice;
    struct subject subject;
};

/* ---- which runtime ---- */

static uint64_t busy_ns(const weir_inspect_row *rows, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n && i < WEIR_INSPECT_ROWS_MAX; i++)
        sum += rows[i].busy_ns;
    return sum;
}

/* The one that was asked for, or else the busiest. NULL: there is none. */
static weir_rt *counsel_choose(struct weir_counsel *self, const struct weir_exported *all)
{
    weir_rt *best = NULL;
    uint64_t most_ns = 0;
    for (size_t i = 0; i < all->n; i++) {
        weir_rt *rt = all->rts[i];
        if (rt->number == self->rt)
            return rt;
        size_t n = weir_inspect_snapshot(rt, self->after, WEIR_INSPECT_ROWS_MAX);
        uint64_t ns = busy_ns(self->after, n);
        if (n && ns >= most_ns) {
            best = rt;
            most_ns = ns;
        }
    }
    return best;
}

/* ---- a window ---- */

static size_t counsel_snapshot(weir_rt *rt, weir_inspect_row *rows)
{
    size_t n = weir_inspect_snapshot(rt, rows, WEIR_INSPECT_ROWS_MAX);
    return n < WEIR_INSPECT_ROWS_MAX ? n : WEIR_INSPECT_ROWS_MAX;
}

/* What is in `after` is lost. */
static uint64_t counsel_worked_ns(struct weir_counsel *self, const struct weir_exported *all)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < all->n; i++)
        sum += weir_model_worked_ns(self->after, counsel_snapshot(all->rts[i], self->after));
    return sum;
}

static void counsel_begin(struct weir_counsel *self, weir_rt *rt, uint64_t now_ns, uint64_t ns)
{
    self->rt = rt ? rt->number : 0;
    self->from_ns = now_ns;
    self->due_ns = weir_after_ns(now_ns, ns);
    self->before_n = rt ? counsel_snapshot(rt, self->before) : 0;
}

static size_t service_of(void *rt, const weir_inspect_row *row, weir_service *out, size_t n)
{
    return weir_inspect_service(rt, row->place, row->stage, row->index, out, n);
}

static void keep_rate(struct weir_counsel *self)
{
    if (self->windows_n == WEIR_MODEL_WINDOWS_MAX)
        memmove(self->windows, self->windows + 1, --self->windows_n * sizeof *self->windows);
    self->windows[self->windows_n++] = self->model.measured;
    memcpy(self->model.windows, self->windows, sizeof self->windows);
    self->model.windows_n = self->windows_n;
}

static void keep_subject(struct weir_counsel *self)
{
    size_t i = self->advice.id < self->after_n ? (size_t)self->advice.id : 0;
    const weir_inspect_row *row = &self->after[i];
    self->subject = (struct subject){self->rt, row->index, row->place, row->stage};
}

static void counsel_judge(struct weir_counsel *self, struct weir_export *of, weir_rt *rt,
                          uint64_t now_ns, uint64_t worked)
{
    struct weir_machine machine;
    self->after_n = counsel_snapshot(rt, self->after);
    struct weir_model_source source = {.before = self->before,
                                       .before_n = self->before_n,
                                       .after = self->after,
                                       .after_n = self->after_n,
                                       .took_ns = now_ns - self->from_ns,
                                       .worked_ns = worked,
                                       .service = service_of,
                                       .arg = rt};
    memset(&self->model, 0, sizeof self->model);
    memset(&self->advice, 0, sizeof self->advice);
    self->there = self->after_n && weir_model_from_rows(&self->model, &self->room, &source);
    self->n++;
    self->judged = self->there;
    if (!self->there)
        return;
    weir_export_read_machine(of);
    weir_export_machine(of, &machine);
    weir_model_set_workers(&self->model, rt, &machine);
    weir_model_set_machine(&self->model, &machine);
    keep_rate(self);
    self->there = weir_advise(&self->model, &self->advice) && self->advice.rule;
    keep_subject(self);
}

static void counsel_look(struct weir_counsel *self, struct weir_export *of, uint64_t now_ns)
{
    struct weir_exported all;
    weir_export_borrow(of, &all);
    weir_rt *rt = counsel_choose(self, &all);
    uint64_t worked = counsel_worked_ns(self, &all), before = self->worked_ns;
    bool goes_on = rt && rt->number == self->rt;
    if (goes_on)
        counsel_judge(self, of, rt, now_ns, worked > before ? worked - before : 0);
    else
        self->windows_n = 0;
    self->worked_ns = worked;
    counsel_begin(self, rt, now_ns, goes_on ? WINDOW_NS : COUNSEL_FIRST_NS);
    weir_export_give_back(&all);
}

/* ---- for sessions ---- */

static struct weir_counsel *counsel_make(struct weir_export *of)
{
    of->counsel = weir_allocate(sizeof *of->counsel);
    if (of->counsel)
        memset(of->counsel, 0, sizeof *of->counsel);
    return of->counsel;
}

void weir_counsel_tick(struct weir_export *of, uint64_t now_ns)
{
    struct weir_counsel *self = of->counsel ? of->counsel : counsel_make(of);
    if (self && now_ns >= self->due_ns)
        counsel_look(self, of, now_ns);
}

void weir_counsel_drop(struct weir_counsel *self)
{
    weir_release(self, sizeof *self);
}

uint64_t weir_counsel_n(const struct weir_export *of)
{
    return of->counsel ? of->counsel->n : 0;
}

static bool is_subject(const struct subject *subject, const struct weir_known_row *one)
{
    return one->rt == subject->rt && one->row.place == subject->place &&
           one->row.index == subject->index && !strcmp(one->row.stage, subject->stage);
}

const struct weir_advice *weir_counsel_advice(const struct weir_export *of,
                                              const struct weir_known *known, size_t *id)
{
    const struct weir_counsel *self = of->counsel;
    *id = SIZE_MAX;
    if (!self || !self->there)
        return NULL;
    for (size_t i = 0; i < known->n; i++)
        if (is_subject(&self->subject, &known->rows[i]))
            *id = i;
    return &self->advice;
}

const struct weir_advice *weir_counsel_silence(const struct weir_export *of)
{
    const struct weir_counsel *self = of->counsel;
    return self && self->judged && !self->there ? &self->advice : NULL;
}
