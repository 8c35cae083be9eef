/* The live page of what runs, as long as it runs. */
#include "inspect.h"

#include <string.h>

#include "report.h"

static struct {
    bool wanted, serves, anywhere;
    const char *address; /* NULL: none was said */
} page;

bool inspect_option(const char *option)
{
    static const struct {
        const char *name;
        bool anywhere, bare;
    } known[] = {{"--inspect", false, true}, {"--inspect-anywhere", true, false}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].name);
        if (strncmp(option, known[i].name, n) ||
            (option[n] != '=' && (option[n] || !known[i].bare)))
            continue;
        page.wanted = true;
        page.anywhere = known[i].anywhere;
        page.address = option[n] ? option + n + 1 : NULL;
        return true;
    }
    return false;
}

static int refuse(const weir_error *error)
{
    bool here = error->code != WEIR_E_ARGUMENT || page.anywhere;

    report_plain(here ? error->cure
                      : "127.0.0.1:PORT, [::1]:PORT or :PORT, and a tunnel (ssh -L) to it; or "
                        "--inspect-anywhere=ADDRESS",
                 "--inspect: %s", error->message);
    return error->code == WEIR_E_ARGUMENT ? 2 : 1;
}

bool inspect_begin(weir_rt *rt, int *status)
{
    weir_inspect_page_options options =
        WEIR_INSPECT_PAGE_OPTIONS(.address = page.address, .anywhere = page.anywhere);
    char url[WEIR_INSPECT_URL_BYTES];
    weir_error error;

    if (!page.wanted)
        return true;
    if (!weir_inspect_start(rt, &error) || !weir_inspect_page(&options, url, sizeof url, &error)) {
        *status = refuse(&error);
        return false;
    }
    page.serves = true;
    report_plain(page.anywhere ? "nothing is encrypted: who listens in between sees it all" : NULL,
                 "look at %s", url);
    return true;
}

void inspect_end(void)
{
    if (page.serves)
        weir_inspect_page_stop();
    page.serves = false;
    weir_inspect_stop(); /* a signal may end the process, and who watches is told before */
}
