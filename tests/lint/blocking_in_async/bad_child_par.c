/* The body of a parallel loop starts a child and waits for it, three calls deep, as C always did.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <weir.h>

struct picture {
    char path[200];
};

static int wait_for(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) < 0) // lint: blocking_in_async 9-16
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int convert(const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        execlp("convert", "convert", path, "-resize", "50%", path, (char *)NULL);
        _exit(127);
    }
    return child < 0 ? -1 : wait_for(child);
}

WEIR_TRY_PAR_FN(shrink, struct picture, picture, void *, arg, error)
{
    (void)arg;
    if (convert(picture.path))
        return weir_error_set(error, WEIR_E_USER, "%s: convert failed", picture.path), false;
    char command[256];
    snprintf(command, sizeof command, "touch '%s.done'", picture.path);
    return system(command) == 0; // lint: blocking_in_async 12-18
}

weir_stream *shrink_all(weir_stream *pictures)
{
    return weir_par_for_each(pictures, &shrink, NULL, 8, NULL);
}
