/* dial: looks up, connects, gives up in time. */

#include "net/dial.h"

#include <errno.h>
#include <string.h>

#include "core/format.h"
#include "weir/alloc.h"
#include "weir/implement.h"

#define TIMEOUT_NS 30000000000ull
#define NEXT_NS 250000000ull /* until the next address is tried beside the ones before */

/* One address. It outlives the dial until the kernel is done with it. */
struct attempt {
    weir_op_connect connect;
    struct weir_dial *dial; /* NULL: nobody wants it */
    weir_driver *driver;
    struct attempt *next;
    int result; /* a negative errno; 0: it is connected, or under way */
};

/* Wakes both halves, from any thread: a name is looked up on another one. */
struct both_wakers {
    weir_waker waker;
    weir_waker_cell halves[2];
};

struct weir_dial {
    size_t size;
    uint64_t timeout_ns;
    struct both_wakers *both;
    weir_timer deadline, next;
    weir_stream *lookup; /* NULL: over, or not needed */
    struct weir_addresses *addresses;
    uint32_t tried, failed;
    int first_error;
    struct attempt *attempts; /* that are under way, or connected */
    int given;                /* a socket that needs no dialling; -1: none */
    bool was_given;
    bool begun, broken;
    weir_error error;
    char address[];
};

const char *weir_dial_address(const struct weir_dial *self)
{
    return self->address;
}

/* ---- wakers ---- */

static void both_wake(weir_waker *waker)
{
    struct both_wakers *both = WEIR_CONTAINER(waker, struct both_wakers, waker);
    weir_waker_cell_wake(&both->halves[0]);
    weir_waker_cell_wake(&both->halves[1]);
}

static void both_release(weir_waker *waker)
{
    struct both_wakers *both = WEIR_CONTAINER(waker, struct both_wakers, waker);
    weir_release(both, sizeof *both);
}

static const weir_waker_ops both_ops = {sizeof both_ops, both_wake, both_release};

static struct both_wakers *both_new(void)
{
    struct both_wakers *both = weir_allocate(sizeof *both);
    if (!both)
        return NULL;
    memset(both, 0, sizeof *both);
    weir_waker_init(&both->waker, &both_ops);
    return both;
}

static void both_drop(struct both_wakers *both)
{
    weir_waker_cell_clear(&both->halves[0]);
    weir_waker_cell_clear(&both->halves[1]);
    weir_waker_unref(&both->waker);
}

/* ---- attempts ---- */

/* Perhaps it is connected, or becomes so: a close would be an empty transfer to the peer. */
static void attempt_release(struct attempt *attempt)
{
    if (attempt->connect.op.fd >= 0)
        weir_driver_reset(attempt->driver, attempt->connect.op.fd);
    weir_driver_let_go(attempt->driver);
    weir_release(attempt, sizeof *attempt);
}

static void connect_done(weir_op *op, weir_got got)
{
    weir_op_connect *connect = WEIR_CONTAINER(op, weir_op_connect, op);
    struct attempt *attempt = WEIR_CONTAINER(connect, struct attempt, connect);
    attempt->result = got.result;
    if (attempt->dial)
        weir_waker_wake(&attempt->dial->both->waker);
    else
        attempt_release(attempt);
}

static void dial_forget(struct attempt *attempt)
{
    attempt->dial = NULL;
    if (attempt->connect.op.busy)
        weir_op_stop(attempt->driver, &attempt->connect.op);
    else
        attempt_release(attempt);
}

static void forget_all(struct weir_dial *self)
{
    for (struct attempt *attempt; (attempt = self->attempts);) {
        self->attempts = attempt->next;
        dial_forget(attempt);
    }
}

static void dial_note(struct weir_dial *self, int error)
{
    self->failed++;
    self->first_error = self->first_error ? self->first_error : error;
}

