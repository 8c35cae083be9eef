/* A task's turn, and its end. */

#include "task/turn.h"

#include "core/in_flight.h"
#include "core/poll.h"
#include "task/join.h"
#include "task/runtimes.h"
#include "task/tell.h"
#include "task/workers.h"
#include "weir/alloc.h"

/* ---- in and out ---- */

void weir_worker_welcome(weir_worker *worker, weir_task *task)
{
    task->arrives = false;
    task->number = ++worker->tasks_made;
    if (WEIR_UNLIKELY(worker->winding_up))
        atomic_store(&task->cancelled, WEIR_TASK_CANCELLED); /* it would make others, and so on */
    weir_task_link(&worker->tasks, task);
    weir_tell_cycle(worker, task);
}

void weir_worker_add(weir_worker *worker, weir_task *task)
{
    weir_worker_note_thread(worker);
    weir_worker_welcome(worker, task);
    weir_ready_push(&worker->ready, task);
    if (WEIR_UNLIKELY(!worker->entered) && atomic_load(&worker->inbox->sleeping))
        weir_interrupt_raise(worker->inbox->interrupt_fd); /* somebody else's loop waits for it */
}

void weir_worker_take(weir_worker *worker, weir_task *task)
{
    atomic_store(&task->inbox, worker->inbox);
    weir_worker_welcome(worker, task);
}

static inline void be_running(weir_task *task)
{
    atomic_exchange(&task->state, WEIR_TASK_RUNNING); /* reads what the wakes wrote */
}

/* It is idle, or goes to the end of the queue because it was woken meanwhile. Then it stays AGAIN:
 * to whoever wakes it that is as good as READY. */
void weir_worker_settle_down(weir_worker *worker, weir_task *task)
{
    unsigned state = atomic_load_explicit(&task->state, memory_order_relaxed);
    if (state == WEIR_TASK_RUNNING &&
        atomic_compare_exchange_strong(&task->state, &state, WEIR_TASK_IDLE))
        return;
    weir_ready_push(&worker->ready, task);
}

/* ---- what a task came to ---- */

/* Where there is no memory for it, who asks is told that much. */
static void turn_keep_error(weir_task *task, const weir_error *error)
{
    task->error = weir_allocate(sizeof *task->error);
    if (task->error)
        *task->error = *error;
}

static void settle_root(weir_task *task, const weir_error *error)
{
    weir_root *root = task->root;
    root->got = task->got;
    root->cut = task->cut;
    if (task->got.state == WEIR_ERROR && root->error)
        *root->error = *error;
}

/* It is told when the task is over. */
static void turn_settle(weir_worker *worker, weir_task *task, const weir_error *error)
{
    if (task->is_root)
        settle_root(task, error);
    else if (task->got.state != WEIR_ERROR)
        return;
    else if (weir_join_is_wanted(task))
        turn_keep_error(task, error);
    else if (error->code != WEIR_E_CANCELLED)
        weir_task_report(worker->rt, error, task->counted);
}

void weir_task_drop_result(weir_rt *rt, weir_task *task)
{
    weir_error *error = task->error;
    if (task->got.n)
        weir_type_drop_items(task->type, task->out, 1);
    if (!error)
        return;
    if (error->code != WEIR_E_CANCELLED)
        weir_task_report(rt, error, task->counted);
    task->error = NULL;
    weir_release(error, sizeof *error);
}

/* ---- the end ---- */

/* Another thread that has its waker may be about to put it into the inbox. */
static bool is_shared(const weir_task *task)
{
    return __atomic_load_n(&task->waker.refs, __ATOMIC_ACQUIRE) != 1;
}

/* It is told to whoever waits for it. Nothing touches the task after that. */
static void turn_tell(weir_worker *worker, weir_task *task)
{
    if (task->is_root) {
        task->root->over = true;
    } else if (!weir_join_finish(task)) {
        weir_task_drop_result(worker->rt, task);
        weir_waker_unref(&task->waker);
    }
}

static void turn_let_go(weir_worker *worker, weir_task *task)
{
    weir_task *parent = task->parent;
    atomic_store_explicit(&task->state, WEIR_TASK_DONE, memory_order_release);
    weir_task_unlink(&worker->tasks, task);
    if (!task->is_root) /* which nobody counted */
        weir_worker_give_room(worker);
    if (task->placed)
        atomic_fetch_sub_explicit(&worker->placed, 1, memory_order_relaxed);
    if (is_shared(task))
        weir_task_keep_inbox(task);
    turn_tell(worker, task);
    if (parent)
        weir_task_lose_child(parent);
}

/* A simulated worker says what a task came to when the work for it is done. */
static bool puts_off(weir_worker *worker, weir_task *task)
{
    if (worker->put_off || !weir_worker_is_at_work(worker))
        return false;
    atomic_store(&task->state, WEIR_TASK_AGAIN);
    worker->put_off = task;
    return true;
}

