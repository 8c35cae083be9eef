/* What the scenarios of weir_sim share: what the seed draws, a runtime, and how one fails. */
#ifndef WEIR_TESTS_SIM_SCENE_H
#define WEIR_TESTS_SIM_SCENE_H

#include "doubles.h"
#include "driver/sim_world.h"

struct scene {
    uint64_t seed, drawn;
    uint32_t workers, faults; /* of each runtime; per million */
    unsigned cut;             /* its future is given up at this wait, from 1; 0: never */
    bool by_cancel;           /* ... by weir_cancel(), and not by a drop inside of a poll */
    bool was_cut;             /* it had so many */
    unsigned waits;           /* that it had */
    uint64_t errors;          /* of tasks that nobody waits for */
};

typedef void scene_run(struct scene *scene);

scene_run scene_par_plain, scene_par_future, scene_par_fiber, scene_generators, scene_channel,
    scene_timers, scene_stop, scene_echo, scene_proxy;

static inline unsigned scene_draw(struct scene *scene, unsigned n)
{
    scene->drawn = scene->drawn * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(scene->drawn >> 33) % n;
}

/* Says what is wrong, and how to see it again. */
void scene_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* A runtime in a world of its own, or on this host. */
weir_rt *scene_rt(struct scene *scene, uint32_t workers, weir_host *host);

/* The future, given up at the wait that was drawn; then it ends with the error CANCELLED. */
weir_stream *scene_cut(struct scene *scene, weir_stream *future WEIR_TAKES);

/* Runs it, cut, on a runtime of its own, which is dropped then. */
weir_state scene_run_on(struct scene *scene, weir_stream *future WEIR_TAKES, void *out,
                        weir_error *error);

#endif
