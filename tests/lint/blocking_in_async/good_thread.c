/* A thread of the program's own blocks as it likes, and sends what it has into a channel. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <weir.h>

static void *sample(void *arg)
{
    weir_sender *out = arg;
    for (int64_t n = 0; n < 1000; n++) {
        usleep(10000);
        if (weir_send_blocking(out, &n) != WEIR_SENT)
            break;
    }
    weir_sender_drop(out);
    return NULL;
}

static void print(int64_t n, void *arg)
{
    fprintf(arg, "%lld\n", (long long)n);
}
WEIR_EACH_FN(print_fn, print, int64_t)

int main(void)
{
    static const weir_type type = WEIR_TYPE(int64_t);
    pthread_t thread;
    weir_sender *out;
    weir_error error;
    weir_stream *numbers = weir_channel(&type, 16, &out);
    if (pthread_create(&thread, NULL, sample, out))
        return perror("pthread_create"), 1;
    weir_state got = weir_run(weir_for_each(numbers, &print_fn, stdout), NULL, &error);
    pthread_join(thread, NULL);
    return got == WEIR_ERROR;
}