/* Its future is gone, and so is what it borrowed, when all its children are. */
static void turn_end(weir_worker *worker, weir_task *task)
{
    weir_task_drop_future(task);
    task->ends = true;
    if (WEIR_UNLIKELY(atomic_load(&task->children)))
        weir_worker_settle_down(worker, task); /* the last of them wakes it */
    else if (WEIR_LIKELY(!worker->drawn) || !puts_off(worker, task))
        turn_let_go(worker, task);
}

/* Whose it is, and who asks for it may do so when the worker is gone. */
static void turn_note_error(weir_worker *worker, weir_task *task)
{
    weir_task_own_error(task, &worker->cx.error);
    weir_task_keep_inbox(task);
}

static void turn_finish(weir_worker *worker, weir_task *task)
{
    if (WEIR_UNLIKELY(task->got.state == WEIR_ERROR))
        turn_note_error(worker, task);
    task->cut = task->future->stage.cut;
    turn_settle(worker, task, &worker->cx.error);
    turn_end(worker, task);
}

static void settle_cancelled(weir_worker *worker, weir_task *task)
{
    weir_error error;
    weir_error_set(&error, WEIR_E_CANCELLED, "task %llu was cancelled",
                   (unsigned long long)task->number);
    weir_task_own_error(task, &error);
    task->got = (weir_poll){0, WEIR_ERROR};
    turn_settle(worker, task, &error);
}

/* What its future holds for its children stays until these are gone. The last of them wakes it. */
static void finish_cancelled(weir_worker *worker, weir_task *task)
{
    if (WEIR_UNLIKELY(weir_task_waits_for_children(task))) {
        weir_worker_settle_down(worker, task);
        return;
    }
    settle_cancelled(worker, task);
    turn_end(worker, task);
}

void weir_worker_end(weir_worker *worker, weir_task *task)
{
    unsigned state = atomic_load(&task->state);
    if (state == WEIR_TASK_READY || state == WEIR_TASK_AGAIN)
        weir_ready_remove(&worker->ready, task);
    if (worker->put_off == task)
        worker->put_off = NULL;
    atomic_store(&task->state, WEIR_TASK_DONE);
    if (!task->ends && !task->is_root) /* who runs that knows better why */
        settle_cancelled(worker, task);
    weir_task_drop_future(task);
    turn_let_go(worker, task);
}

void weir_worker_cancel(weir_worker *worker, weir_task *task)
{
    unsigned idle = WEIR_TASK_IDLE;
    if (task->ends)
        return;
    atomic_store(&task->cancelled, WEIR_TASK_CANCELLED);
    if (task->polled)
        return; /* the end of its turn sees it */
    if (worker->dropping || weir_task_waits_for_children(task)) {
        weir_waker_wake(&task->waker); /* its next turn does: drops do not nest without a bound */
        return;
    }
    weir_waker_ref(&task->waker); /* a drop that waits may let it come to its end */
    worker->dropping = true;
    weir_task_drop_future(task);
    worker->dropping = false;
    if (atomic_compare_exchange_strong(&task->state, &idle, WEIR_TASK_RUNNING))
        finish_cancelled(worker, task);
    weir_waker_unref(&task->waker); /* else it leaves the queue in its turn */
}

/* It is its only worker, is turned by this thread, and nobody else looks at it now. */
static bool is_alone_here(weir_rt *rt)
{
    if (!weir_rt_borrow(rt))
        return false;
    bool is =
        weir_worker_thread(&rt->worker) == weir_thread_here() && weir_workers_n(&rt->workers) == 1;
    weir_rt_give_back(rt);
    return is;
}

/* NULL: its worker may be turned by another thread this moment. */
static weir_worker *worker_here(weir_rt *rt, const weir_task *task)
{
    const weir_inbox *inbox = atomic_load(&task->inbox);
    weir_worker *here = weir_worker_here;
    if (!inbox)
        return NULL;
    if (here && here->inbox == inbox)
        return here;
    return (!here || here->rt != rt) && is_alone_here(rt) ? &rt->worker : NULL;
}

void weir_task_cancel(weir_rt *rt, weir_task *task)
{
    weir_worker *worker = worker_here(rt, task);
    if (worker)
        weir_worker_cancel(worker, task);
    else
        weir_task_tell(task, WEIR_TASK_CANCELLED);
}

/* ---- a turn ---- */

static inline void renew(weir_worker *worker, weir_task *task)
{
    weir_cx *cx = &worker->cx;
    weir_worker_renew(worker, task);
    if (WEIR_UNLIKELY(worker->drawn))
        cx->demand_max = 1 + (uint32_t)(worker->sys->random(worker->sys) % worker->demand_max);
    cx->depth = task->future->stage.depth;
}

static bool fail_scratch(weir_worker *worker, size_t need)
{
    weir_fail(&worker->cx, WEIR_E_MEMORY, "no memory for %zu bytes of scratch", need);
    return false;
}

