/* main waits for its database before there is a runtime, and for its child when there is none left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <weir.h>

static bool database_is_up(void)
{
    for (int i = 0; i < 10; i++) {
        if (access("/run/database.sock", F_OK) == 0)
            return true;
        sleep(1);
    }
    return false;
}

WEIR_PAR_FN(serve, weir_duplex, client, void *, arg)
{
    weir_error error;
    (void)arg;
    if (weir_await(weir_copy(client.reader, client.writer), NULL, &error) == WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
}

int main(void)
{
    weir_error error;
    int status = 0;
    if (!database_is_up())
        return fprintf(stderr, "no database for 10 s\n"), 1;
    weir_stream *server = weir_par_for_each(weir_incoming(":7007", NULL), &serve, NULL, 64, NULL);
    if (weir_run(server, NULL, &error) == WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    weir_thread_end();
    while (wait(&status) > 0)
        ;
    return system("rm -f /run/server.pid") != 0;
}