static int open_socket(const weir_driver *driver, const struct weir_address *address)
{
    const weir_sys *sys = driver->sys;
    return sys->socket(sys, address->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void attempt_next(struct weir_dial *self, weir_driver *driver)
{
    const struct weir_address *address = &self->addresses->all[self->tried++];
    struct attempt *attempt = weir_allocate(sizeof *attempt);
    int fd = attempt ? open_socket(driver, address) : -ENOMEM;
    if (fd < 0) {
        weir_release(attempt, attempt ? sizeof *attempt : 0);
        dial_note(self, fd);
        return;
    }
    *attempt = (struct attempt){
        .connect = {.op = {.done = connect_done, .fd = fd, .kind = WEIR_OP_CONNECT},
                    .n = address->n,
                    .to = address->at},
        .dial = self,
        .driver = driver,
        .next = self->attempts,
    };
    weir_driver_hold(driver);
    self->attempts = attempt;
    weir_op_start(driver, &attempt->connect.op); /* may be done before it returns */
}

/* Its runtime went before it was decided. */
static bool dial_is_stranded(const struct attempt *attempt)
{
    const weir_op *op = &attempt->connect.op;
    return attempt->driver->gone && (op->busy || attempt->result == -ECANCELED);
}

/* In place of one that was tried: there are at least as many of these. */
static void dial_try_again(struct weir_dial *self, const weir_op_connect *connect)
{
    self->addresses->all[--self->tried] = (struct weir_address){.at = connect->to, .n = connect->n};
}

/* The connection, if one is there; those that failed are struck out. -1: none yet. */
static int collect(struct weir_dial *self)
{
    for (struct attempt **at = &self->attempts, *attempt; (attempt = *at);) {
        bool stranded = dial_is_stranded(attempt);
        if (attempt->connect.op.busy && !stranded) {
            at = &attempt->next;
            continue;
        }
        *at = attempt->next;
        if (stranded) {
            dial_try_again(self, &attempt->connect);
            dial_forget(attempt);
            continue;
        }
        int fd = attempt->connect.op.fd, result = attempt->result;
        if (!result)
            attempt->connect.op.fd = -1;
        else
            dial_note(self, result);
        dial_forget(attempt);
        if (!result)
            return fd;
    }
    return -1;
}

/* Nothing is waited for any more. */
static void dial_end(struct weir_dial *self)
{
    weir_drop(self->lookup);
    self->lookup = NULL;
    forget_all(self);
    weir_timer_stop(&self->deadline);
    weir_timer_stop(&self->next);
}

/* ---- errors ---- */

static weir_poll dial_keep(struct weir_dial *self, weir_cx *cx)
{
    self->error = cx->error;
    self->broken = true;
    dial_end(self);
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll dial_fail_address(struct weir_dial *self, weir_cx *cx)
{
    if (*self->address)
        weir_fail(cx, WEIR_E_ARGUMENT, "'%s' is no address", self->address);
    else
        weir_fail(cx, WEIR_E_ARGUMENT, "no address was given");
    cx->error.cure = "host:4711, 127.0.0.1:4711, [::1]:4711, or unix:/run/x.sock";
    return dial_keep(self, cx);
}

/* The first attempt's error is the one that the system's order would have told. */
static weir_poll fail_all(struct weir_dial *self, weir_cx *cx)
{
    weir_fail_system(cx, self->first_error, "connect", self->address, WEIR_NOWHERE);
    if (self->failed > 1) {
        char text[WEIR_MESSAGE_BYTES];
        weir_format(text, sizeof text, "%s (%u addresses tried)", cx->error.message, self->failed);
        weir_format(cx->error.message, sizeof cx->error.message, "%s", text);
    }
    return dial_keep(self, cx);
}

static weir_poll dial_fail_late(struct weir_dial *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_TIMEOUT, "no connection after %s, %u addresses tried",
              WEIR_TIME_TEXT(self->timeout_ns), self->tried);
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->address);
    return dial_keep(self, cx);
}

static weir_poll dial_fail_stopped(struct weir_dial *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_STOPPED, "the runtime was stopped while it connected");
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->address);
    return dial_keep(self, cx);
}

static weir_poll dial_fail_memory(struct weir_dial *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_MEMORY, "no memory to connect");
    return dial_keep(self, cx);
}

/* ---- the steps ---- */

static bool dial_understand(struct weir_dial *self, weir_driver *driver)
{
    struct weir_addresses *out = self->addresses;
    char host[WEIR_ADDRESS_BYTES];
    unsigned port;
    const char *path = weir_address_path(self->address);
    out->n = 1;
    if (path)
        return weir_address_unix(&out->all[0], path);
    if (!weir_address_split(self->address, host, &port))
        return false;
    if (weir_address_numeric(&out->all[0], host[0] ? host : "127.0.0.1", port))
        return true;
    out->n = 0;
    self->lookup = weir_resolve(driver, host, port);
    return true;
}

static weir_poll dial_begin(struct weir_dial *self, weir_cx *cx, weir_driver *driver)
{
    self->begun = true;
    self->addresses = weir_allocate(sizeof *self->addresses);
    self->both = both_new();
    if (!self->addresses || !self->both)
        return dial_fail_memory(self, cx);
    if (!dial_understand(self, driver))
        return dial_fail_address(self, cx);
    if (cx->timers)
        weir_timer_set(&self->deadline, weir_after_ns(cx->now_ns, self->timeout_ns));
    return (weir_poll){0, WEIR_READY};
}

