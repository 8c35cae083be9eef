/* The thread sends its items into a channel, which is a stream. */
#include <pthread.h>

#include <weir.h>

struct sampler {
    pthread_t thread;
    weir_sender *out;
    bool over;
};

int64_t sampler_read(struct sampler *sampler);

static void *sample(void *arg)
{
    struct sampler *self = arg;
    while (!self->over) {
        int64_t item = sampler_read(self);
        if (weir_send_blocking(self->out, &item) != WEIR_SENT)
            break;
    }
    weir_sender_drop(self->out);
    return NULL;
}

weir_stream *samples(struct sampler *sampler)
{
    static const weir_type type = WEIR_TYPE(int64_t);
    weir_stream *items = weir_channel(&type, 256, &sampler->out);
    if (pthread_create(&sampler->thread, NULL, sample, sampler))
        weir_sender_drop(sampler->out);
    return items;
}
