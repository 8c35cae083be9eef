/* The lock is taken in a branch that returns, and in a helper that gives it back itself. */
#include <pthread.h>
#include <string.h>

#include <weir.h>

struct names {
    pthread_mutex_t mutex;
    char name[64], address[64];
};

static void remember(struct names *names, const char *name, const char *address)
{
    pthread_mutex_lock(&names->mutex);
    strncpy(names->name, name, sizeof names->name - 1);
    strncpy(names->address, address, sizeof names->address - 1);
    pthread_mutex_unlock(&names->mutex);
}

static bool cached(const struct names *names, const char *name)
{
    return strcmp(names->name, name) == 0;
}

bool look_up(struct names *names, const char *name, char address[64], weir_error *error)
{
    if (cached(names, name)) {
        pthread_mutex_lock(&names->mutex);
        memcpy(address, names->address, 64);
        pthread_mutex_unlock(&names->mutex);
        return true;
    }
    size_t n;
    weir_duplex server = weir_dial("127.0.0.1:53053", NULL);
    bool fine = weir_await_write(server.writer, name, strlen(name), error) == WEIR_READY &&
                weir_await_read(server.reader, address, 63, &n, error) == WEIR_READY;
    weir_duplex_drop(server);
    if (!fine)
        return false;
    address[n] = 0;
    remember(names, name, address);
    return weir_pause();
}
