/* A set, the scripts of what is pushed to it, and what it gave. */
#ifndef WEIR_TESTS_SETS_H
#define WEIR_TESTS_SETS_H

#include "stages.h"

enum { MEMBERS_MAX = 40 };

struct rig {
    struct test_cx test;
    struct trace seen;
    struct script scripts[MEMBERS_MAX];
    weir_stream *members[MEMBERS_MAX];
    weir_set *set;
    weir_stream *stream;
};

typedef weir_stream *set_build(const weir_type *type, size_t limit, weir_set **set);

static inline struct rig *rig_begin(set_build *build, size_t limit)
{
    static struct rig rig;
    rig = (struct rig){0};
    test_cx_init(&rig.test);
    rig.stream = build(&tracked_type, limit, &rig.set);
    return &rig;
}

/* Member i: a future where the set is one of futures, since it is refused otherwise. */
static inline weir_stream *rig_member(struct rig *rig, int i, const char *text, bool one)
{
    rig->scripts[i] = (struct script){.type = &tracked_type, .one = one};
    return rig->members[i] = script_stream(&rig->scripts[i], text);
}

static inline void rig_push(struct rig *rig, int i, const char *text)
{
    bool one = strncmp(weir_stage_name(&rig->stream->stage), "futures", 7) == 0;
    assert_true(weir_set_push(rig->set, rig_member(rig, i, text, one)));
}

/* One poll; what it gave is in seen. */
static inline weir_poll rig_poll(struct rig *rig)
{
    return trace_poll(&rig->seen, rig->stream, &rig->test, 1);
}

/* Wakes what member i waits for. */
static inline void rig_wake(struct rig *rig, int i)
{
    assert_true(script_wake(&rig->scripts[i]));
}

/* What was given since the last call. */
static inline const char *rig_seen(struct rig *rig)
{
    static char text[TRACE_BYTES];
    strcpy(text, rig->seen.text);
    rig->seen = (struct trace){0};
    return text;
}

static inline void rig_end(struct rig *rig)
{
    weir_drop(rig->stream);
    test_cx_fini(&rig->test);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

#endif
