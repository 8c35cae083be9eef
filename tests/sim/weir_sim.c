/* weir_sim: the whole runtime in a simulation. Each seed draws a scene, its sizes, one to four
 * workers, faults, the order in which all is polled, who takes what from whom, and where it is
 * given up. What comes out is right, or an error is told; memory, descriptors, stacks and wakers
 * are as before.
 *
 *     weir_sim --seeds 1..1000      those
 *     weir_sim --every-wait         each scene given up at its first wait, its second, ...
 *     weir_sim --scale              a table: items a virtual second of par_map, 1 to 16 workers */

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scale.h"
#include "scene.h"

static const struct {
    const char *name;
    scene_run *run;
} scenes[] = {{"par_plain", scene_par_plain}, {"par_future", scene_par_future},
              {"par_fiber", scene_par_fiber}, {"generators", scene_generators},
              {"channel", scene_channel},     {"timers", scene_timers},
              {"stop", scene_stop},           {"echo", scene_echo},
              {"proxy", scene_proxy}};
enum { SCENES = sizeof scenes / sizeof *scenes, WORKERS_MAX = 4, FAULTS_MAX = 20000 };

static const char *current; /* the scene */
static uint64_t seed;
static unsigned wait; /* at which it is given up, where that was not drawn */

static void say_how_to_replay(void)
{
    if (current && wait)
        fprintf(stderr, "%s, given up at wait %u; again: build/test/tests/weir_sim --every-wait\n",
                current, wait);
    else if (current)
        fprintf(stderr, "%s; again: build/test/tests/weir_sim --seeds %llu..%llu\n", current,
                (unsigned long long)seed, (unsigned long long)seed);
    current = NULL;
}

void scene_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1); /* says how to replay it */
}

static unsigned open_fds(void)
{
    unsigned n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

static void check_left(unsigned fds)
{
    weir_stacks_use use = {.size = sizeof use};
    unsigned long blocks = memory_end();
    weir_fiber_stats(&use);
    if (blocks)
        scene_fail("%lu blocks of memory are left", blocks);
    if (use.live)
        scene_fail("%zu stacks are left", use.live);
    if (open_fds() != fds)
        scene_fail("%u descriptors, before %u", open_fds(), fds);
}

static void play(struct scene *scene, unsigned which)
{
    unsigned fds = open_fds();
    current = scenes[which].name;
    memory_begin(0, false);
    scenes[which].run(scene);
    check_left(fds);
    current = NULL;
}

static void play_seed(void)
{
    struct scene scene = {.seed = seed, .drawn = seed};
    scene_draw(&scene, 2);
    unsigned which = scene_draw(&scene, SCENES);
    scene.workers = 1 + scene_draw(&scene, WORKERS_MAX);
    scene.faults = scene_draw(&scene, 2) ? scene_draw(&scene, FAULTS_MAX) : 0;
    scene.cut = scene_draw(&scene, 3) ? 0 : 1 + scene_draw(&scene, 12);
    scene.by_cancel = scene_draw(&scene, 2);
    play(&scene, which);
}

static int play_seeds(const char *range)
{
    char *end;
    uint64_t first = strtoull(range, &end, 10);
    uint64_t last = strncmp(end, "..", 2) == 0 ? strtoull(end + 2, NULL, 10) : first;
    for (seed = first; seed <= last; seed++)
        play_seed();
    printf("seeds %llu to %llu: fine\n", (unsigned long long)first, (unsigned long long)last);
    return 0;
}

/* The same scene, given up one wait later each time, until it was over before. */
static unsigned give_up_everywhere(unsigned which, uint64_t drawn, bool by_cancel)
{
    for (wait = 1;; wait++) {
        struct scene scene = {.seed = drawn, .drawn = drawn, .workers = 1 + drawn % WORKERS_MAX};
        scene.cut = wait;
        scene.by_cancel = by_cancel;
        play(&scene, which);
        if (!scene.was_cut)
            return wait;
    }
}

static int every_wait(void)
{
    unsigned runs = 0;
    for (unsigned which = 0; which < SCENES; which++)
        for (uint64_t drawn = 1; drawn <= 4; drawn++)
            runs +=
                give_up_everywhere(which, drawn, false) + give_up_everywhere(which, drawn, true);
    printf("%u runs, each given up at another wait: fine\n", runs);
    return 0;
}

int main(int argc, char **argv)
{
    atexit(say_how_to_replay); /* a sanitizer's report, an abort of the doubles */
    weir_type_pair(&weir_type_u64, &weir_type_u64); /* types are kept: not a leak */
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
        return play_seeds(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--every-wait") == 0)
        return every_wait();
    if (argc == 2 && strcmp(argv[1], "--scale") == 0)
        return scale_table();
    fprintf(stderr, "usage: weir_sim --seeds A..B | --every-wait | --scale\n");
    return 2;
}
