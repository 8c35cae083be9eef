/* A future that is given up at one of its waits. */

#include "scene.h"

struct cut {
    weir_stream stream;
    struct scene *scene;
    weir_stream *inner;
    weir_stream *handle; /* of the task it runs in, where that is to be cancelled */
};

static weir_poll give_up(struct cut *self, weir_cx *cx)
{
    self->scene->was_cut = true;
    weir_drop(self->inner);
    self->inner = NULL;
    return weir_fail(cx, WEIR_E_CANCELLED, "it was cut");
}

static weir_poll cut_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct cut *self = WEIR_SELF(struct cut, stream);
    (void)demand;
    if (!self->inner)
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_poll_next(self->inner, cx, out, 1);
    if (got.state != WEIR_PENDING || ++self->scene->waits != self->scene->cut)
        return got;
    if (!self->scene->by_cancel)
        return give_up(self, cx);
    self->scene->was_cut = true;
    weir_cancel(self->handle);
    return got;
}

static void cut_fini(weir_stream *stream)
{
    struct cut *self = WEIR_SELF(struct cut, stream);
    if (self->inner)
        weir_drop(self->inner);
}

static const weir_stream_ops cut_ops = {
    .size = sizeof cut_ops, .name = "cut", .poll_next = cut_poll_next, .fini = cut_fini};

weir_stream *scene_cut(struct scene *scene, weir_stream *future)
{
    weir_stream *stream = weir_source_new(sizeof(struct cut), &cut_ops, future->type);
    struct cut *self = WEIR_SELF(struct cut, stream);
    stream->stage.one = true;
    self->scene = scene;
    self->inner = future;
    return stream;
}

static void note(weir_rt *rt, const weir_error *error, void *arg)
{
    (void)rt;
    (void)error;
    ((struct scene *)arg)->errors++;
}

weir_rt *scene_rt(struct scene *scene, uint32_t workers, weir_host *host)
{
    weir_rt_options options = {.size = sizeof options,
                               .driver = "sim",
                               .on_task_error = note,
                               .arg = scene,
                               .seed = scene->seed,
                               .faults_per_million = scene->faults,
                               .workers = workers,
                               .host = host};
    weir_error error;
    weir_rt *rt = weir_rt_new(&options, &error);
    if (!rt)
        scene_fail("no runtime: %s", error.message);
    return rt;
}

weir_state scene_run_on(struct scene *scene, weir_stream *future, void *out, weir_error *error)
{
    weir_rt *rt = scene_rt(scene, scene->workers, NULL);
    weir_stream *all = scene_cut(scene, future);
    if (scene->cut && scene->by_cancel) {
        weir_stream *handle = weir_worker_spawn(weir_rt_worker(rt), all);
        WEIR_SELF(struct cut, all)->handle = handle;
        all = handle;
    }
    weir_state state = weir_rt_run(rt, all, out, error);
    weir_rt_drop(rt);
    return state;
}
