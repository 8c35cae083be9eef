/* A fiber reads the configuration again under a mutex of the C library: each line is waited for. */
#include <pthread.h>
#include <string.h>

#include <weir.h>

struct config {
    pthread_mutex_t mutex;
    char host[128];
    uint64_t lines;
};

struct reload {
    struct config *config;
    const char *path;
};

static bool reload(struct reload *self, bool *changed, weir_error *error)
{
    struct config *config = self->config;
    *changed = false;
    pthread_mutex_lock(&config->mutex);
    // lint-next: must_not_await 5-17
    weir_for_try (weir_line, line, weir_lines(weir_file_reader(self->path), 1024), *error) {
        config->lines++;
        if (line.size < 5 || memcmp(line.data, "host ", 5) != 0 || line.size > 132)
            continue;
        memcpy(config->host, (const char *)line.data + 5, line.size - 5);
        config->host[line.size - 5] = 0;
        *changed = true;
        break;
    }
    pthread_mutex_unlock(&config->mutex);
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(reload_fn, reload, struct reload, bool)

weir_stream *config_reload(struct config *config, const char *path)
{
    return weir_fiber(&reload_fn, &(struct reload){config, path}, NULL);
}
