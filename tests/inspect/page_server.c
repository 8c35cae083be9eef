/* Serves the page over a recorded session, for a browser: says where, and ends at SIGTERM.
 *
 *     inspect_page_server SESSION [ADDRESS] */

#include <signal.h>
#include <stdio.h>

#include "page_feed.h"

int main(int argc, char **argv)
{
    static struct page_feed feed;
    char url[WEIR_INSPECT_URL_BYTES];
    weir_error error;
    sigset_t until;
    int signo;
    sigemptyset(&until);
    sigaddset(&until, SIGTERM);
    sigprocmask(SIG_BLOCK, &until, NULL);
    weir_inspect_page_options options =
        WEIR_INSPECT_PAGE_OPTIONS(.address = argc > 2 ? argv[2] : NULL);
    if (argc < 2 || !page_feed_read(&feed, argv[1]))
        return fprintf(stderr, "inspect_page_server SESSION [ADDRESS]\n"), 2;
    if (!weir_page_begin(&options, &feed.feed, url, sizeof url, &error))
        return fprintf(stderr, "inspect_page_server: %s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("listening on %s\n", url);
    fflush(stdout);
    sigwait(&until, &signo);
    weir_inspect_page_stop();
    page_feed_end(&feed);
    return 0;
}
