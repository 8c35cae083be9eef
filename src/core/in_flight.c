/* Sets of work in flight: which a task has, and how they go on between their polls. */

#include "core/in_flight.h"

static void in_flight_put_in(weir_in_flight_list *list, weir_in_flight *one)
{
    one->list = list;
    one->next = list->first;
    one->at = &list->first;
    if (one->next)
        one->next->at = &one->next;
    list->first = one;
}

static void in_flight_take_out(weir_in_flight *one)
{
    if (!one->list)
        return;
    *one->at = one->next;
    if (one->next)
        one->next->at = one->at;
    one->list = NULL;
}

static void in_flight_move(weir_in_flight_list *to, weir_in_flight *one)
{
    in_flight_take_out(one);
    in_flight_put_in(to, one);
}

void weir_in_flight_leave(weir_in_flight *self)
{
    in_flight_take_out(self);
    weir_waker_slot_clear(&self->waker);
}

/* It is polled by another task than before, or as part of another child; or it is over. */
void weir_in_flight_moved(weir_in_flight *self, weir_cx *cx, weir_poll got)
{
    self->depth = cx->depth;
    if (!cx->in_flight || got.state == WEIR_END) {
        weir_in_flight_leave(self);
        return;
    }
    if (self->list != cx->in_flight)
        in_flight_move(cx->in_flight, self);
    weir_waker_slot_store(&self->waker, cx->waker);
}

/* What stands in the cx is about the poll that is over. */
static void in_flight_go_on(weir_in_flight *one, weir_cx *cx)
{
    struct weir_cx_said {
        weir_waker *waker;
        weir_wait_for wait_for;
        const weir_stage *waiting;
        uint16_t depth;
        weir_error error;
    } said = {cx->waker, cx->wait_for, cx->waiting, cx->depth, cx->error};
    if (weir_waker_is_heard(one->waker.waker))
        cx->waker = one->waker.waker;
    cx->depth = one->depth;
    one->turn = cx->turn;
    one->waits = true;
    cx->polling++;
    one->progress(one, cx);
    cx->polling--;
    cx->waker = said.waker;
    cx->wait_for = said.wait_for;
    cx->waiting = said.waiting;
    cx->depth = said.depth;
    cx->error = said.error;
}

/* A set that waits itself needs nothing. One that gave something in this turn may have more that is
 * ready, and nothing would wake its task for that; but where the task goes on at once it may as
 * well be polled first. */
static bool is_left_alone(const weir_in_flight *one, const weir_cx *cx)
{
    return one->turn == cx->turn && (one->waits || cx->wait_for == WEIR_WAIT_TURN);
}

static bool all_are(const weir_in_flight_list *list, const weir_cx *cx)
{
    const weir_in_flight *one = list->first;
    while (one && is_left_alone(one, cx))
        one = one->next;
    return !one;
}

/* Sets come and leave meanwhile, as their streams are made and dropped: so each is taken from a
 * list of what is left to do, which turned their order around, and stands in the task's again
 * before it is called. */
static void go_on_once(weir_in_flight_list *list, weir_cx *cx)
{
    weir_in_flight_list todo = {0};
    for (weir_in_flight *one; (one = list->first);)
        in_flight_move(&todo, one);
    for (weir_in_flight *one; (one = todo.first);) {
        in_flight_move(list, one);
        if (!is_left_alone(one, cx))
            in_flight_go_on(one, cx);
    }
}

/* Again where a set that stands in another one's child gave something to it meanwhile: at most as
 * often as they stand in each other. */
void weir_in_flight_progress(weir_cx *cx)
{
    while (cx->in_flight && !all_are(cx->in_flight, cx))
        go_on_once(cx->in_flight, cx);
}

void weir_in_flight_end(weir_in_flight_list *list)
{
    while (list->first)
        weir_in_flight_leave(list->first);
}