static inline bool turn_begin(weir_worker *worker, weir_task *task)
{
    size_t need = task->future->stage.scratch_need;
    be_running(task);
    weir_worker_look_for_stop(worker);
    renew(worker, task);
    if (WEIR_UNLIKELY(task->scale))
        weir_tell_begins(worker, task);
    worker->cx.sampling = task->scale;
    worker->cx.now_ns = worker->clock.now_ns;
    return WEIR_LIKELY(need <= worker->cx.scratch_size) || weir_cx_reserve(&worker->cx, need) ||
           fail_scratch(worker, need);
}

static inline weir_poll turn_poll_once(weir_worker *worker, weir_task *task)
{
    weir_in_flight_turn(&worker->cx, &task->in_flight);
    worker->cx.polling++;
    task->polled = true;
    weir_poll got = poll_next(task->future, &worker->cx, task->out, 1);
    worker->cx.polling--;
    if (WEIR_UNLIKELY(task->in_flight.first) && got.state == WEIR_PENDING)
        weir_in_flight_progress(&worker->cx);
    task->polled = false; /* its sets are its own too */
    return got;
}

/* Somebody looks at each turn: one that is short goes on all the same. */
enum { LOOKED_AT_NS = 250000 };
static bool turn_is_short(const weir_worker *worker, const weir_task *task)
{
    const weir_sys *sys = worker->sys;
    return sys->now_ns(sys) - task->stamp_ns < LOOKED_AT_NS;
}

/* It woke itself and is alone: its next turn may as well begin now, unless that is what makes room
 * for what it needs by now. */
static bool turn_goes_on(const weir_worker *worker, const weir_task *task, weir_poll got)
{
    return got.state == WEIR_PENDING &&
           atomic_load_explicit(&task->state, memory_order_relaxed) == WEIR_TASK_AGAIN &&
           worker->turns < WEIR_TURNS_AT_ONCE && !weir_task_is_cancelled(task) &&
           task->future->stage.scratch_need <= worker->cx.scratch_size &&
           weir_worker_is_alone(worker) && (!worker->exact || turn_is_short(worker, task));
}

static weir_poll poll_turns(weir_worker *worker, weir_task *task)
{
    weir_poll got = turn_poll_once(worker, task);
    task->turns++;
    if (WEIR_UNLIKELY(worker->cx.timing != NULL))
        WEIR_LOOK_TELL(worker, polled, task);
    for (; WEIR_UNLIKELY(turn_goes_on(worker, task, got)); worker->turns++) {
        be_running(task);
        renew(worker, task);
        got = turn_poll_once(worker, task);
        task->turns++;
    }
    return got;
}

static inline bool is_woken(const weir_task *task)
{
    return atomic_load_explicit(&task->state, memory_order_relaxed) == WEIR_TASK_AGAIN;
}

/* True: it is over, or cancelled: still PENDING. */
static inline bool turn_turn(weir_worker *worker, weir_task *task)
{
    weir_poll got = {0, WEIR_ERROR};
    weir_worker_turn_begins(worker, task->place, task->future->ops);
    if (WEIR_LIKELY(turn_begin(worker, task)))
        got = poll_turns(worker, task);
    weir_worker_turn_ends(worker);
    bool over = got.state != WEIR_PENDING || WEIR_UNLIKELY(weir_task_is_cancelled(task)),
         told = task->scale && worker->exact;
    if (WEIR_UNLIKELY(told && !over))
        weir_tell_turned(worker, task, is_woken(task));
    else if (WEIR_UNLIKELY(task->scale))
        weir_tell_ends(worker, task);
    if (over) {
        task->got = got;
        return true;
    }
    task->wait_for = (uint8_t)worker->cx.wait_for;
    task->waiting = worker->cx.waiting;
    if (WEIR_LIKELY(!told)) {
        weir_tell_cycle(worker, task);
        weir_tell_goes_on(worker, task, is_woken(task));
    }
    weir_worker_settle_down(worker, task);
    if (WEIR_UNLIKELY(task->scale))
        weir_tell_still(worker);
    return false;
}

/* A sleeper, or a task that was cancelled, or one that waits for its children. */
static void one_aside(weir_worker *worker, weir_task *task)
{
    be_running(task);
    task->awake = true;
    worker->clock.still = false;
    weir_worker_look_pauses(worker); /* no turn of it tells of its wake */
    if (task->ends)
        turn_end(worker, task);
    else if (weir_task_is_cancelled(task))
        finish_cancelled(worker, task);
}

/* In its own turn, which was its last. */
static void turn_cancelled(weir_worker *worker, weir_task *task)
{
    if (WEIR_UNLIKELY(weir_task_waits_for_children(task))) {
        weir_tell_cycle(worker, task);
        weir_tell_goes_on(worker, task, false);
    }
    finish_cancelled(worker, task);
}

void weir_turn(weir_worker *worker, weir_task *task)
{
    worker->turns++;
    if (WEIR_UNLIKELY(!task->future || weir_task_is_cancelled(task)))
        one_aside(worker, task);
    else if (!turn_turn(worker, task))
        return;
    else if (task->got.state == WEIR_PENDING)
        turn_cancelled(worker, task);
    else
        turn_finish(worker, task);
}