/* READY: the addresses are known. */
static weir_poll dial_look_up(struct weir_dial *self, weir_cx *cx)
{
    if (!self->lookup)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = weir_poll_next(self->lookup, cx, self->addresses, 1);
    if (got.state == WEIR_ERROR)
        return dial_keep(self, cx);
    if (got.state == WEIR_PENDING)
        return got;
    weir_drop(self->lookup);
    self->lookup = NULL;
    return (weir_poll){0, WEIR_READY};
}

/* The next one goes on its way when those before have failed, or take long. */
static bool is_next_due(struct weir_dial *self, weir_cx *cx)
{
    if (self->tried == self->addresses->n)
        return false;
    return !self->attempts || (cx->timers && weir_timer_poll(cx, &self->next).state == WEIR_READY);
}

static weir_poll dial_try_all(struct weir_dial *self, weir_cx *cx, weir_driver *driver, int *fd)
{
    for (;;) {
        *fd = collect(self);
        if (*fd >= 0) {
            dial_end(self);
            return (weir_poll){0, WEIR_READY};
        }
        if (!is_next_due(self, cx))
            break;
        attempt_next(self, driver);
        if (cx->timers)
            weir_timer_set(&self->next, weir_after_ns(cx->now_ns, NEXT_NS));
    }
    return self->attempts ? (weir_poll){0, WEIR_PENDING} : fail_all(self, cx);
}

static weir_poll dial_step(struct weir_dial *self, weir_cx *cx, weir_driver *driver, int *fd)
{
    weir_poll got = dial_look_up(self, cx);
    if (got.state == WEIR_READY)
        got = dial_try_all(self, cx, driver, fd);
    if (got.state == WEIR_PENDING && cx->timers &&
        weir_timer_poll(cx, &self->deadline).state == WEIR_READY)
        return dial_fail_late(self, cx);
    return got;
}

/* What it polls wakes both halves: either may be the one that is asked for. */
static weir_poll step_for(struct weir_dial *self, weir_cx *cx, weir_driver *driver, bool writes,
                          int *fd)
{
    weir_waker *outer = cx->waker;
    weir_wait_cell(cx, &self->both->halves[writes], WEIR_WAIT_IO);
    cx->waker = &self->both->waker;
    weir_poll got = dial_step(self, cx, driver, fd);
    cx->waker = outer;
    if (got.state == WEIR_PENDING)
        return weir_wait_cell(cx, &self->both->halves[writes], WEIR_WAIT_IO);
    return got;
}

weir_poll weir_dial_poll(struct weir_dial *self, weir_cx *cx, weir_driver *driver, bool writes,
                         int *fd)
{
    if (self->given >= 0) {
        *fd = self->given;
        self->given = -1;
        return (weir_poll){0, WEIR_READY};
    }
    if (self->broken) {
        cx->error = self->error;
        return (weir_poll){0, WEIR_ERROR};
    }
    if (weir_io_stopping(cx) && !cx->draining)
        return dial_fail_stopped(self, cx);
    weir_poll got = self->begun ? (weir_poll){0, WEIR_READY} : dial_begin(self, cx, driver);
    return got.state == WEIR_READY ? step_for(self, cx, driver, writes, fd) : got;
}

/* ---- making ---- */

struct weir_dial *weir_dial_new(const char *address, const weir_dial_options *options)
{
    size_t n = strlen(address) + 1, size = sizeof(struct weir_dial) + n;
    struct weir_dial *self = weir_allocate(size);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    self->size = size;
    self->given = -1;
    self->timeout_ns = options && options->timeout_ns ? options->timeout_ns : TIMEOUT_NS;
    memcpy(self->address, address, n);
    return self;
}

struct weir_dial *weir_dial_given(int fd)
{
    struct weir_dial *self = weir_dial_new("a socket", NULL);
    if (!self)
        return NULL;
    self->given = fd;
    self->was_given = true;
    return self;
}

bool weir_dial_was_given(const struct weir_dial *self)
{
    return self->was_given;
}

void weir_dial_drop(struct weir_dial *self)
{
    if (self->given >= 0) /* no runtime has ever seen it */
        weir_sys_posix.close(&weir_sys_posix, self->given);
    dial_end(self);
    if (self->both)
        both_drop(self->both);
    if (self->addresses)
        weir_release(self->addresses, sizeof *self->addresses);
    weir_release(self, self->size);
}

void weir_dial_give_up(struct weir_dial *self)
{
    const weir_sys *sys = &weir_sys_posix;
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    if (self->given >= 0)
        sys->set_option(sys, self->given, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    weir_dial_drop(self);
}
